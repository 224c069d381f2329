"""Batches over HTTP: codes are ordered, watched, and put on sale by ranges."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter
from msgspec import Meta

from api.callers import Scoped, holder
from api.confines import MOVES, READS, within
from api.cursors import Limit, next_page
from api.examples import AN_ID, like
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import refuses
from api.process import process_of
from codes import activation, batches, tags
from codes.activation import Change
from codes.batches import COUNT_MAX, BatchNotSealed, CodeBatch, SeriesFull, UnknownProduct
from codes.packaging_code import INDEX_COUNT
from codes.ranges import Stretch, stretches
from codes.tags import Tags
from codes.transitions import BeyondBatch, RangeState
from core.access import Scope
from core.text import Line

Index = Annotated[int, Meta(ge=0, le=INDEX_COUNT)]


class NewBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So many codes for a product."""

    product_id: UUID
    count: Annotated[int, Meta(ge=1, le=COUNT_MAX)]


class RangeChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Indexes `first` up to `stop`, without it up to the batch's end, and what becomes of them, and why."""

    state: Change
    reason: Line
    first: Index = 0
    stop: Index | None = None


class RangeTags(Tags, frozen=True, forbid_unknown_fields=True):
    """Indexes `first` up to `stop`, without it up to the batch's end, and where they are meant to be sold."""

    first: Index = 0
    stop: Index | None = None


class Batches(msgspec.Struct, frozen=True):
    """Batches; `after` asks for those behind this page."""

    batches: list[CodeBatch]
    after: UUID | None


class Ranges(msgspec.Struct, frozen=True):
    """Ranges in the order of their indexes; `after` asks for those behind this page."""

    ranges: list[Stretch]
    after: int | None


_CHANGED = {200: ResponseSpec(CodeBatch, generate_examples=False, description="The batch with its first ranges.")}


@post(
    "/v1/programs/{program_id:uuid}/batches",
    guards=[Scoped(Scope.codes_issue)],
    security=KEY,
    tags=["codes"],
    operation_id="order_batch",
    status_code=202,
    responses={202: ResponseSpec(CodeBatch, generate_examples=False, description="Ordered; `job_id` tells how far.")}
    | refuses(*MOVES, UnknownProduct, SeriesFull),
)
async def order_batch(
    request: Request[Any, Any, Any],
    program_id: FromPath[UUID],
    data: Annotated[NewBatch, like(product_id=AN_ID, count=50_000)],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Order codes for a product; a job makes them. The batch is a draft until the job has sealed it."""
    within(request, program_id)
    answer = await once(
        request,
        lambda: batches.order(program_id, product_id=data.product_id, count=data.count, by=holder(request).who),
        status=202,
        required=True,
    )
    process_of(request).doorbell.ring("jobs")
    return answer


@get(
    "/v1/batches/{batch_id:uuid}",
    guards=[Scoped(Scope.codes_read)],
    security=KEY,
    tags=["codes"],
    operation_id="find_batch",
    responses=refuses(*READS),
)
async def find_batch(request: Request[Any, Any, Any], batch_id: FromPath[UUID]) -> CodeBatch:
    """A batch, and in which states its indexes are."""
    return await reachable(request, batch_id)


@get(
    "/v1/programs/{program_id:uuid}/batches",
    guards=[Scoped(Scope.codes_read)],
    security=KEY,
    tags=["codes"],
    operation_id="list_batches",
    responses=refuses(*READS),
)
async def list_batches(
    request: Request[Any, Any, Any],
    program_id: FromPath[UUID],
    after: FromQuery[UUID | None] = None,
    limit: Limit = 100,
) -> Batches:
    """A program's batches without their ranges, in the order in which they were ordered."""
    page = await batches.page(within(request, program_id), after=after, limit=limit)
    return Batches(page, next_page(page, limit, cursor=lambda one: one.id))


@get(
    "/v1/batches/{batch_id:uuid}/ranges",
    guards=[Scoped(Scope.codes_read)],
    security=KEY,
    tags=["codes"],
    operation_id="list_ranges",
    responses=refuses(*READS),
)
async def list_ranges(
    request: Request[Any, Any, Any],
    batch_id: FromPath[UUID],
    after: Annotated[int, QueryParameter(ge=0, le=INDEX_COUNT, description="Where the page before ended.")] = 0,
    limit: Limit = 100,
) -> Ranges:
    """A batch's ranges: in which state each is, since when and why, and where it is meant to be sold."""
    batch = await reachable(request, batch_id)
    page = await stretches(batch.number, first=after, limit=limit)
    return Ranges(page, next_page(page, limit, cursor=lambda one: one.stop))


@post(
    "/v1/batches/{batch_id:uuid}/ranges",
    guards=[Scoped(Scope.codes_activate)],
    security=KEY,
    tags=["codes"],
    operation_id="change_range",
    status_code=200,
    responses=_CHANGED | refuses(*MOVES, BeyondBatch, BatchNotSealed, RangeState),
)
async def change_range(
    request: Request[Any, Any, Any],
    batch_id: FromPath[UUID],
    data: Annotated[RangeChange, like(state="active", reason="On sale from Monday", first=0, stop=10_000)],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Put codes on sale, stop them for the time being or let them be what they were, recall them for good.

    Scans that were held because they came too early are paid once their codes are on sale.
    """

    async def change() -> CodeBatch:
        await reachable(request, batch_id)
        return await activation.change_range(
            batch_id,
            first=data.first,
            stop=data.stop,
            state=data.state,
            reason=data.reason,
            by=holder(request).who,
        )

    answer = await once(request, change, status=200, required=True)
    process_of(request).doorbell.ring("drain")
    return answer


@post(
    "/v1/batches/{batch_id:uuid}/tags",
    guards=[Scoped(Scope.codes_activate)],
    security=KEY,
    tags=["codes"],
    operation_id="tag_range",
    status_code=200,
    responses=_CHANGED | refuses(*MOVES, BeyondBatch, BatchNotSealed),
)
async def tag_range(
    request: Request[Any, Any, Any],
    batch_id: FromPath[UUID],
    data: Annotated[RangeTags, like(territory="north-west", channel="retail", first=0, stop=10_000)],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Say where codes are meant to be sold; null takes a tag away, and what is left out stays as it is."""

    async def tag() -> CodeBatch:
        await reachable(request, batch_id)
        said = Tags(data.territory, data.channel)
        return await tags.tag(batch_id, said, first=data.first, stop=data.stop, by=holder(request).who)

    return await once(request, tag, status=200, required=True)


async def reachable(request: Request[Any, Any, Any], batch_id: UUID) -> CodeBatch:
    """A batch that the caller's key reaches; NotFound otherwise."""
    batch = await batches.find(batch_id)
    within(request, batch.program_id)
    return batch


ROUTES = [order_batch, list_batches, find_batch, list_ranges, change_range, tag_range]

"""Batches over HTTP: codes are ordered, watched, put on sale by ranges, and read as lines for the printer."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Stream
from msgspec import Meta

from api.callers import Scoped, holder
from api.confines import MOVES, READS, within
from api.examples import AN_ID, like
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import refuses
from api.process import process_of
from codes import activation, batches
from codes.activation import BeyondBatch, RangeState
from codes.batches import COUNT_MAX, BatchNotSealed, CodeBatch, SeriesFull, UnknownProduct
from codes.packaging_code import INDEX_COUNT, Role
from core.access import Scope
from core.text import Line

Index = Annotated[int, Meta(ge=0, le=INDEX_COUNT)]


class NewBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So many codes for a product."""

    product_id: UUID
    count: Annotated[int, Meta(ge=1, le=COUNT_MAX)]


class RangeChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Indexes `first` up to `stop`, without it up to the batch's end, and what becomes of them, and why."""

    state: Literal["active", "suspended", "recalled"]
    reason: Line
    first: Index = 0
    stop: Index | None = None


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
    return await _reachable(request, batch_id)


@post(
    "/v1/batches/{batch_id:uuid}/ranges",
    guards=[Scoped(Scope.codes_activate)],
    security=KEY,
    tags=["codes"],
    operation_id="change_range",
    status_code=200,
    responses={200: ResponseSpec(CodeBatch, generate_examples=False, description="The batch with its new ranges.")}
    | refuses(*MOVES, BeyondBatch, BatchNotSealed, RangeState),
)
async def change_range(
    request: Request[Any, Any, Any],
    batch_id: FromPath[UUID],
    data: Annotated[RangeChange, like(state="active", reason="On sale from Monday", first=0, stop=10_000)],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Put codes on sale, stop them for the time being, or recall them for good.

    Scans that were held because they came too early are paid once their codes are on sale.
    """

    async def change() -> CodeBatch:
        await _reachable(request, batch_id)
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


@get(
    "/v1/batches/{batch_id:uuid}/codes",
    guards=[Scoped(Scope.codes_export)],
    security=KEY,
    tags=["codes"],
    operation_id="read_codes",
    media_type="text/plain",
    responses={
        200: ResponseSpec(str, media_type="text/plain", generate_examples=False, description="Codes, one a line.")
    }
    | refuses(*READS, BeyondBatch, BatchNotSealed),
)
async def read_codes(
    request: Request[Any, Any, Any],
    batch_id: FromPath[UUID],
    first: Annotated[int, QueryParameter(ge=0, le=INDEX_COUNT)] = 0,
    stop: Annotated[int | None, QueryParameter(ge=0, le=INDEX_COUNT)] = None,
    role: FromQuery[Literal["inner", "outer"]] = "inner",
) -> Stream:
    """The codes of some indexes, one a line, as long as the reader reads; each reading stands in the audit.

    An index whose code would read as a swear word has no line.
    """
    batch = await _reachable(request, batch_id)
    if batch.size is None:
        raise BatchNotSealed
    end = batch.size if stop is None else stop
    if not first < end <= batch.size:
        raise BeyondBatch(size=batch.size)
    lines = await batches.printed(batch_id, role=Role[role.upper()], first=first, stop=end, by=holder(request).who)
    return Stream(_read(lines))


async def _reachable(request: Request[Any, Any, Any], batch_id: UUID) -> CodeBatch:
    batch = await batches.find(batch_id)
    within(request, batch.program_id)
    return batch


async def _read(lines: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Chunk by chunk in a thread, the next one only when the last one has left."""
    while chunk := await asyncio.to_thread(next, lines, b""):
        yield chunk


ROUTES = [order_batch, find_batch, change_range, read_codes]

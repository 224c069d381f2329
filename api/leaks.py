"""Leaks over HTTP: what is at stake in a range, asked beforehand or while it is frozen."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter

from api.batches import Index, reachable
from api.callers import Scoped, holder
from api.confines import MOVES, READS
from api.examples import like
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import refuses
from codes import leaks
from codes.batches import BatchNotSealed
from codes.exposures import Exposure, exposure
from codes.packaging_code import INDEX_COUNT
from codes.transitions import BeyondBatch, RangeState, within
from core.access import Scope
from core.text import Line


class Leak(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Indexes `first` up to `stop`, without it up to the batch's end, that strangers know, and how that is known."""

    reason: Line
    first: Index = 0
    stop: Index | None = None


@get(
    "/v1/batches/{batch_id:uuid}/exposure",
    guards=[Scoped(Scope.codes_read)],
    security=KEY,
    tags=["codes"],
    operation_id="find_exposure",
    responses=refuses(*READS, BeyondBatch, BatchNotSealed),
)
async def find_exposure(
    request: Request[Any, Any, Any],
    batch_id: FromPath[UUID],
    first: Annotated[int, QueryParameter(ge=0, le=INDEX_COUNT)] = 0,
    stop: Annotated[int | None, QueryParameter(ge=0, le=INDEX_COUNT)] = None,
) -> Exposure:
    """What a leak of these codes would mean: how many are claimed, held, pending, paid, and by whom."""
    batch = await reachable(request, batch_id)
    return await exposure(batch, within(batch, first=first, stop=stop))


@post(
    "/v1/batches/{batch_id:uuid}/leaks",
    guards=[Scoped(Scope.codes_activate)],
    security=KEY,
    tags=["codes"],
    operation_id="report_leak",
    status_code=200,
    responses={200: ResponseSpec(Exposure, generate_examples=False, description="What is frozen, pending and paid.")}
    | refuses(*MOVES, BeyondBatch, BatchNotSealed, RangeState),
)
async def report_leak(
    request: Request[Any, Any, Any],
    batch_id: FromPath[UUID],
    data: Annotated[Leak, like(reason="Photos of the roll are on sale", first=20_000, stop=30_000)],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Freeze codes that strangers know, for good. Pending bonuses of theirs are held, not burnt; a person decides."""

    async def leak() -> Exposure:
        await reachable(request, batch_id)
        return await leaks.leak(batch_id, first=data.first, stop=data.stop, reason=data.reason, by=holder(request).who)

    return await once(request, leak, status=200, required=True)


ROUTES = [find_exposure, report_leak]

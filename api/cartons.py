"""Cartons over HTTP: made by size or read from the packing line's file, and listed."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter, RawBody
from msgspec import Meta

from api.batches import Index, reachable
from api.callers import Scoped, holder
from api.confines import MOVES, READS
from api.csv_body import sheet
from api.cursors import Limit, next_page
from api.examples import like
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import refuses
from codes import carton_files, cartons
from codes.batches import BatchNotSealed, BatchWithoutKey
from codes.cartons import CodeRun, CompanyPrefixNeeded, MadeRuns, RunsOverlap, TooManyRuns
from codes.packaging_code import INDEX_COUNT
from codes.sscc import CompanyPrefixText
from codes.transitions import BeyondBatch
from core.access import Scope
from programs.sheets import BYTES_MAX, SheetRefused

Count = Annotated[int, Meta(ge=1, le=100_000)]


class Packing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How indexes `first` up to `stop` are packed; the company prefix is the program's last one unless given.

    With `twins`, each pack carries both its codes, so that an index that lacks either is in none.
    """

    codes_per_carton: Count
    cartons_per_pallet: Count | None = None
    first: Index = 0
    stop: Index | None = None
    company_prefix: CompanyPrefixText | None = None
    twins: bool = True


class Cartons(msgspec.Struct, frozen=True):
    """A batch's cartons in the order of their codes; `after` asks for those behind this page."""

    cartons: list[CodeRun]
    after: int | None


_MADE = {200: ResponseSpec(MadeRuns, generate_examples=False, description="What was made of it.")}


@post(
    "/v1/batches/{batch_id:uuid}/cartons",
    guards=[Scoped(Scope.codes_issue)],
    security=KEY,
    tags=["codes"],
    operation_id="make_cartons",
    status_code=200,
    responses=_MADE
    | refuses(*MOVES, BeyondBatch, BatchNotSealed, BatchWithoutKey, TooManyRuns, RunsOverlap, CompanyPrefixNeeded),
)
async def make_cartons(
    request: Request[Any, Any, Any],
    batch_id: FromPath[UUID],
    data: Annotated[Packing, like(codes_per_carton=20, cartons_per_pallet=40, company_prefix="4601234")],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Number cartons of so many codes each, and pallets of so many cartons. No code is in two cartons."""

    async def make() -> MadeRuns:
        await reachable(request, batch_id)
        return await cartons.make(
            batch_id,
            first=data.first,
            stop=data.stop,
            per_carton=data.codes_per_carton,
            per_pallet=data.cartons_per_pallet,
            company_prefix=data.company_prefix,
            twins=data.twins,
            by=holder(request).who,
        )

    return await once(request, make, status=200, required=True)


@post(
    "/v1/batches/{batch_id:uuid}/cartons/import",
    guards=[Scoped(Scope.codes_issue)],
    security=KEY,
    tags=["codes"],
    operation_id="import_cartons",
    operation_class=sheet(carton_files.EXAMPLE),
    request_max_body_size=BYTES_MAX,
    status_code=200,
    responses=_MADE | refuses(*MOVES, BeyondBatch, BatchNotSealed, SheetRefused, RunsOverlap),
)
async def import_cartons(
    request: Request[Any, Any, Any], batch_id: FromPath[UUID], body: RawBody, idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Read a packing line's CSV: `sscc` with `first` and `stop`, with the `parent` it stands on, or with both.

    All of it or nothing: a refusal names the rows.
    """

    async def read() -> MadeRuns:
        await reachable(request, batch_id)
        return await carton_files.import_runs(batch_id, body, by=holder(request).who)

    return await once(request, read, status=200, required=True)


@get(
    "/v1/batches/{batch_id:uuid}/cartons",
    guards=[Scoped(Scope.codes_read)],
    security=KEY,
    tags=["codes"],
    operation_id="list_cartons",
    responses=refuses(*READS),
)
async def list_cartons(
    request: Request[Any, Any, Any],
    batch_id: FromPath[UUID],
    after: Annotated[int, QueryParameter(ge=-1, le=INDEX_COUNT)] = -1,
    limit: Limit = 100,
) -> Cartons:
    """A batch's cartons with the pallets that they stand on."""
    batch = await reachable(request, batch_id)
    page = await cartons.page(batch.number, after_first=after, limit=limit)
    return Cartons(page, next_page(page, limit, cursor=lambda one: one.first))


ROUTES = [make_cartons, import_cartons, list_cartons]

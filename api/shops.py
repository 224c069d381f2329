"""Shops over HTTP: the points of sale, one at a time or the owner's whole list at once."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, RawBody

from api.callers import Scoped, holder
from api.confines import READS, WRITES, within
from api.csv_body import sheet
from api.cursors import Limit, TextCursor, next_page
from api.examples import like
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import refuses
from core.access import Scope
from programs import shops
from programs.imports import import_shops
from programs.products import Put
from programs.sheets import BYTES_MAX, SheetRefused
from programs.shops import NewShop
from programs.snapshot import Shop


class Shops(msgspec.Struct, frozen=True):
    """Shops by code; `after` asks for those behind this page."""

    shops: list[Shop]
    after: str | None


@post(
    "/v1/programs/{program_id:uuid}/shops",
    guards=[Scoped(Scope.programs_write)],
    security=KEY,
    tags=["catalogue"],
    operation_id="put_shop",
    status_code=200,
    responses={200: ResponseSpec(Shop, generate_examples=False, description="The shop as it stands now.")}
    | refuses(*WRITES),
)
async def put_shop(
    request: Request[Any, Any, Any],
    program_id: FromPath[UUID],
    data: Annotated[NewShop, like(code="M-17", name="Мастер на Садовой", region="Тула")],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Add the shop of this code, or replace what is said of it."""
    within(request, program_id)

    async def put() -> Shop:
        shop, _ = await shops.put_shop(program_id, data, by=holder(request).who)
        return shop

    return await once(request, put, status=200)


@get(
    "/v1/programs/{program_id:uuid}/shops",
    guards=[Scoped(Scope.programs_read)],
    security=KEY,
    tags=["catalogue"],
    operation_id="list_shops",
    responses=refuses(*READS),
)
async def list_shops(
    request: Request[Any, Any, Any],
    program_id: FromPath[UUID],
    after: TextCursor = None,
    limit: Limit = 100,
) -> Shops:
    """A program's shops by code."""
    page = await shops.shops(within(request, program_id), after_code=after or "", limit=limit)
    return Shops(page, next_page(page, limit, cursor=lambda shop: shop.code))


@post(
    "/v1/programs/{program_id:uuid}/shops/import",
    guards=[Scoped(Scope.programs_write)],
    security=KEY,
    tags=["catalogue"],
    operation_id="import_shops",
    operation_class=sheet("code,name,region\nM-17,Мастер на Садовой,Тула\n"),
    request_max_body_size=BYTES_MAX,
    status_code=200,
    responses={200: ResponseSpec(Put, generate_examples=False, description="What the sheet changed.")}
    | refuses(*WRITES, SheetRefused),
)
async def put_shops(
    request: Request[Any, Any, Any], program_id: FromPath[UUID], body: RawBody, idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Add or replace shops from a CSV sheet: code, name, and region if there is one.

    All of it or nothing: a refusal names the rows. Shops that the sheet does not name stay as they are.
    """
    within(request, program_id)
    return await once(request, lambda: import_shops(program_id, body, by=holder(request).who), status=200)


ROUTES = [put_shop, list_shops, put_shops]

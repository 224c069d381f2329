"""Products over HTTP: one at a time, or the maker's whole list at once."""

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
from programs import products
from programs.imports import import_products
from programs.products import GtinTaken, GtinWrong, NewProduct, PricesWrong, ProductView, Put
from programs.sheets import BYTES_MAX, SheetRefused


class Products(msgspec.Struct, frozen=True):
    """Products by SKU; `after` asks for those behind this page."""

    products: list[ProductView]
    after: str | None


@post(
    "/v1/programs/{program_id:uuid}/products",
    guards=[Scoped(Scope.programs_write)],
    security=KEY,
    tags=["catalogue"],
    operation_id="put_product",
    status_code=200,
    responses={200: ResponseSpec(ProductView, generate_examples=False, description="The product as it stands now.")}
    | refuses(*WRITES, GtinTaken, GtinWrong, PricesWrong),
)
async def put_product(
    request: Request[Any, Any, Any],
    program_id: FromPath[UUID],
    data: Annotated[
        NewProduct,
        like(sku="K-24", name_ru="Котёл настенный 24 кВт", name_en="Wall-hung boiler 24 kW", gtins=["4601234567893"]),
    ],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Add the product of this SKU, or replace what is said of it."""
    within(request, program_id)

    async def put() -> ProductView:
        product, _ = await products.put_product(program_id, data, by=holder(request).who)
        return product

    return await once(request, put, status=200)


@get(
    "/v1/programs/{program_id:uuid}/products",
    guards=[Scoped(Scope.programs_read)],
    security=KEY,
    tags=["catalogue"],
    operation_id="list_products",
    responses=refuses(*READS),
)
async def list_products(
    request: Request[Any, Any, Any],
    program_id: FromPath[UUID],
    after: TextCursor = None,
    limit: Limit = 100,
) -> Products:
    """A program's products by SKU."""
    page = await products.products(within(request, program_id), after_sku=after or "", limit=limit)
    return Products(page, next_page(page, limit, cursor=lambda product: product.sku))


@post(
    "/v1/programs/{program_id:uuid}/products/import",
    guards=[Scoped(Scope.programs_write)],
    security=KEY,
    tags=["catalogue"],
    operation_id="import_products",
    operation_class=sheet("sku,name_ru,name_en,gtins\nK-24,Котёл,Boiler,4601234567893|4601234567909\n"),
    request_max_body_size=BYTES_MAX,
    status_code=200,
    responses={200: ResponseSpec(Put, generate_examples=False, description="What the sheet changed.")}
    | refuses(*WRITES, SheetRefused, GtinTaken, GtinWrong, PricesWrong),
)
async def put_products(
    request: Request[Any, Any, Any], program_id: FromPath[UUID], body: RawBody, idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Add or replace products from a CSV sheet: sku, name_ru, name_en, and gtins, articles, aliases, brand or prices.

    All of it or nothing: a refusal names the rows. Products that the sheet does not name stay as they are.
    """
    within(request, program_id)
    return await once(request, lambda: import_products(program_id, body, by=holder(request).who), status=200)


ROUTES = [put_product, list_products, put_products]

"""Sales files over HTTP: a shop without an integration sends its day as a table, and gets its day as one."""

from datetime import date
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from api.callers import Scoped, holder
from api.confines import MOVES, READS
from api.csv_body import sheet
from api.cursors import Limit, NumberCursor
from api.idempotent import IdempotencyKey, key_of, once
from api.openapi import KEY
from api.orders import ShopNeeded, open_shop, shop_of
from api.problems import PayloadTooLarge, refuses
from api.process import process_of
from api.ranged import attached
from api.read_only import ANSWERS_ANYWAY
from api.settlements import ShopStopped
from api.uploads import received
from codes import order_days, sales_files, workbooks
from codes.sales_files import SalesFile, SalesPreview
from core.access import Scope
from programs.sheets import BYTES_MAX, SheetRefused

_DAY = {
    200: ResponseSpec(bytes, media_type="text/csv", generate_examples=False, description="The day's redemptions, CSV.")
}
_TAKEN = {201: ResponseSpec(SalesFile, generate_examples=False, description="The file; a job takes its receipts.")}


@post(
    "/v1/orders/sales-files/preview",
    guards=[Scoped(Scope.orders_write)],
    security=KEY,
    tags=["checkout"],
    operation_id="preview_sales",
    operation_class=sheet(sales_files.EXAMPLE),
    opt={ANSWERS_ANYWAY: True},
    request_max_body_size=BYTES_MAX,
    status_code=200,
    responses=refuses(*READS, SheetRefused, PayloadTooLarge, ShopNeeded, ShopStopped),
)
async def preview_sales(request: Request[Any, Any, Any], shop_id: FromQuery[UUID | None] = None) -> SalesPreview:
    """What would be taken of a day's sales (CSV or XLSX), and which rows are wrong. It changes nothing.

    Columns: at (by the shop's clock), receipt, code, sku, quantity, price of a piece, discount of the line.
    """
    shop = await open_shop(request, shop_id)
    content = await received(request, part="sales", bytes_max=BYTES_MAX)
    return await sales_files.preview(shop, bytes(content))


@post(
    "/v1/orders/sales-files",
    guards=[Scoped(Scope.orders_write)],
    security=KEY,
    tags=["checkout"],
    operation_id="accept_sales",
    operation_class=sheet(sales_files.EXAMPLE),
    request_max_body_size=BYTES_MAX,
    status_code=201,
    responses=_TAKEN | refuses(*MOVES, SheetRefused, ShopNeeded, ShopStopped),
)
async def accept_sales(
    request: Request[Any, Any, Any], shop_id: FromQuery[UUID | None] = None, idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Take a day's sales, all of the file or nothing; each receipt becomes a redemption at the time that it says.

    The same file again changes nothing, and a longer one of the same day adds what is new in it. Who bears a discount
    that there is no room for any more, the campaign says, as with a till's slips.
    """
    key_of(request, required=True)
    shop = await open_shop(request, shop_id)
    body = bytes(await received(request, part="sales", bytes_max=BYTES_MAX))
    content = await workbooks.as_csv(body)

    async def accept() -> SalesFile:
        return await sales_files.accept(shop, content, by=holder(request).who)

    answer = await once(request, accept, required=True, secret=True, fingerprint=body)
    process_of(request).doorbell.ring("jobs")
    return answer


@get(
    "/v1/orders/sales-files/{sales_file_id:uuid}",
    guards=[Scoped(Scope.orders_write)],
    security=KEY,
    tags=["checkout"],
    operation_id="find_sales_file",
    responses=refuses(*READS),
)
async def find_sales_file(
    request: Request[Any, Any, Any], sales_file_id: FromPath[UUID], after: NumberCursor = None, limit: Limit = 100
) -> SalesFile:
    """How far a file is, and what became of its receipts, `limit` of them behind the first `after`."""
    found = await sales_files.find(sales_file_id, after=after or 0, limit=limit)
    await shop_of(request, found.shop_id)
    return found


@get(
    "/v1/orders/day",
    guards=[Scoped(Scope.orders_write)],
    security=KEY,
    tags=["checkout"],
    operation_id="export_day",
    responses=_DAY | refuses(*READS, ShopNeeded),
)
async def export_day(
    request: Request[Any, Any, Any], day: FromQuery[date], shop_id: FromQuery[UUID | None] = None
) -> Stream:
    """The redemptions of a shop's day, by the program's calendar."""
    rows = order_days.csv_of(await shop_of(request, shop_id), day)
    name = attached(f"redemptions-{day}.csv")
    return Stream(rows, media_type="text/csv; charset=utf-8", headers={"Cache-Control": "no-store"} | name)


ROUTES = [preview_sales, accept_sales, find_sales_file, export_day]

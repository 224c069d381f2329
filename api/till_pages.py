"""The till's page for shops without an integration: a cashier asks, hears yes or no, sells and undoes."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, QueryParameter

from api import till_order_views as views
from api.process import process_of
from api.read_only import ANSWERS_ANYWAY
from api.settlements import ShopStopped
from api.staff_callers import Staffed
from api.staff_frame import fields, go, pages
from api.till_forms import Cart, LineWrong, TimeWrong, cart_of, line_of, made_ref, moment_of
from api.till_shift_views import pin_page
from api.till_shops import Till, till_of
from codes import checkout, shifts, till
from codes.customers import buyer_of
from codes.promises import OrderRefused
from codes.promo_orders import OrderView
from core import switches
from core.access import Scope
from core.db import fetch_value

CASHIERS = [Staffed(Scope.orders_write)]


@get("/staff/till", guards=CASHIERS)
async def code_page(
    request: Request[Any, Any, Any], paper: Annotated[str, QueryParameter(max_length=1)] = ""
) -> Response[Any]:
    """The customer's code is scanned or typed; without a shift one is opened first."""
    shop = await till_of(request)
    if await shifts.current(shop.cashier.id) is None:
        return pin_page(shop.look, has_pin=shop.has_pin)
    return views.code_page(shop.look, made_ref=made_ref(), paper=bool(paper))


@post("/staff/till/order", guards=CASHIERS, status_code=200, opt={ANSWERS_ANYWAY: True})
async def order_page(request: Request[Any, Any, Any]) -> Response[Any]:
    """The goods come one by one; an empty line, or the button, asks what the code gives for them."""
    shop, said = await till_of(request), await fields(request)
    cart, act = cart_of(said), said.get("do", "")
    if not cart.lines and not said.get("price") and not await till.is_working(cart.code, program_id=shop.program_id):
        return views.no_page(shop.look, cart, "not_active")
    if act.startswith("remove."):
        cart = cart.without(act.removeprefix("remove."))
    elif said.get("sku") or said.get("price"):
        return await _with_typed(shop, cart, said, check=act == "check")
    elif cart.lines and act != "change":
        return await _verdict(request, shop, cart)
    return await _cart(shop, cart)


@post("/staff/till/sales", guards=CASHIERS, status_code=303)
async def sell(request: Request[Any, Any, Any]) -> Response[Any]:
    """Redeem what was shown. Sent twice it is one sale; what has run out meanwhile is a no."""
    shop = await till_of(request)
    cart = cart_of(await fields(request))
    now = await fetch_value("SELECT now()")
    occurred_at = moment_of(cart.sold_at, zone=shop.zone, now=now)
    order = cart.order(day=shop.day(occurred_at or now))
    try:
        async with process_of(request).checkout.passed(order.whose):
            await _refuse_stopped(shop)
            sale_id = await till.sell(
                order,
                cashier=shop.cashier,
                shop_id=shop.id,
                customer=buyer_of(cart.customer),
                occurred_at=occurred_at,
            )
    except OrderRefused as refusal:
        return views.no_page(shop.look, cart, _reason(refusal), status=refusal.status)
    return go(f"/staff/till/sales/{sale_id}")


@get("/staff/till/sales/{sale_id:uuid}", guards=CASHIERS)
async def sale_page(request: Request[Any, Any, Any], sale_id: FromPath[UUID]) -> Response[str]:
    """A sale with its prices, and the button that undoes it."""
    shop = await till_of(request)
    sale, shift = await till.find_sale(sale_id, shop_id=shop.id), await shifts.current(shop.cashier.id)
    names = await till.names_of(shop.program_id, sale.goods)
    mine = shift is not None and shift.id == sale.shift_id
    return views.sale_page(shop.look, sale, names, may_undo=mine)


@post("/staff/till/sales/{sale_id:uuid}/undo", guards=CASHIERS, status_code=303)
async def undo(request: Request[Any, Any, Any], sale_id: FromPath[UUID]) -> Response[None]:
    """Take a sale of one's own open shift back, all of it."""
    shop = await till_of(request)
    # Nobody knows yet whose sale it is; the shop's own are asked for by its people alone.
    async with process_of(request).checkout.passed(shop.id):
        await till.undo(sale_id, cashier=shop.cashier, shop_id=shop.id)
    return go(f"/staff/till/sales/{sale_id}")


async def _with_typed(shop: Till, cart: Cart, said: dict[str, str], *, check: bool) -> Response[str]:
    """The goods that were just scanned wait for their price; with one they are a line of the order."""
    if not said.get("price"):
        return await _cart(shop, cart, typed=said)
    try:
        cart = cart.plus(line_of(said))
    except LineWrong:
        return await _cart(shop, cart, typed=said, wrong=shop.look.words.bad_line)
    return await _verdict(shop.look.request, shop, cart) if check else await _cart(shop, cart)


async def _cart(shop: Till, cart: Cart, *, typed: dict[str, str] | None = None, wrong: str = "") -> Response[str]:
    said = [*(line.sku for line in cart.lines), (typed or {}).get("sku", "")]
    names = await till.names_of(shop.program_id, said)
    return views.cart_page(shop.look, cart, names, typed=typed, wrong=wrong)


async def _verdict(request: Request[Any, Any, Any], shop: Till, cart: Cart) -> Response[str]:
    now = await fetch_value("SELECT now()")
    try:
        at = moment_of(cart.sold_at, zone=shop.zone, now=now)
    except TimeWrong:
        return await _cart(shop, cart, wrong=shop.look.words.bad_time)
    order = cart.order(day=shop.day(at or now))
    async with process_of(request).quotes.passed(order.whose):
        await _refuse_stopped(shop)
        quoted = await checkout.quote(order, shop_id=shop.id, customer=buyer_of(cart.customer))
    if reason := _refused(quoted):
        return views.no_page(shop.look, cart, reason)
    names = await till.names_of(shop.program_id, [line.sku for line in cart.lines])
    return views.yes_page(shop.look, cart, quoted, names)


def _refused(quoted: OrderView) -> str:
    """Why the code gives nothing; empty where it was taken."""
    return next((one.reason or "" for one in quoted.codes), "not_active")


def _reason(refusal: OrderRefused) -> str:
    codes: Any = refusal.facts.get("codes")
    return str(codes[0]["reason"]) if codes else ""


async def _refuse_stopped(shop: Till) -> None:
    if switches.shop(shop.id) in await switches.thrown():
        raise ShopStopped


ROUTES = pages(code_page, order_page, sell, sale_page, undo)

"""Orders over HTTP: tills and web shops quote, reserve and redeem promo codes, and take goods back."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromQuery, QueryParameter
from msgspec import Meta

from api.callers import Scoped, holder
from api.confines import MOVES, READS, within
from api.denials import beyond
from api.examples import like
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import PayloadTooLarge, refuses
from api.process import process_of
from api.read_only import ANSWERS_ANYWAY
from api.settlements import ShopStopped
from codes import checkout, order_returns, promo_orders
from codes.checkout import TTL_SECONDS_MAX, ReservationExpired
from codes.customers import Customer, CustomerUnreadable, buyer_of
from codes.order_returns import Return, ReturnRefused, ReturnView
from codes.orders import LineRefsRepeated, Order
from codes.promises import OrderRefused
from codes.promo_orders import OrderChanged, OrderSettled, OrderView
from core import switches
from core.access import Scope
from core.coalescer import QueueFull
from core.refusals import Unprocessable
from core.text import Key
from core.times import Moment
from programs.shops import find_shop
from referrals.buyers import Buyer

TTL_SECONDS = 900


class ShopNeeded(Unprocessable):
    slug = "shop_needed"
    title = "This key is no shop's own: the request names the shop"


class AskedOrder(Order, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An order with its customer, as far as the till knows him, and its shop where the key is not the shop's own."""

    customer: Customer | None = None
    shop_id: UUID | None = None

    @property
    def order(self) -> Order:
        """What of it is kept: everything but who the customer is."""
        return Order(self.order_ref, self.codes, self.lines, self.rounding_minor, self.link, self.seller)


class Reservation(AskedOrder, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An order that is to be paid soon."""

    ttl_seconds: Annotated[int, Meta(ge=1, le=TTL_SECONDS_MAX)] = TTL_SECONDS


class Redemption(AskedOrder, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An order that is paid; `occurred_at` is when, where the till was offline."""

    occurred_at: Moment | None = None


class Release(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A reservation that is given up."""

    order_ref: Key
    shop_id: UUID | None = None


class GoodsBack(Return, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Goods that came back, by the till's own reference; without lines everything that is left of the order."""

    shop_id: UUID | None = None


_LINE = {"ref": "1", "sku": "K-24", "quantity": 1, "amount_minor": 4_500_000, "min_amount_minor": 4_000_000}
_ORDER = {
    "order_ref": "2026-11-22/17",
    "codes": ["МАСТЕР10"],
    "lines": [_LINE],
    "rounding_minor": 100,
    "customer": {"kind": "phone", "value": "+7 912 000-00-00"},
}
_REFUSALS = (ShopNeeded, ShopStopped, QueueFull, PayloadTooLarge)
_OF_ORDERS = (LineRefsRepeated, CustomerUnreadable)


def _answers(status: int, kind: type, description: str) -> dict[int, ResponseSpec]:
    return {status: ResponseSpec(kind, generate_examples=False, description=description)}


@post(
    "/v1/orders/quote",
    guards=[Scoped(Scope.orders_write)],
    security=KEY,
    tags=["checkout"],
    operation_id="quote_order",
    status_code=200,
    opt={ANSWERS_ANYWAY: True},
    responses=refuses(*READS, *_REFUSALS, *_OF_ORDERS),
)
async def quote_order(request: Request[Any, Any, Any], data: Annotated[AskedOrder, like(**_ORDER)]) -> OrderView:
    """What an order would cost now, line by line, and why a code gives nothing. It changes nothing."""
    customer = buyer_of(data.customer)
    async with process_of(request).quotes.passed(data.whose):
        shop_id = await open_shop(request, data.shop_id)
        return await checkout.quote(data.order, shop_id=shop_id, customer=customer)


@post(
    "/v1/orders/reservations",
    guards=[Scoped(Scope.orders_write)],
    security=KEY,
    tags=["checkout"],
    operation_id="reserve_order",
    status_code=201,
    responses=_answers(201, OrderView, "The order, held until `expires_at`.")
    | refuses(*MOVES, *_REFUSALS, *_OF_ORDERS, OrderRefused, OrderChanged, OrderSettled, ReservationExpired),
)
async def reserve_order(
    request: Request[Any, Any, Any],
    data: Annotated[Reservation, like(**_ORDER, ttl_seconds=TTL_SECONDS)],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Hold an order's discount, bonus and limits until it is redeemed, released, or its time is up."""
    customer = buyer_of(data.customer)

    async def reserve(shop_id: UUID) -> OrderView:
        return await checkout.reserve(data.order, shop_id=shop_id, customer=customer, ttl_seconds=data.ttl_seconds)

    return await _settled(request, reserve, data.shop_id, fingerprint=_fingerprint(data, customer), whose=data.whose)


@post(
    "/v1/orders/redemptions",
    guards=[Scoped(Scope.orders_write)],
    security=KEY,
    tags=["checkout"],
    operation_id="redeem_order",
    status_code=201,
    responses=_answers(201, OrderView, "The order with its final prices; the agent has his bonus.")
    | refuses(*MOVES, *_REFUSALS, *_OF_ORDERS, OrderRefused, OrderChanged, OrderSettled, ReservationExpired),
)
async def redeem_order(
    request: Request[Any, Any, Any],
    data: Annotated[Redemption, like(**_ORDER)],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Redeem an order once, reserved before or not. The same order again gets the same answer, whatever its key."""
    customer = buyer_of(data.customer)

    async def redeem(shop_id: UUID) -> OrderView:
        return await checkout.redeem(data.order, shop_id=shop_id, customer=customer, occurred_at=data.occurred_at)

    return await _settled(request, redeem, data.shop_id, fingerprint=_fingerprint(data, customer), whose=data.whose)


@post(
    "/v1/orders/releases",
    guards=[Scoped(Scope.orders_write)],
    security=KEY,
    tags=["checkout"],
    operation_id="release_order",
    status_code=200,
    responses=_answers(200, OrderView, "The order, which holds nothing any more.")
    | refuses(*MOVES, *_REFUSALS, OrderSettled),
)
async def release_order(
    request: Request[Any, Any, Any],
    data: Annotated[Release, like(order_ref="2026-11-22/17")],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Give up a reservation; what it held is free again."""

    async def release(shop_id: UUID) -> OrderView:
        return await checkout.release(shop_id, data.order_ref)

    return await _settled(request, release, data.shop_id, status=200)


@post(
    "/v1/orders/returns",
    guards=[Scoped(Scope.orders_write)],
    security=KEY,
    tags=["checkout"],
    operation_id="return_goods",
    status_code=201,
    responses=_answers(201, ReturnView, "What the customer gets back; `parked` where the sale is not known yet.")
    | refuses(*MOVES, *_REFUSALS, OrderChanged, ReturnRefused),
)
async def return_goods(
    request: Request[Any, Any, Any],
    data: Annotated[GoodsBack, like(order_ref="2026-11-22/17", return_ref="R-4", lines=[{"ref": "1", "quantity": 1}])],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Take goods back, some or all, at any age: the refund at the prices paid, and what was given for them with it."""
    said = Return(data.order_ref, data.return_ref, data.lines)

    async def take_back(shop_id: UUID) -> ReturnView:
        return await order_returns.take_back(said, shop_id=shop_id)

    return await _settled(request, take_back, data.shop_id)


@get(
    "/v1/orders",
    guards=[Scoped(Scope.orders_write)],
    security=KEY,
    tags=["checkout"],
    operation_id="find_order",
    responses=refuses(*READS, ShopNeeded),
)
async def find_order(
    request: Request[Any, Any, Any],
    order_ref: Annotated[
        str,
        QueryParameter(min_length=1, max_length=64, pattern="^[^\\u0000]*$", description="The till's own reference."),
    ],
    shop_id: FromQuery[UUID | None] = None,
) -> OrderView:
    """An order of the shop as it stands: for a till that lost an answer."""
    return await promo_orders.find(await shop_of(request, shop_id), order_ref)


async def _settled(
    request: Request[Any, Any, Any],
    work: Callable[[UUID], Awaitable[Any]],
    shop_id: UUID | None,
    *,
    status: int = 201,
    fingerprint: bytes | None = None,
    whose: str | None = None,
) -> Response[bytes]:
    """Do what a till asks once, behind the door: orders of one agent wait for one another, and keep nobody else out."""

    async def settle() -> Any:
        return await work(await open_shop(request, shop_id))

    async with process_of(request).checkout.passed(whose):
        # A text that is no promo code may be anything that a customer showed: the answer is the caller's alone.
        return await once(request, settle, status=status, required=True, secret=True, fingerprint=fingerprint)


def _fingerprint(asked: AskedOrder, customer: Buyer | None) -> bytes:
    """What makes two requests the same, without the customer himself, whom a plain hash would give away."""
    return msgspec.json.encode((msgspec.structs.replace(asked, customer=None), customer and customer.fingerprint))


async def open_shop(request: Request[Any, Any, Any], named: UUID | None) -> UUID:
    """The same, unless somebody has stopped the shop."""
    shop_id = await shop_of(request, named)
    if switches.shop(shop_id) in await switches.thrown():
        raise ShopStopped
    return shop_id


async def shop_of(request: Request[Any, Any, Any], named: UUID | None) -> UUID:
    """The shop of the caller's key, or the one that is named where the key reaches its program."""
    own = holder(request).shop_id
    if own is not None:
        if named not in (None, own):
            raise beyond(request, named)
        return own
    if named is None:
        raise ShopNeeded
    within(request, (await find_shop(named)).program_id)
    return named


ROUTES = [quote_order, reserve_order, redeem_order, release_order, return_goods, find_order]

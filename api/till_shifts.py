"""A cashier's shift at the till: opened by PIN, handed to a colleague, closed; the day's list, also as CSV."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.params import QueryParameter

from api import till_shift_views as views
from api.process import process_of
from api.staff_callers import Staffed, cookie, guesser_of, me
from api.staff_frame import HEADERS, dated, filled, go, language_for, pages, told
from api.till_forms import price_text
from api.till_shops import Till, till_of
from codes import shifts, till
from codes.till import Sale
from core import sessions
from core.access import Scope
from core.cells import csv_rows
from core.db import fetch_value
from core.refusals import BadRequest, DomainError
from programs import staff_logins
from programs.staff_logins import LoginClosed, LoginRefused, Pin, PinNotSet

CASHIERS: Final = [Staffed(Scope.orders_write)]
# By this a spreadsheet knows the letters of the file.
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_HEADS: Final = (
    "entered_at",
    "sold_at",
    "number",
    "cashier",
    "promo_code",
    "goods",
    "full",
    "discount",
    "paid",
    "currency",
    "state",
)


# What is typed again: a PIN that is none is as wrong as any.
_WRONG: Final = (LoginRefused, LoginClosed, BadRequest, PinNotSet)


class _Opening(msgspec.Struct, frozen=True):
    pin: Pin


class _HandOver(msgspec.Struct, frozen=True):
    login: Annotated[str, msgspec.Meta(max_length=40)]
    pin: Pin


@post("/staff/till/open", guards=CASHIERS, status_code=303)
async def open_shift(request: Request[Any, Any, Any]) -> Response[Any]:
    """Open one's own shift by one's own PIN."""
    shop = await till_of(request)
    try:
        asked = await filled(request, _Opening)
        async with process_of(request).logins.passed():
            await staff_logins.prove_pin(shop.cashier, asked.pin, guesser=guesser_of(request))
    except _WRONG as refusal:
        shown = _shown(refusal)
        wrong = told(shown, language_for(request))
        return dated(views.pin_page(shop.look, has_pin=shop.has_pin, wrong=wrong, status=shown.status), shown)
    await shifts.open_shift(shop.cashier)
    return go("/staff/till")


@get("/staff/till/shift", guards=CASHIERS)
async def shift_page(request: Request[Any, Any, Any]) -> Response[Any]:
    """What the shift has come to; hand it over, or close it."""
    return await _shift(await till_of(request))


@post("/staff/till/handover", guards=CASHIERS, status_code=303)
async def hand_over(request: Request[Any, Any, Any]) -> Response[Any]:
    """A colleague of the same shop takes over by his PIN; the browser is his from now on."""
    shop = await till_of(request)
    try:
        asked = await filled(request, _HandOver)
        async with process_of(request).logins.passed():
            colleague = await staff_logins.take_over(
                asked.login, asked.pin, shop_id=shop.id, guesser=guesser_of(request)
            )
    except _WRONG as refusal:
        shown = _shown(refusal)
        return dated(await _shift(shop, wrong=told(shown, language_for(request)), status=shown.status), shown)
    await shifts.hand_over(shop.cashier, to=colleague)
    settings = process_of(request).settings
    token = await sessions.start(colleague.id, seconds=settings.staff_session_seconds)
    await sessions.end(me(request).session.id)
    answer = go("/staff/till")
    answer.cookies.append(cookie(settings, token))
    return answer


@post("/staff/till/close", guards=CASHIERS, status_code=303)
async def close_shift(request: Request[Any, Any, Any]) -> Response[None]:
    """Close one's own shift."""
    shop = await till_of(request)
    await shifts.close(shop.cashier)
    return go("/staff/till/day")


@get("/staff/till/day", guards=CASHIERS)
async def day_page(request: Request[Any, Any, Any]) -> Response[str]:
    """What the shop's cashiers have entered today."""
    shop = await till_of(request)
    day = shop.day(await fetch_value("SELECT now()"))
    return views.day_page(shop.look, day, await _sales(shop, day))


@get("/staff/till/day.csv", guards=CASHIERS)
async def day_file(
    request: Request[Any, Any, Any], day: Annotated[str, QueryParameter(max_length=10)] = ""
) -> Response[bytes]:
    """The list of a day as a file."""
    shop = await till_of(request)
    wanted = day or shop.day(await fetch_value("SELECT now()"))
    content = _BYTE_ORDER_MARK + csv_rows([_HEADS, *(_row(shop, sale) for sale in await _sales(shop, wanted))])
    headers = HEADERS | {"Content-Disposition": f'attachment; filename="till-{wanted}.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


@get("/staff/till/paper", guards=CASHIERS)
async def paper_page(request: Request[Any, Any, Any]) -> Response[str]:
    """What to do when nothing works, to be printed while everything does."""
    return views.paper_page((await till_of(request)).look)


def _shown(refusal: DomainError) -> DomainError:
    return LoginRefused() if isinstance(refusal, BadRequest) else refusal


async def _shift(shop: Till, *, wrong: str = "", status: int = 200) -> Response[Any]:
    shift = await shifts.current(shop.cashier.id)
    if shift is None:
        return go("/staff/till")
    return views.shift_page(shop.look, shift, await shifts.sums(shift.id), wrong=wrong, status=status)


async def _sales(shop: Till, day: str) -> list[Sale]:
    """What was entered on a day of the shop's calendar; BadRequest where it is none."""
    try:
        since = datetime.combine(date.fromisoformat(day), time(), tzinfo=shop.zone)
        until = since + timedelta(days=1)
    except (ValueError, OverflowError):
        raise BadRequest(detail="day: YYYY-MM-DD") from None
    return await till.sales_between(shop.id, since, until)


def _row(shop: Till, sale: Sale) -> Sequence[str]:
    order = sale.order
    return (
        sale.at.astimezone(shop.zone).isoformat(timespec="seconds"),
        sale.occurred_at.astimezone(shop.zone).isoformat(timespec="seconds"),
        order.order_ref,
        sale.cashier,
        sale.codes,
        " ".join(sale.goods),
        price_text(order.final_minor + order.discount_minor),
        price_text(order.discount_minor),
        price_text(order.final_minor),
        order.currency,
        "undone" if sale.undone_at else order.state,
    )


ROUTES = pages(open_shift, shift_page, hand_over, close_shift, day_page, day_file, paper_page)

"""The till's page for services: a voucher is scanned or typed, what it is for is shown, and what was given is said."""

from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from msgspec import Meta

from api.markup import element
from api.read_only import ANSWERS_ANYWAY
from api.staff_callers import Staffed
from api.staff_frame import button, field, filled, form, go, pages
from api.till_look import Look, figures, hidden
from api.till_shops import Till, till_of
from core.access import Scope
from core.db import transaction
from core.refusals import DomainError, NotFound
from referrals import words as texts
from referrals.words import Language
from rewards import orders
from rewards.orders import NotGivenHere, RewardOrder, VoucherOver, VoucherUsed

GIVERS: Final = [Staffed(Scope.rewards_give)]
PATH: Final = "/staff/till/vouchers"


class Words(msgspec.Struct, frozen=True):
    """One language's words of these pages."""

    title: str
    voucher: str
    voucher_hint: str
    look: str
    ask: str
    until: str
    price: str
    price_hint: str
    give: str
    not_now: str
    given: str
    given_at: str
    another: str
    unknown: str
    used: str
    over: str
    elsewhere: str


class Presented(msgspec.Struct, frozen=True):
    """A voucher as it was scanned or typed."""

    voucher: Annotated[str, Meta(min_length=1, max_length=200)]


_WORDS: Final[dict[Language, Words]] = {
    "ru": Words(
        title="Выдать услугу",
        voucher="Ваучер",
        voucher_hint="Отсканируйте QR с телефона участника или введите текст под ним и нажмите Enter.",
        look="Проверить",
        ask="Выдать эту услугу?",
        until="Действует до",
        price="Цена",
        price_hint="Участник платит бонусами, деньги не берите.",
        give="Услуга оказана",
        not_now="Не сейчас",
        given="Услуга оказана",
        given_at="Записано",
        another="Следующий ваучер",
        unknown="Такого ваучера нет. Проверьте знак за знаком: он начинается на S, за ней 16 знаков.",
        used="Этот ваучер уже использован: {at}. Услугу второй раз не оказывайте.",
        over="Этот ваучер больше не действует: его срок вышел или участник вернул его. Услугу не оказывайте.",
        elsewhere="Эту услугу оказывают в других магазинах.",
    ),
    "en": Words(
        title="Give a service",
        voucher="Voucher",
        voucher_hint="Scan the QR on the participant's phone, or type the text below it, and press Enter.",
        look="Look",
        ask="Give this service?",
        until="Valid until",
        price="Price",
        price_hint="It is paid in bonuses: take no money.",
        give="The service was given",
        not_now="Not now",
        given="The service was given",
        given_at="Noted",
        another="Next voucher",
        unknown="There is no such voucher. Look at each symbol: it begins with S, and 16 more follow.",
        used="This voucher was used already: {at}. Do not give the service again.",
        over="This voucher is no longer valid: its days are over, or its owner gave it back. Do not give the service.",
        elsewhere="This service is given in other shops.",
    ),
}


@get(PATH, guards=GIVERS)
async def voucher_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Ask for the voucher."""
    return _asking((await till_of(request)).look)


@post(f"{PATH}/look", guards=GIVERS, status_code=200, opt={ANSWERS_ANYWAY: True})
async def look_page(request: Request[Any, Any, Any]) -> Response[str]:
    """What a voucher is for, and the button that says that it was given."""
    shop, presented = await till_of(request), await filled(request, Presented)
    try:
        order = await orders.look(presented.voucher, program_id=shop.program_id, shop_id=shop.id)
    except (NotFound, NotGivenHere, VoucherUsed, VoucherOver) as refusal:
        return _refused(shop.look, refusal)
    return _found(shop.look, presented, order)


@post(f"{PATH}/give", guards=GIVERS, status_code=303)
async def give(request: Request[Any, Any, Any]) -> Response[Any]:
    """Note that the service was given. Sent twice it was given once, and the second is told when."""
    shop, presented = await till_of(request), await filled(request, Presented)
    try:
        async with transaction(adoptable=True):
            order = await _give(shop, presented)
    except (NotFound, NotGivenHere, VoucherUsed, VoucherOver) as refusal:
        return _refused(shop.look, refusal)
    return go(f"{PATH}/{order.id}")


@get(f"{PATH}/{{order_id:uuid}}", guards=GIVERS)
async def given_page(request: Request[Any, Any, Any], order_id: FromPath[UUID]) -> Response[str]:
    """What was given in this shop, and when."""
    shop = await till_of(request)
    return _given(shop.look, await orders.given(order_id, shop_id=shop.id))


async def _give(shop: Till, presented: Presented) -> RewardOrder:
    by = shop.cashier.who
    return await orders.give(presented.voucher, program_id=shop.program_id, shop_id=shop.id, by=by)


def _asking(look: Look, *, wrong: str = "", status: int = 200) -> Response[str]:
    words = _WORDS[look.language]
    return look.page(
        words.title,
        element("section", element("p", wrong, class_="say", role="alert"), class_="told no") if wrong else None,
        form(
            look.request,
            f"{PATH}/look",
            field(
                words.voucher,
                "voucher",
                hint=words.voucher_hint,
                class_="large",
                autofocus=True,
                autocomplete="off",
                autocapitalize="characters",
                spellcheck="false",
                required=True,
                maxlength=200,
            ),
            element("div", button(words.look), class_="actions"),
            class_="card",
        ),
        status=status,
    )


def _found(look: Look, presented: Presented, order: RewardOrder) -> Response[str]:
    words = _WORDS[look.language]
    return look.page(
        words.ask,
        element(
            "section",
            element("p", _name(look, order), class_="say"),
            figures(*_until(look, order), (words.price, texts.amount(order.price_minor, order.asset, look.reader))),
            element("p", words.price_hint, class_="hint"),
            class_="told yes",
        ),
        form(
            look.request,
            f"{PATH}/give",
            hidden({"voucher": presented.voucher}),
            element(
                "div",
                button(words.give),
                element("a", words.not_now, href=PATH, class_="button plain"),
                class_="actions",
            ),
        ),
    )


def _given(look: Look, order: RewardOrder) -> Response[str]:
    words = _WORDS[look.language]
    at = texts.moment(order.settled_at or order.created_at, look.reader)
    return look.page(
        words.given,
        element(
            "section", element("p", _name(look, order), class_="say"), figures((words.given_at, at)), class_="told yes"
        ),
        element("p", element("a", words.another, href=PATH, class_="button")),
    )


def _refused(look: Look, refusal: DomainError) -> Response[str]:
    words = _WORDS[look.language]
    said = {"voucher_used": words.used, "voucher_over": words.over, "not_given_here": words.elsewhere}
    at = refusal.facts.get("at")
    when = "" if at is None else texts.moment(at, look.reader)
    return _asking(look, wrong=said.get(refusal.slug, words.unknown).format(at=when), status=refusal.status)


def _name(look: Look, order: RewardOrder) -> str:
    return order.name_en if look.language == "en" else order.name_ru


def _until(look: Look, order: RewardOrder) -> list[tuple[str, str]]:
    words = _WORDS[look.language]
    return [] if order.expires_at is None else [(words.until, texts.moment(order.expires_at, look.reader))]


ROUTES = pages(voucher_page, look_page, give, given_page)

"""The words of what is handed out for a promo code, in Russian and English."""

from typing import Final

from babel import Locale
from msgspec import Struct

from referrals.words import Language

# By babel's name for the form that a number takes.
Forms = dict[str, str]


class Words(Struct, frozen=True):
    """One language's words; names in braces are filled in."""

    code: str
    off_percent: str
    off_amount: str
    off_item: str
    off_no_goods: str
    off_goods: str
    off_some_goods: str
    capped: str
    off_most: str
    nothing_off: str
    with_goods: str
    with_some_goods: str
    from_amount: str
    from_items: Forms
    from_on: str
    until: str
    between: str
    in_shops: str
    in_some_shops: Forms
    more_terms: str
    terms_on_page: str
    quoted: str
    and_more: str
    steps: tuple[str, ...]
    how: str


_RU: Final = Words(
    code="Промокод",
    off_percent="скидка {off}{goods}",
    off_amount="скидка {off}{goods}",
    off_item="скидка {off} с каждой штуки{goods}",
    off_no_goods=" на заказ",
    off_goods=" на {goods}",
    off_some_goods=" на отдельные товары",
    capped=" (не больше {most})",
    off_most="до −{off}",
    nothing_off="назовите промокод при покупке",
    with_goods=", если в заказе есть {goods}",
    with_some_goods=", если в заказе есть товары акции",
    from_amount=" при заказе от {amount}",
    from_items={"one": " при покупке от {count} штуки", "other": " при покупке от {count} штук"},
    from_on="Действует с {first}",
    until="Действует до {last} включительно",
    between="Действует с {first} до {last} включительно",
    in_shops="Магазины: {shops}",
    in_some_shops={"one": "В {count} магазине", "other": "В {count} магазинах"},
    more_terms="Есть и другие условия: спросите в магазине.",
    terms_on_page="Условия открываются по QR-коду.",
    quoted="«{}»",
    and_more="и другие скидки",
    steps=(
        "Наведите камеру телефона на QR-код: откроется страница с условиями.",
        "В магазине назовите промокод или дайте кассиру отсканировать штрихкод.",
        "В интернет-магазине введите промокод при оформлении заказа.",
    ),
    how="Как воспользоваться",
)
_EN: Final = Words(
    code="Promo code",
    off_percent="{off} off{goods}",
    off_amount="{off} off{goods}",
    off_item="{off} off each item{goods}",
    off_no_goods=" your order",
    off_goods=" {goods}",
    off_some_goods=" selected goods",
    capped=" (up to {most})",
    off_most="up to −{off}",
    nothing_off="tell the promo code when you buy",
    with_goods=" if your order includes {goods}",
    with_some_goods=" if your order includes goods of the offer",
    from_amount=" on orders of {amount} or more",
    from_items={"one": " when you buy at least {count} item", "other": " when you buy at least {count} items"},
    from_on="Valid from {first}",
    until="Valid through {last}",
    between="Valid from {first} through {last}",
    in_shops="Shops: {shops}",
    in_some_shops={"one": "In {count} shop", "other": "In {count} shops"},
    more_terms="Other terms apply: ask in the shop.",
    terms_on_page="The QR code opens the terms.",
    quoted="“{}”",
    and_more="and more",
    steps=(
        "Point your phone's camera at the QR code: a page with the terms opens.",
        "In a shop, tell the promo code or let the cashier scan the bars.",
        "In an online shop, type the promo code when you order.",
    ),
    how="How to use it",
)
WORDS: Final[dict[Language, Words]] = {"ru": _RU, "en": _EN}


def counted(forms: Forms, count: int, language: Language) -> str:
    """A text with a number in it, in the form that the number asks for."""
    form = Locale(language).plural_form(count)
    return forms.get(form, forms["other"]).format(count=count)

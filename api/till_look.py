"""What the till's pages have in common: who looks, in which language and currency, and the parts that they share."""

from collections.abc import Mapping

from litestar import Response

from api.markup import Child, Html, element
from api.staff_frame import AnyRequest, field, language_for, page
from api.till_words import TILL_WORDS, TillWords
from codes.till import Sale
from referrals import words as texts
from referrals.words import Language, Reader

Names = Mapping[str, tuple[str, str]]


class Look:
    """A page's request with its language, time zone and currency at hand."""

    def __init__(self, request: AnyRequest, *, zone: str, currency: str) -> None:
        self.request = request
        self.language: Language = language_for(request)
        self.words: TillWords = TILL_WORDS[self.language]
        self.reader = Reader(self.language, zone)
        self.currency = currency

    def money(self, amount_minor: int) -> str:
        return texts.amount(amount_minor, self.currency, self.reader)

    def page(self, title: str, *content: Child, status: int = 200, narrow: bool = True) -> Response[str]:
        return page(self.request, title, _ways(self), *content, status=status, narrow=narrow)


def _ways(look: Look) -> Html:
    words, here = look.words, look.request.url.path
    ways = (
        ("/staff/till", words.till),
        ("/staff/till/vouchers", words.vouchers),
        ("/staff/till/shift", words.shift),
        ("/staff/till/day", words.day),
        ("/staff/till/paper", words.paper),
    )
    links = [element("a", name, href=path, aria_current="page" if path == here else None) for path, name in ways]
    return element("nav", links, class_="ways noprint", aria_label=words.till)


def hidden(fields: Mapping[str, str]) -> list[Html]:
    return [element("input", type="hidden", name=name, value=value) for name, value in fields.items() if value]


def pin_field(label: str, name: str, *, autofocus: bool = False) -> Html:
    return field(
        label,
        name,
        type="password",
        inputmode="numeric",
        autocomplete="off",
        required=True,
        maxlength=8,
        class_="large",
        autofocus=autofocus,
    )


def figures(*figures: tuple[str, str]) -> Html:
    return element(
        "dl",
        [element("div", element("dt", name), element("dd", value)) for name, value in figures],
        class_="sums",
    )


def state_of(words: TillWords, sale: Sale) -> str:
    if sale.undone_at is not None:
        return words.undone
    return "" if sale.order.state == "succeeded" else words.returned

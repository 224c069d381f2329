"""What a cashier has typed so far: carried from page to page in the form itself, so that nothing is kept meanwhile."""

import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from codes.customers import Customer
from codes.orders import LINES_MAX, AskedCode, AskedLine, Order
from core.refusals import BadRequest
from core.text import Key, Name

# What a line without a product is sold as: no catalogue has it.
SUM_SKU: Final = "SUM"
PAPER_DAYS_MAX: Final = 30
_PRICE: Final = re.compile(r"([0-9]{1,9})(?:[.,]([0-9]{1,2}))?")
_MOMENTS: Final = ("%d.%m.%Y %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M")
_REF_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"

# With the day before it the reference still fits its column.
_REF_LENGTH_MAX: Final = 40


class LineWrong(BadRequest):
    """A price or a quantity is no number, or too large a one."""


class TimeWrong(BadRequest):
    """When it was sold cannot be read, or cannot be."""


class CartLine(msgspec.Struct, frozen=True, array_like=True):
    """Pieces of one product at one price."""

    sku: Key
    quantity: Annotated[int, Meta(ge=1, le=100_000)]
    price_minor: Annotated[int, Meta(ge=0, le=10**11)]

    @property
    def amount_minor(self) -> int:
        return self.quantity * self.price_minor


class Cart(msgspec.Struct, frozen=True):
    """An order on its way: `made_ref` stays the same from its first page on, and with it a sale that is sent twice."""

    code: AskedCode
    made_ref: Key
    lines: Annotated[tuple[CartLine, ...], Meta(max_length=LINES_MAX)] = ()
    receipt: Key = ""
    phone: Name = ""
    sold_at: Annotated[str, Meta(max_length=20)] = ""

    def order(self, *, day: str) -> Order:
        """What is asked of the checkout; a receipt's number counts within its day."""
        return Order(
            f"{day}/{self.receipt or self.made_ref}",
            (self.code,),
            tuple(
                AskedLine(str(place), line.sku, line.quantity, line.amount_minor)
                for place, line in enumerate(self.lines, 1)
            ),
        )

    @property
    def customer(self) -> Customer | None:
        return Customer("phone", self.phone) if self.phone else None

    def plus(self, line: CartLine) -> "Cart":
        """With one line more; LineWrong where there are too many."""
        if len(self.lines) >= LINES_MAX:
            raise LineWrong
        return msgspec.structs.replace(self, lines=(*self.lines, line))

    def without(self, place: str) -> "Cart":
        """Without the line at a place, if there is one."""
        lines = tuple(line for at, line in enumerate(self.lines) if str(at) != place)
        return msgspec.structs.replace(self, lines=lines)

    def hidden(self) -> dict[str, str]:
        """The fields in which the next form carries it on."""
        lines = msgspec.json.encode(self.lines).decode()
        return {
            "code": self.code,
            "made_ref": self.made_ref,
            "lines": lines,
            "receipt": self.receipt,
            "phone": self.phone,
            "sold_at": self.sold_at,
        }


def made_ref() -> str:
    """A reference that no other sale of the day has, short enough to be written on paper."""
    return "".join(secrets.choice(_REF_LETTERS) for _ in range(8))


def cart_of(said: Mapping[str, str]) -> Cart:
    """What a form has brought; BadRequest."""
    try:
        lines = msgspec.json.decode(said.get("lines") or "[]")
        kept = {name: said[name] for name in ("code", "made_ref", "receipt", "phone", "sold_at") if said.get(name)}
        cart = msgspec.convert({"made_ref": made_ref(), "lines": lines} | kept, Cart)
    except (msgspec.ValidationError, msgspec.DecodeError) as refused:
        raise BadRequest(detail=str(refused)) from None
    if max(len(cart.receipt), len(cart.made_ref)) > _REF_LENGTH_MAX:
        raise BadRequest(detail="the receipt's number is too long")
    return cart


def line_of(said: Mapping[str, str]) -> CartLine:
    """The line that was typed into the form; LineWrong."""
    quantity = said.get("quantity") or "1"
    try:
        return msgspec.convert(
            {"sku": said.get("sku") or SUM_SKU, "quantity": quantity, "price_minor": price_of(said.get("price", ""))},
            _Typed,
            strict=False,
        ).line
    except msgspec.ValidationError:
        raise LineWrong from None


class _Typed(msgspec.Struct, frozen=True):
    sku: Key
    quantity: Annotated[int, Meta(ge=1, le=100_000)]
    price_minor: int

    @property
    def line(self) -> CartLine:
        return CartLine(self.sku, self.quantity, self.price_minor)


def price_of(text: str) -> int:
    """Kopecks of a price as people write it: 1 234,50; LineWrong."""
    matched = _PRICE.fullmatch(re.sub(r"\s", "", text))
    if matched is None:
        raise LineWrong
    return int(matched[1]) * 100 + int((matched[2] or "0").ljust(2, "0"))


def price_text(amount_minor: int) -> str:
    """The same the other way."""
    return f"{amount_minor // 100}.{amount_minor % 100:02}"


def moment_of(text: str, *, zone: ZoneInfo, now: datetime) -> datetime | None:
    """When a sale from paper happened by the shop's clock, None where nothing is said; TimeWrong."""
    if not text:
        return None
    for pattern in _MOMENTS:
        try:
            moment = datetime.strptime(text, pattern).replace(tzinfo=zone)
        except ValueError:
            continue
        if now - timedelta(days=PAPER_DAYS_MAX) < moment <= now:
            return moment
    raise TimeWrong

"""consumer.oofd.kz: the public look-up of Kazakhstan's largest operator of fiscal data."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import msgspec

from programs import gtin
from receipts.fiscal import kazakhstan
from receipts.fiscal.frame import Operation, Receipt, ReceiptLine
from receipts.sources.frame import Answer, Budget, Outcome, Question, Source, found
from receipts.sources.wire import Unanswered, Wire

NAME: Final = "oofd"
OPERATOR: Final = "oofd.kz"
_PATH: Final = "/api/tickets/get-by-url"
_LINES_MAX: Final = 1_000
_AMOUNT_MAX: Final = 10**13
# A company's number and a person's are both twelve digits: where a person's has the day of birth, a company's has 4-6.
_COMPANY: Final = re.compile(r"[0-9]{4}[4-6][0-9]{7}", re.ASCII)


class _Commodity(msgspec.Struct, frozen=True):
    name: str
    sum: Decimal
    quantity: Decimal | None = None
    price: Decimal | None = None
    barcode: str | None = None


class _Item(msgspec.Struct, frozen=True):
    # Discounts and surcharges of a whole receipt are items without goods.
    commodity: _Commodity | None = None


class _Buyer(msgspec.Struct, frozen=True, rename="camel"):
    """Whoever bought, where the till asked him: looked at, and dropped."""

    customer_bin: str | int | None = None
    customer_iin_or_bin: str | int | None = None

    @property
    def is_company(self) -> bool:
        said = (self.customer_bin, self.customer_iin_or_bin)
        return any(_COMPANY.fullmatch(str(number).strip()) for number in said if number is not None)


class _Ticket(_Buyer, frozen=True, rename="camel", kw_only=True):
    fiscal_id: str | int
    transaction_date: str
    total_sum: Decimal
    items: list[_Item]
    operation_type: str | int | None = None


class _Reply(_Buyer, frozen=True, rename="camel", kw_only=True):
    ticket: _Ticket
    kkm_fns_id: str | int | None = None


_decoder = msgspec.json.Decoder(_Reply)


def source(origin: str, budget: Budget) -> Source:
    """The look-up behind an address; it asks for no key."""
    return Source(name=NAME, format=kazakhstan.CODE, origin=origin, budget=budget, answers=answers, ask=ask)


def answers(question: Question) -> bool:
    """Receipts that were sent to this operator; the others' are not here."""
    return question.numbers.get("operator") == OPERATOR


async def ask(question: Question, wire: Wire) -> Answer:
    """Ask by the four numbers of the code: never by its own address."""
    whole, tiyn = divmod(question.total_minor, 100)
    asked = {
        "i": question.numbers["i"],
        "f": question.numbers["f"],
        "s": f"{whole}.{tiyn:02d}",
        "t": f"{question.issued_at:%Y%m%dT%H%M%S}",
    }
    status, content = await wire.send("GET", _PATH, params=asked, also=frozenset({404}))
    if status == 404:
        return Answer(outcome=Outcome.NOT_FOUND, detail="HTTP 404")
    return found(question, read(question, content))


def read(question: Question, content: bytes) -> Receipt:
    """The receipt in a reply. Raises Unanswered."""
    try:
        reply = _decoder.decode(content)
        return _receipt(question, reply)
    except (msgspec.DecodeError, RecursionError, ArithmeticError, ValueError):
        raise Unanswered(Outcome.UNAVAILABLE, "the reply cannot be read") from None


def _receipt(question: Question, reply: _Reply) -> Receipt:
    ticket = reply.ticket
    goods = [item.commodity for item in ticket.items[:_LINES_MAX] if item.commodity is not None]
    # A reply that leaves the till out is held against the asked one by all the rest.
    till = str(reply.kkm_fns_id or question.numbers["f"]).strip()
    sign = str(ticket.fiscal_id).strip()
    return Receipt(
        format=kazakhstan.CODE,
        identity=f"{kazakhstan.CODE}:{till}:{sign}",
        currency=kazakhstan.CURRENCY,
        total_minor=_minor(ticket.total_sum),
        issued_at=datetime.fromisoformat(ticket.transaction_date[:19]).replace(tzinfo=None),
        operation=_operation(ticket.operation_type, question),
        numbers=question.numbers,
        lines=tuple(_line(one) for one in goods),
        has_buyer_tax_number=ticket.is_company or reply.is_company,
    )


def _operation(said: str | int | None, question: Question) -> Operation:
    if said is None:
        return question.operation
    word = str(said).upper()
    if "RETURN" in word:
        return Operation.RETURN
    return Operation.SALE if "SELL" in word else Operation.OTHER


def _line(goods: _Commodity) -> ReceiptLine:
    return ReceiptLine(
        name=goods.name[:2_000],
        quantity=goods.quantity if goods.quantity is not None and 0 <= goods.quantity < 10**9 else None,
        price_minor=_minor(goods.price) if goods.price is not None else None,
        amount_minor=_minor(goods.sum),
        gtin=gtin.padded(goods.barcode) if goods.barcode else None,
    )


def _minor(amount: Decimal) -> int:
    """Tenge with whatever decimals, as tiyn; what is no plain amount is refused."""
    if not amount.is_finite() or not 0 <= amount < _AMOUNT_MAX:
        raise ValueError("not an amount")
    minor: Any = amount * 100
    if minor != int(minor):
        raise ValueError("finer than a tiyn")
    return int(minor)

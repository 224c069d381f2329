"""The frame of an item source: what it is asked, what it may answer, and when an answer is believed."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec

from programs.trust import Trust
from receipts.fiscal import russia_documents
from receipts.fiscal.frame import Operation, Receipt

if TYPE_CHECKING:
    from receipts.sources.wire import Wire

TICKET_MAX: Final = 200
_HOUR: Final = timedelta(hours=1)
# A service may keep the till's clock by another hour of the world than the till itself.
_ZONES: Final = timedelta(hours=12)


class Outcome(StrEnum):
    """What came of asking a source once."""

    FOUND = "found"
    CONFIRMED = "confirmed"
    PENDING = "pending"
    NOT_FOUND = "not_found"
    REFUTED = "refuted"
    WRONG_RECEIPT = "wrong_receipt"
    LIMITED = "limited"
    DENIED = "denied"
    UNAVAILABLE = "unavailable"
    # Nothing was sent: as many requests as were allowed had been.
    BUDGET_SPENT = "budget_spent"


# The source answered, whatever it said of the receipt: nothing is wrong with the source itself.
ALIVE: Final = frozenset({Outcome.FOUND, Outcome.CONFIRMED, Outcome.PENDING, Outcome.NOT_FOUND, Outcome.REFUTED})


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt as a source is asked about it: what its code says, and a word for the agent that names nobody."""

    receipt_id: UUID
    format: str
    identity: str
    numbers: dict[str, str]
    total_minor: int
    issued_at: datetime
    operation: Operation
    asker: str
    # What a source wanted to be asked by the next time, if this is the next time.
    ticket: str | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a source said; `detail` is for support and holds nobody's name."""

    outcome: Outcome
    receipt: Receipt | None = None
    trust: Trust = Trust.PARSED
    detail: str = ""
    ticket: str | None = None
    retry_after_seconds: int | None = None


class Budget(msgspec.Struct, frozen=True):
    """How many requests a source may be sent, by all workers together."""

    minute: int
    day: int


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A service that knows receipts: `answers` whether this one is its business, `ask` asks it once."""

    name: str
    format: str
    origin: str
    budget: Budget
    answers: Callable[[Question], bool]
    ask: Callable[[Question, "Wire"], Awaitable[Answer]]


def found(question: Question, receipt: Receipt) -> Answer:
    """The goods as a source named them, if they are those of the receipt that it was asked about."""
    differs = difference(question, receipt)
    if differs is not None:
        return Answer(outcome=Outcome.WRONG_RECEIPT, detail=differs)
    if not receipt.lines:
        return Answer(outcome=Outcome.CONFIRMED, trust=Trust.ISSUER_CONFIRMED)
    return Answer(outcome=Outcome.FOUND, receipt=receipt, trust=Trust.ITEMS_CONFIRMED)


def difference(question: Question, receipt: Receipt) -> str | None:
    """The first thing in which a receipt is not the one that was meant."""
    if receipt.identity != question.identity:
        return "identity"
    if receipt.operation is not question.operation:
        return "operation"
    if receipt.total_minor != question.total_minor:
        return "total"
    if receipt.issued_at is None or not same_time(question.issued_at, receipt.issued_at):
        return "time"
    return None if all(one.ok for one in russia_documents.arithmetic(receipt)) else "lines"


def same_time(one: datetime, other: datetime) -> bool:
    """Whether two clocks mean the same minute, perhaps in two time zones."""
    apart = abs(one.replace(second=0, microsecond=0) - other.replace(second=0, microsecond=0))
    return apart <= _ZONES and apart % _HOUR == timedelta()

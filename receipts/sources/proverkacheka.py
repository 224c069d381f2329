"""proverkacheka.com: a middleman that asks the tax service of Russia for us, by a form with a token."""

from typing import Any, Final

import msgspec

from receipts.fiscal import russia, russia_documents
from receipts.fiscal.frame import Operation, ReceiptMalformed
from receipts.sources.frame import Answer, Budget, Outcome, Question, Source, found
from receipts.sources.wire import Unanswered, Wire

NAME: Final = "proverkacheka"
_PATH: Final = "/api/v1/check/get"
_OPERATIONS: Final = {Operation.SALE: "1", Operation.RETURN: "2"}
_OUTCOMES: Final = {
    0: Outcome.REFUTED,
    2: Outcome.PENDING,
    3: Outcome.LIMITED,
    4: Outcome.PENDING,
    5: Outcome.NOT_FOUND,
}
_LIMIT_SECONDS: Final = 3_600


class _Reply(msgspec.Struct, frozen=True):
    code: int
    data: Any = None


def source(origin: str, token: str, budget: Budget) -> Source:
    """The service behind an address, asked with the operator's own token."""

    async def ask(question: Question, wire: Wire) -> Answer:
        _, content = await wire.send("POST", _PATH, form=_form(question, token))
        return read(question, content)

    return Source(name=NAME, format=russia.CODE, origin=origin, budget=budget, answers=answers, ask=ask)


def answers(question: Question) -> bool:
    return question.operation in _OPERATIONS


def read(question: Question, content: bytes) -> Answer:
    """What a reply says of the receipt. Raises Unanswered where it says nothing."""
    try:
        reply = msgspec.json.decode(content, type=_Reply)
    except (msgspec.DecodeError, RecursionError):
        raise Unanswered(Outcome.UNAVAILABLE, "the reply cannot be read") from None
    if reply.code != 1:
        outcome = _OUTCOMES.get(reply.code, Outcome.UNAVAILABLE)
        later = _LIMIT_SECONDS if outcome is Outcome.LIMITED else None
        return Answer(outcome=outcome, detail=f"code {reply.code}", retry_after_seconds=later)
    try:
        [receipt] = russia_documents.parse(msgspec.json.encode(reply.data))
    except (ReceiptMalformed, ValueError):
        raise Unanswered(Outcome.UNAVAILABLE, "the reply holds no receipt") from None
    return found(question, receipt)


def _form(question: Question, token: str) -> dict[str, str]:
    whole, kopecks = divmod(question.total_minor, 100)
    return {
        "token": token,
        "fn": question.numbers["fn"],
        "fd": question.numbers["i"],
        "fp": question.numbers["fp"],
        "t": f"{question.issued_at:%Y%m%dT%H%M}",
        "n": _OPERATIONS[question.operation],
        "s": f"{whole}.{kopecks:02d}",
        "qr": "0",
    }

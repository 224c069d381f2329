"""Questions to a source and what comes back, in one line; and turns of the asking that need not be waited for."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID, uuid4

from core.db import execute
from receipts import asking
from receipts.asking import Pace
from receipts.fiscal.keyring import KeyRing
from receipts.fiscal.registry import judge
from receipts.sources.frame import Answer, Budget, Question, Source
from receipts.sources.wire import Unanswered, Wire

PLENTY: Final = Budget(1_000_000, 1_000_000)
PACE: Final = Pace(reply_seconds_max=5)


def a_question(text: str, *, ticket: str | None = None) -> Question:
    """A question about the receipt of a code."""
    receipt = judge(text, KeyRing()).receipt
    assert receipt.issued_at is not None
    return Question(
        receipt_id=uuid4(),
        format=receipt.format,
        identity=receipt.identity,
        numbers=receipt.numbers,
        total_minor=receipt.total_minor,
        issued_at=receipt.issued_at,
        operation=receipt.operation,
        asker="0f" * 16,
        ticket=ticket,
    )


async def asked(source: Source, question: Question, *, seconds_max: float = 5) -> Answer:
    """What a source says, or the answer that stands for its saying nothing."""

    async def spend() -> bool:
        return True

    try:
        async with Wire(source.origin, spend=spend, seconds_max=seconds_max) as wire:
            return await source.ask(question, wire)
    except Unanswered as none:
        return Answer(outcome=none.outcome, detail=none.detail, retry_after_seconds=none.retry_after_seconds)


async def turn(sources: Sequence[Source], receipt_id: UUID | None = None, *, pace: Pace = PACE) -> int:
    """Let the next turn come now, of one receipt or of all, and ask."""
    await execute("UPDATE receipt_inquiry SET due_at = now() WHERE $1::uuid IS NULL OR receipt_id = $1", receipt_id)
    return await asking.ask_due(sources, pace)


async def turns(times: int, sources: Sequence[Source]) -> None:
    """So many turns one after another."""
    for _ in range(times):
        await turn(sources)

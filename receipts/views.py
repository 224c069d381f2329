"""Views: receipts as their agents see them, with what is known, what comes next, and why."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from core.db import fetch
from core.refusals import NotFound
from receipts import claims, words
from receipts.claims import ClaimedLine
from receipts.words import Words
from referrals.estimates import Expected

# Whether a matched receipt was paid is the rules' affair: it is asked, never written down a second time.
COLUMNS = """id, format, program_id, CASE WHEN state = 'matched' AND EXISTS (
    SELECT FROM accrual WHERE activity_id = receipt.id AND accrual.state = 'credited') THEN 'credited' ELSE state
    END AS state, reason, trust, provisional, operation, total_minor, currency, issued_at, received_at, due_at"""


class LineView(msgspec.Struct, frozen=True):
    """Some goods on a receipt, the product that they were taken for, and why; amounts in minor units."""

    place: int
    name: str
    quantity: Decimal | None
    amount_minor: int
    product_id: UUID | None
    pays: bool
    matched_by: str | None
    words: Words | None


class ReceiptView(msgspec.Struct, frozen=True):
    """A receipt and where it stands. `issued_at` is the till's own clock; `due_at` is told while it waits its turn.

    A `provisional` one yields to whoever proves the same receipt better.
    """

    receipt_id: UUID
    state: str
    reason: str
    words: Words
    format: str
    program_id: UUID | None
    trust: str
    provisional: bool
    operation: str
    total_minor: int
    currency: str
    issued_at: str
    received_at: datetime
    due_at: datetime | None
    lines: list[LineView]
    # Only in the answer to whoever hands it in: what it will probably earn, and whether it was his before.
    expected: Expected | None = None
    already_yours: bool = False


async def page(agent_id: UUID, *, before: UUID | None, limit: int) -> list[ReceiptView]:
    """An agent's receipts, the newest first."""
    rows = await fetch(
        f"""SELECT {COLUMNS} FROM receipt
            WHERE agent_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3""",  # noqa: S608 - ours.
        agent_id,
        before,
        limit,
    )
    return await views_of(rows)


async def find(agent_id: UUID, receipt_id: UUID) -> ReceiptView:
    """One of an agent's receipts."""
    rows = await fetch(
        f"SELECT {COLUMNS} FROM receipt WHERE agent_id = $1 AND id = $2",  # noqa: S608 - ours.
        agent_id,
        receipt_id,
    )
    if not rows:
        raise NotFound
    return (await views_of(rows))[0]


async def views_of(rows: Sequence[Any]) -> list[ReceiptView]:
    """Receipts from their rows."""
    lines = await claims.lines([row["id"] for row in rows])
    return [_view(row, lines[row["id"]]) for row in rows]


def _view(row: Any, lines: Sequence[ClaimedLine]) -> ReceiptView:
    return ReceiptView(
        receipt_id=row["id"],
        state=row["state"],
        reason=row["reason"],
        words=words.of_receipt(row["state"], row["reason"]),
        format=row["format"],
        program_id=row["program_id"],
        trust=row["trust"],
        provisional=row["provisional"],
        operation=row["operation"],
        total_minor=row["total_minor"],
        currency=row["currency"],
        issued_at=row["issued_at"].isoformat(),
        received_at=row["received_at"],
        due_at=row["due_at"] if row["state"] == "deferred" else None,
        lines=[_line(line) for line in lines],
    )


def _line(line: ClaimedLine) -> LineView:
    return LineView(
        place=line.place,
        name=line.name,
        quantity=line.quantity,
        amount_minor=line.amount_minor,
        product_id=line.product_id,
        pays=line.pays,
        matched_by=line.matched_by,
        words=words.of_line(_why(line)),
    )


def _why(line: ClaimedLine) -> str:
    if line.returned_by is not None:
        return "returned"
    if not line.is_goods:
        return "not_goods"
    return line.why if line.may_pay else "not_settled"

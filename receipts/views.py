"""Views: receipts as their agents see them, with what is known, what comes next, and why."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from core.db import fetch
from core.refusals import NotFound
from programs.snapshot import current_snapshot
from programs.trust import Trust
from receipts import claims, inquiries, waiting, words
from receipts.claims import ClaimedLine
from receipts.inquiries import Inquiry
from receipts.slips import SlipCode
from receipts.words import Words
from referrals.estimates import Expected

# Whether a matched receipt was paid is the rules' affair: it is asked, never written down a second time.
COLUMNS = """id, format, program_id, CASE WHEN state = 'matched' AND EXISTS (
    SELECT FROM accrual WHERE activity_id = receipt.id AND accrual.state = 'credited') THEN 'credited' ELSE state
    END AS state, reason, trust, provisional, operation, total_minor, currency, issued_at, received_at, due_at,
    state = 'matched' AND reason = '' AND NOT EXISTS (SELECT FROM activity_queue WHERE activity_id = receipt.id)
        AND NOT EXISTS (SELECT FROM accrual WHERE activity_id = receipt.id
                        AND accrual.state IN ('waiting', 'credited', 'clawed_back')) AS is_unpaid"""


class LineView(msgspec.Struct, frozen=True):
    """Some goods on a receipt, the product that they were taken for, and why; amounts in minor units."""

    place: int
    name: str
    quantity: Decimal | None
    amount_minor: int
    product_id: UUID | None
    pays: bool
    # Nobody is sure what it is, and a person says so; what it earns then is paid beside what was paid already.
    waits: bool
    # The activity that it was paid by: the receipt's own, or a later one that added it.
    activity_id: UUID | None
    matched_by: str | None
    # What its name is most like, in parts of a thousand; a suggestion where it was not taken for it.
    likest_id: UUID | None
    likeness: int | None
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
    # When a source is asked for the goods again, while they are not known.
    asks_again_at: datetime | None
    lines: list[LineView]
    # Only in the answer to whoever hands it in: what it will probably earn, and whether it was his before.
    expected: Expected | None = None
    already_yours: bool = False
    # Only in the answer to a photo: every code that was seen on it, from top to bottom.
    codes: list[SlipCode] = []


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
    asked = await inquiries.open_of([row["id"] for row in rows if row["state"] == "pending_issuer"])
    zones = await _zones() if asked or any(row["state"] == "deferred" for row in rows) else {}
    return [
        _view(row, lines[row["id"]], asked.get(row["id"]), zone=zones.get(row["program_id"], "UTC")) for row in rows
    ]


async def _zones() -> dict[UUID, str]:
    """The calendar of each program, in which its agents are told when something happens."""
    return {program.id: program.time_zone for program in (await current_snapshot()).programs.values()}


def _state(row: Any, inquiry: Inquiry | None) -> str:
    """Where a receipt stands in one word; while it waits, that is how far the asking is."""
    state: str = row["state"]
    if inquiry is None:
        return state
    if inquiry.asking:
        return "checking"
    return "verified" if Trust(row["trust"]).rank >= Trust.ISSUER_CONFIRMED.rank else state


def _view(row: Any, lines: Sequence[ClaimedLine], inquiry: Inquiry | None, *, zone: str) -> ReceiptView:
    return ReceiptView(
        receipt_id=row["id"],
        state=_state(row, inquiry),
        reason=row["reason"],
        words=_words(row, inquiry, zone=zone),
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
        asks_again_at=inquiry.due_at if inquiry is not None and inquiry.source and not inquiry.asking else None,
        # A receipt that waits for something else waits as a whole.
        lines=[_line(line, waits=row["reason"] == claims.UNSURE) for line in lines],
    )


def _words(row: Any, inquiry: Inquiry | None, *, zone: str) -> Words:
    if row["state"] == "deferred":
        return waiting.of_turn(row["due_at"], zone=zone)
    told = words.UNPAID if row["is_unpaid"] else words.of_receipt(row["state"], row["reason"])
    return waiting.of_inquiry(inquiry, zone=zone) or told


def _line(line: ClaimedLine, *, waits: bool) -> LineView:
    return LineView(
        place=line.place,
        name=line.name,
        quantity=line.quantity,
        amount_minor=line.amount_minor,
        product_id=line.product_id,
        pays=line.pays,
        waits=waits and line.is_unsure,
        activity_id=line.told_by,
        matched_by=line.matched_by,
        likest_id=line.likest_id,
        likeness=line.likeness,
        words=words.of_line(_why(line), line.likeness),
    )


def _why(line: ClaimedLine) -> str:
    if line.returned_by is not None:
        return "returned"
    if not line.is_goods:
        return "not_goods"
    return line.why if line.may_pay else "not_settled"

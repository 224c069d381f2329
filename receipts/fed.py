"""Fed receipts: what feeds have brought, kept with its goods for the agent who hands it in, or never does."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from core.db import execute, fetch, fetch_row, fetch_value
from core.ids import uuid7
from programs.trust import Trust
from receipts import brought_back, claims
from receipts.claims import Claim, ClaimedLine
from receipts.confirmations import Word
from receipts.fiscal.frame import Operation, Receipt
from receipts.sources.frame import same_time

# Longer than any receipt may wait to be handed in, and than goods may be brought back in any shop we know of.
KEPT: Final = timedelta(days=400)


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt as it is kept: nobody's name, and a marking's hash in place of its serial."""

    total_minor: int
    currency: str
    issued_at: datetime
    operation: Operation
    seller: str | None
    has_buyer_tax_number: bool
    lines: list[ClaimedLine]

    @property
    def item_keys(self) -> list[str]:
        return sorted({line.item_key for line in self.lines if line.item_key})

    def fits(self, claim: Claim) -> bool:
        """Whether a claim says the same of the document."""
        mine = (self.total_minor, self.currency, self.operation)
        return mine == (claim.total_minor, claim.currency, claim.operation) and same_time(
            self.issued_at, claim.issued_at
        )

    def word(self) -> Word:
        return Word(
            trust=Trust.ITEMS_CONFIRMED,
            lines=self.lines,
            seller=self.seller,
            has_buyer_tax_number=self.has_buyer_tax_number,
        )


class Fed(msgspec.Struct, frozen=True):
    """A kept receipt by its id."""

    id: UUID
    said: Said


def said_of(receipt: Receipt) -> Said:
    """What is kept of a receipt."""
    return Said(
        total_minor=receipt.total_minor,
        currency=receipt.currency,
        issued_at=claims.issued_at(receipt),
        operation=receipt.operation,
        seller=receipt.seller,
        has_buyer_tax_number=receipt.has_buyer_tax_number,
        lines=claims.lines_of(receipt.lines),
    )


async def keep(feed_id: UUID, receipt: Receipt, *, sale: str | None, now: datetime) -> Fed | None:
    """Keep a receipt, a return with the sale that it names; None where it is known already.

    Joins the caller's transaction, which holds the till.
    """
    kept = Fed(uuid7(), said_of(receipt))
    added = await fetch_value(
        """INSERT INTO fed_receipt (id, feed_id, identity, said, operation, item_keys, sale_identity, brought_at)
           VALUES ($1, $2, $3, $4::json, $5, $6, $7, $8) ON CONFLICT (identity) DO NOTHING RETURNING id""",
        kept.id,
        feed_id,
        receipt.identity,
        msgspec.json.encode(kept.said).decode(),
        receipt.operation.value,
        kept.said.item_keys,
        sale,
        now,
    )
    return kept if added is not None else None


async def find(identity: str) -> Fed | None:
    """What a feed has said of a document, without the goods that were brought back since."""
    row = await fetch_row("SELECT id, said FROM fed_receipt WHERE identity = $1", identity)
    if row is None:
        return None
    said = _said(row)
    returned = await _returned(said)
    lines = [
        msgspec.structs.replace(line, id=uuid7(), returned_by=returned.get(line.item_key or "")) for line in said.lines
    ]
    for back in await fetch("SELECT id, said FROM fed_receipt WHERE sale_identity = $1 ORDER BY id", identity):
        lines = brought_back.lines_after(lines, _said(back).lines, by=back["id"])
    return Fed(row["id"], msgspec.structs.replace(said, lines=lines))


async def _returned(said: Said) -> dict[str, UUID]:
    """By their keys the goods that a feed has told the return of, with that return."""
    if said.operation is not Operation.SALE or not said.item_keys:
        return {}
    rows = await fetch(
        "SELECT id, said, item_keys FROM fed_receipt WHERE operation = 'return' AND item_keys && $1", said.item_keys
    )
    # Goods that came back before may have been sold once more.
    later = [row for row in rows if _said(row).issued_at >= said.issued_at]
    return {key: row["id"] for row in later for key in row["item_keys"]}


async def waiting_returns(limit: int) -> list[UUID]:
    """Returns that nobody has carried out yet, the oldest first."""
    rows = await fetch(
        "SELECT id FROM fed_receipt WHERE operation = 'return' AND carried_out_at IS NULL ORDER BY id LIMIT $1", limit
    )
    return [row["id"] for row in rows]


async def held_return(fed_id: UUID) -> tuple[Said, str | None] | None:
    """A return that waits and the sale that it names, for the caller's transaction alone; None where it is done."""
    row = await fetch_row(
        """SELECT said, sale_identity FROM fed_receipt
           WHERE id = $1 AND carried_out_at IS NULL FOR UPDATE SKIP LOCKED""",
        fed_id,
    )
    return None if row is None else (_said(row), row["sale_identity"])


async def carried_out(fed_id: UUID, *, now: datetime) -> None:
    """A return is done with."""
    await execute("UPDATE fed_receipt SET carried_out_at = $2 WHERE id = $1", fed_id, now)


async def forget_old() -> None:
    """Drop what no agent has handed in nor can any more; what confirms a claim stays with it."""
    await execute(
        """DELETE FROM fed_receipt WHERE brought_at < now() - $1::interval
             AND NOT EXISTS (SELECT FROM receipt WHERE receipt.identity = fed_receipt.identity)""",
        KEPT,
    )


def _said(row: Any) -> Said:
    return msgspec.json.decode(row["said"], type=Said)

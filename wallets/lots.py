"""Lots: which of an agent's money goes first."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from core.db import execute, fetch


async def spendable(agent_id: UUID, asset: str, *, now: datetime) -> list[tuple[UUID, int]]:
    """An agent's lots with what remains in each, the first to expire first; under the lock of his available account.

    What has expired is no longer there, whether or not the sweep has taken it away yet.
    """
    rows = await fetch(
        """SELECT id, remaining_minor FROM lot
           WHERE agent_id = $1 AND asset = $2 AND state = 'available' AND remaining_minor > 0
             AND (expires_at IS NULL OR expires_at > $3)
           ORDER BY expires_at NULLS LAST, id""",
        agent_id,
        asset,
        now,
    )
    return [(row["id"], row["remaining_minor"]) for row in rows]


def pick(lots: Sequence[tuple[UUID, int]], amount_minor: int) -> list[tuple[UUID, int]]:
    """The parts of lots, in their order, that make up an amount, or all there is if it is less."""
    parts: list[tuple[UUID, int]] = []
    left = amount_minor
    for lot_id, remaining in lots:
        if left == 0:
            break
        part = min(remaining, left)
        parts.append((lot_id, part))
        left -= part
    return parts


async def change(parts: Sequence[tuple[UUID, int]], *, sign: int) -> None:
    """Take parts out of their lots (sign -1) or put them back (sign 1); joins the caller's transaction."""
    if parts:
        await execute(
            """UPDATE lot SET remaining_minor = lot.remaining_minor + $3 * t.amount
               FROM unnest($1::uuid[], $2::bigint[]) AS t (id, amount) WHERE lot.id = t.id""",
            [lot_id for lot_id, _ in parts],
            [amount for _, amount in parts],
            sign,
        )

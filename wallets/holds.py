"""Holds: pending money that is not released while somebody looks into it; what is free to spend is never held."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from core.db import fetch
from wallets import accounts, credits
from wallets.credits import Released
from wallets.ledger import lock


class Hold(msgspec.Struct, frozen=True):
    """A lot that is to be held, for whose sake and why."""

    lot_id: UUID
    cause_id: UUID
    reason: str


class HeldLot(msgspec.Struct, frozen=True):
    """A lot that is held, or was until now, for a cause: what remains in it, and its date."""

    lot_id: UUID
    cause_id: UUID
    reason: str
    agent_id: UUID
    asset: str
    amount_minor: int
    releases_at: datetime


class Lifted(msgspec.Struct, frozen=True):
    """The lots that lost a hold, and those among them that were due and are free to spend from now on."""

    lots: list[HeldLot]
    released: list[Released]


_HOLD = """
WITH held AS (
    INSERT INTO lot_hold (lot_id, cause_id, reason, held_at)
    SELECT lot.id, cause_id, reason, $4 FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS t (lot_id, cause_id, reason)
    JOIN lot ON lot.id = lot_id WHERE state = 'pending' AND remaining_minor > 0 ORDER BY lot.id, cause_id
    ON CONFLICT DO NOTHING RETURNING lot_id, cause_id, reason
), counted AS (
    UPDATE lot SET holds = holds + more FROM (SELECT lot_id, count(*) AS more FROM held GROUP BY lot_id) AS new
    WHERE lot.id = new.lot_id RETURNING lot.*
)
SELECT lot_id, cause_id, reason, agent_id, asset, remaining_minor AS amount_minor, releases_at
FROM held JOIN counted ON counted.id = lot_id
"""
_LIFT = """
WITH lifted AS (
    UPDATE lot_hold SET lifted_at = $3
    WHERE cause_id = $1 AND lifted_at IS NULL AND ($2::uuid[] IS NULL OR lot_id = ANY($2))
    RETURNING lot_id, cause_id, reason
)
UPDATE lot SET holds = holds - 1 FROM lifted WHERE lot.id = lot_id
RETURNING lot_id, cause_id, reason, agent_id, asset, remaining_minor AS amount_minor, releases_at, holds
"""


async def hold(wanted: Sequence[Hold], *, now: datetime) -> list[HeldLot]:
    """Hold lots, each once for a cause, and return those held from now on; joins the caller's transaction.

    What is available, empty, or held for this cause already is left as it is.
    """
    lot_ids = [one.lot_id for one in wanted]
    owners = await fetch(
        """SELECT DISTINCT agent_id, asset FROM lot
           WHERE id = ANY($1) AND state = 'pending' AND remaining_minor > 0""",
        lot_ids,
    )
    # A release locks the same accounts before it looks at its lots.
    await lock(accounts.pending(row["agent_id"], row["asset"]) for row in owners)
    rows = await fetch(_HOLD, lot_ids, [one.cause_id for one in wanted], [one.reason for one in wanted], now)
    return [_lot(row) for row in rows]


async def lift(cause_id: UUID, *, now: datetime, lot_ids: Sequence[UUID] | None = None) -> Lifted:
    """End a cause's holds, all of them unless told which; joins the caller's transaction.

    A lot that nothing else holds is released at once if its date has passed.
    """
    owners = await fetch(
        """SELECT DISTINCT agent_id, asset FROM lot_hold JOIN lot ON lot.id = lot_id
           WHERE cause_id = $1 AND lifted_at IS NULL AND ($2::uuid[] IS NULL OR lot_id = ANY($2))""",
        cause_id,
        lot_ids,
    )
    await lock(accounts.pending(row["agent_id"], row["asset"]) for row in owners)
    rows = await fetch(_LIFT, cause_id, lot_ids, now)
    due = [row for row in rows if row["holds"] == 0 and row["releases_at"] <= now]
    released = await credits.release([(row["lot_id"], row["agent_id"], row["asset"]) for row in due], now=now)
    return Lifted([_lot(row) for row in rows], released)


async def held_for(cause_id: UUID, *, after: UUID | None = None, limit: int) -> list[HeldLot]:
    """The lots that a cause holds now, in the order of their ids."""
    rows = await fetch(
        """SELECT lot_id, cause_id, reason, agent_id, asset, remaining_minor AS amount_minor, releases_at
           FROM lot_hold JOIN lot ON lot.id = lot_id
           WHERE cause_id = $1 AND lifted_at IS NULL AND ($2::uuid IS NULL OR lot_id > $2)
           ORDER BY lot_id LIMIT $3""",
        cause_id,
        after,
        limit,
    )
    return [_lot(row) for row in rows]


async def held_minor() -> dict[str, int]:
    """How much is held by now, by asset."""
    rows = await fetch("SELECT asset, sum(remaining_minor)::bigint AS minor FROM lot WHERE holds > 0 GROUP BY asset")
    return {row["asset"]: row["minor"] for row in rows}


def _lot(row: Any) -> HeldLot:
    return HeldLot(**{name: row[name] for name in HeldLot.__struct_fields__})

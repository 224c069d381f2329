"""Decisions about risk events: a person clears one and its money moves on, or confirms it and it is taken back."""

from contextlib import suppress
from enum import StrEnum
from typing import Any
from uuid import UUID

from core import audit, switches
from core.db import execute, fetch, fetch_row, transaction
from core.ids import derived
from core.refusals import Conflict
from referrals import holds, risks, trust
from referrals.clawbacks import NothingToClawBack, claw_back_accrual
from referrals.risks import RiskEvent
from wallets import holds as lot_holds
from wallets.clawbacks import ClawbackMade


class Decision(StrEnum):
    """How a suspicion may end."""

    clear = "clear"
    confirm = "confirm"


class RiskDecided(Conflict):
    slug = "risk_decided"
    title = "Somebody has decided about this already"


async def decide(
    risk_id: UUID,
    *,
    decision: Decision,
    note: str,
    by: str,
    freeze_spending: bool = False,
    program_id: UUID | None = None,
) -> RiskEvent:
    """Close an event, once: cleared, what it held is free at once if it is due; confirmed, it is taken back soon.

    The note of a confirmation is what the agents read as the reason of the clawback. What the suspected agent has free
    to spend stays so, unless the decision says otherwise.
    """
    async with transaction() as now:
        await risks.find(risk_id, program_id=program_id)
        cleared = decision is Decision.clear
        row = await fetch_row(
            """UPDATE risk_event SET state = $2, decided_at = $3, decided_by = $4, note = $5
               WHERE id = $1 AND state = 'open' RETURNING agent_id""",
            risk_id,
            "cleared" if cleared else "confirmed",
            now,
            by,
            note,
        )
        if row is None:
            raise RiskDecided
        held = await holds.lift(risk_id, now=now) if cleared else None
        if not cleared and row["agent_id"] is not None:
            await trust.lose(row["agent_id"])
        if freeze_spending and row["agent_id"] is not None:
            await switches.throw(switches.spending_of(row["agent_id"]), reason=note, by=by)
        await audit.record(by, f"risk.{decision}", risk_id=risk_id, note=note, lifted=held)
        return await risks.find(risk_id)


async def carry_out(limit: int = 100) -> int:
    """Take back what confirmed events hold, a bonus a transaction, so that it may be cut anywhere; returns how many."""
    await holds.hold_settled()
    taken = 0
    for event in await fetch(
        """SELECT id, note, decided_by FROM risk_event
           WHERE state = 'confirmed' AND carried_out_at IS NULL ORDER BY id LIMIT $1""",
        limit,
    ):
        while held := await lot_holds.held_for(event["id"], limit=limit):
            for lot in held:
                await _take_back(lot.lot_id, event)
            taken += len(held)
        await _close(event["id"])
    return taken


async def _take_back(accrual_id: UUID, event: Any) -> None:
    key = derived(b"risk clawback", str(event["id"]), str(accrual_id))
    # Taken back before: by us, who were cut, or by somebody else.
    with suppress(NothingToClawBack, ClawbackMade):
        await claw_back_accrual(accrual_id, amount_minor=None, reason=event["note"], key=key, by=event["decided_by"])
    async with transaction() as now:
        await lot_holds.lift(event["id"], lot_ids=[accrual_id], now=now)


async def _close(risk_id: UUID) -> None:
    """Nothing is left to do for an event, unless the rules have yet to speak about a part of it."""
    await execute(
        """UPDATE risk_event SET carried_out_at = now() WHERE id = $1
           AND NOT EXISTS (SELECT FROM risk_activity WHERE risk_id = $1 AND NOT applied)""",
        risk_id,
    )

"""Clawbacks as the maker orders them: an accrual taken back, in whole or in part, once per key, told to its agent."""

from typing import Any
from uuid import UUID

import msgspec

from core import audit
from core.db import execute, fetch_row, transaction
from core.refusals import Conflict, NotFound
from programs import capacity
from programs.decision import Demand
from referrals import journal
from referrals.journal import Entry, JournalKind
from wallets.clawbacks import Clawback, claw_back


class NothingToClawBack(Conflict):
    slug = "nothing_to_claw_back"
    title = "There is not that much left of this bonus to take back"


class ClawbackDone(msgspec.Struct, frozen=True):
    """What was taken back of an accrual, and from where."""

    accrual_id: UUID
    amount_minor: int
    from_pending_minor: int
    from_available_minor: int
    from_expired_minor: int
    to_debt_minor: int


async def claw_back_accrual(
    accrual_id: UUID, *, amount_minor: int | None, reason: str, key: UUID, by: str, program_id: UUID | None = None
) -> ClawbackDone:
    """Take back an accrual, all that is left of it unless told how much; NothingToClawBack when there is less.

    Who is confined to a program finds only its own.
    """
    async with transaction() as now:
        row = await _locked(accrual_id, program_id)
        left_minor = row["amount_minor"] - row["clawed_minor"]
        taken_minor = left_minor if amount_minor is None else amount_minor
        if row["state"] != "credited" or not 0 < taken_minor <= left_minor:
            raise NothingToClawBack(left_minor=left_minor, state=row["state"])
        await execute(
            "UPDATE accrual SET clawed_minor = clawed_minor + $2, state = $3 WHERE id = $1",
            accrual_id,
            taken_minor,
            "clawed_back" if taken_minor == left_minor else "credited",
        )
        await execute(
            # What is taken back for a reason of its own is no worth of the proof any more, whichever part it was.
            """UPDATE accrual AS first SET left_minor = greatest(0, first.left_minor - $2) FROM accrual AS taken
               WHERE taken.id = $1 AND first.left_minor IS NOT NULL AND first.part = 0
                 AND (first.activity_id, first.campaign_id, first.effect, first.agent_id)
                     = (taken.activity_id, taken.campaign_id, taken.effect, taken.agent_id)""",
            accrual_id,
            taken_minor,
        )
        taken = await claw_back(accrual_id, amount_minor=taken_minor, key=key, now=now)
        await audit.record(by, "accrual.claw_back", accrual_id=accrual_id, amount_minor=taken_minor, reason=reason)
        await journal.write([_told(row, taken, amount_minor=taken_minor, reason=reason)], at=now)
        # Last, as everybody who takes from a budget: whoever holds one waits for nothing else.
        await _give_back(row, taken)
    return ClawbackDone(
        accrual_id,
        taken_minor,
        taken.from_pending_minor,
        taken.from_available_minor,
        taken.from_expired_minor,
        taken.to_debt_minor,
    )


async def _locked(accrual_id: UUID, program_id: UUID | None) -> Any:
    row = await fetch_row(
        """SELECT accrual.* FROM accrual JOIN activity ON activity.id = activity_id
           WHERE accrual.id = $1 AND ($2::uuid IS NULL OR program_id = $2) FOR UPDATE OF accrual""",
        accrual_id,
        program_id,
    )
    if row is None:
        raise NotFound
    return row


async def _give_back(row: Any, taken: Clawback) -> None:
    """What came back to the campaign may be spent again; what became a debt has left its budget."""
    returned_minor = taken.from_pending_minor + taken.from_available_minor + taken.from_expired_minor
    if returned_minor:
        await capacity.give_back([Demand(row["campaign_id"], row["asset"], returned_minor, count=0)])


def _told(row: Any, taken: Clawback, *, amount_minor: int, reason: str) -> Entry:
    facts = {
        "accrual_id": row["id"],
        "amount_minor": amount_minor,
        "asset": row["asset"],
        "reason": reason,
        "expired_minor": taken.from_expired_minor,
    }
    return Entry(agent_id=row["agent_id"], kind=JournalKind.clawed_back, activity_id=row["activity_id"], facts=facts)

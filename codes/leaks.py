"""Leaks: codes that strangers know are frozen, and what they have earned so far is held until a person decides."""

from datetime import datetime
from uuid import UUID

from codes import batches
from codes.batches import CodeBatch, changed
from codes.exposures import Exposure, exposure
from codes.packaging_code import key_bounds
from codes.ranges import Run
from codes.transitions import FROM, LEAKED, RangeState, paint_all, within
from core.db import fetch, transaction
from referrals import holds, risks
from referrals.risks import RiskKind


async def leak(batch_id: UUID, *, first: int, stop: int | None, reason: str, by: str) -> Exposure:
    """Freeze indexes for good, hold what is pending for those that were claimed, and tell what is at stake.

    Scans of them get the neutral answer from now on; those that were held before wait for a person. Nothing is burnt.
    Again it holds what was claimed at that very moment. Raises BeyondBatch, BatchNotSealed, RangeState.
    """
    async with transaction() as now:
        # Before any other lock, as with every change of ranges; bonuses before the agents' journals.
        await changed()
        batch = await batches.find(batch_id)
        run = within(batch, first=first, stop=stop)
        await _hold_bonuses(batch, run, reason=reason, now=now)
        await paint_all(batch, [run], state=LEAKED, reason=reason, by=by, now=now, among=FROM[LEAKED])
        found = await exposure(batch, run)
        if LEAKED not in found.states:
            raise RangeState(states=sorted(found.states))
    return found


async def _hold_bonuses(batch: CodeBatch, run: Run, *, reason: str, now: datetime) -> None:
    claimed = await fetch("SELECT id FROM scan WHERE code_key >= $1 AND code_key < $2", *key_bounds(batch.number, *run))
    risk_id = await risks.record(
        kind=RiskKind.leaked_codes,
        subject=f"batch {batch.number}: {run.first}-{run.stop - 1}",
        facts={"batch_id": batch.id, "first": run.first, "stop": run.stop, "claimed": len(claimed), "reason": reason},
        program_id=batch.program_id,
        now=now,
    )
    if risk_id is not None and claimed:
        await holds.hold(risk_id, activity_ids=[row["id"] for row in claimed], now=now)

"""Returns of goods that several proofs were paid for: everything is decided again, and the difference is posted."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from core.db import execute, fetch, fetch_value
from core.ids import derived
from programs import capacity
from programs.decision import Decision, Demand, LimitDemand
from programs.facts import ActivityKind, decode_facts
from programs.limits import demands_of
from programs.purchases import Left
from programs.snapshot import Snapshot, current_snapshot
from referrals import accruals, journal, purchases
from referrals.accruals import Accrual
from referrals.journal import Entry, JournalKind
from referrals.purchase_holds import hold
from referrals.purchases import Bonus, Key, Purchase, Settled
from wallets import accounts
from wallets.clawbacks import claw_back
from wallets.credits import credit, release_date
from wallets.ledger import lock


class Change(msgspec.Struct, frozen=True):
    """What a return leaves of an activity: the new decision about it, and of its goods by value."""

    activity_id: UUID
    decision: Decision
    goods: Left | None = None

    @property
    def worths(self) -> Mapping[Key, int]:
        return {
            (grant.campaign_id, grant.effect, grant.beneficiary_agent_id): grant.amount_minor
            for grant in self.decision.grants
        }


class _Difference(msgspec.Struct, frozen=True):
    """What a bonus is due above or below what was paid."""

    proof: Settled
    bonus: Bonus
    minor: int


async def take_back(changes: Sequence[Change], *, key: UUID, now: datetime) -> list[Demand]:
    """Bring the bonuses of these activities, and of all who prove the same purchases, to what is due now.

    Joins the caller's transaction. Returns the room that is free again: it is the caller's to give back, last.
    """
    await _keep(changes)
    found = await hold([change.activity_id for change in changes])
    await execute(
        "SELECT FROM accrual WHERE activity_id = ANY($1) ORDER BY id FOR UPDATE",
        [member for members in found for member in members],
    )
    snapshot = await current_snapshot(age_seconds_max=0)
    by_activity = {change.activity_id: change for change in changes}
    differences: list[_Difference] = []
    for members in found:
        purchase = _changed(await purchases.load(members), by_activity)
        # What is left of a proof by itself follows from what was taken back of it.
        if len(members) > 1:
            await _write_down(purchase)
        differences += _differences(purchase, snapshot)
    await _lock_accounts(differences)
    demands = [
        demand
        for difference in differences
        if difference.minor < 0
        for demand in await _less(difference, key=key, now=now)
    ]
    more = [difference for difference in differences if difference.minor > 0]
    if more:
        # All budgets at once, in the one order that they are locked in: giving nothing back only holds them.
        budgets = {(difference.bonus.campaign_id, difference.bonus.asset) for difference in differences}
        await capacity.give_back([Demand(*budget, 0, count=0) for budget in budgets])
        await _more(more, snapshot, now=now)
    return demands


async def _keep(changes: Sequence[Change]) -> None:
    """Remember how much is left, for the proofs that are still to come."""
    for change in changes:
        if change.goods is not None and change.goods.whole_minor:
            await execute(
                """INSERT INTO purchase_left (activity_id, left_minor, whole_minor) VALUES ($1, $2, $3)
                   ON CONFLICT (activity_id) DO UPDATE SET left_minor = excluded.left_minor""",
                change.activity_id,
                change.goods.minor,
                change.goods.whole_minor,
            )


def _changed(purchase: Purchase, changes: Mapping[UUID, Change]) -> Purchase:
    """The purchase with what is left of the goods that came back; nothing comes to more than it did."""
    return msgspec.structs.replace(
        purchase,
        proofs=tuple(
            msgspec.structs.replace(
                proof,
                bonuses=tuple(
                    msgspec.structs.replace(
                        bonus,
                        left_minor=min(bonus.left_minor, changes[proof.activity_id].worths.get(bonus.key, 0)),
                    )
                    for bonus in proof.bonuses
                ),
            )
            if proof.activity_id in changes
            else proof
            for proof in purchase.proofs
        ),
    )


async def _write_down(purchase: Purchase) -> None:
    """From now on what is left of a bonus does not follow from what was paid of it."""
    bonuses = [bonus for proof in purchase.proofs for bonus in proof.bonuses]
    await execute(
        """UPDATE accrual SET worth_minor = t.worth_minor, left_minor = t.left_minor
           FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS t (id, worth_minor, left_minor)
           WHERE accrual.id = t.id""",
        [bonus.accruals[0]["id"] for bonus in bonuses],
        [bonus.worth_minor for bonus in bonuses],
        [bonus.left_minor for bonus in bonuses],
    )


def _differences(purchase: Purchase, snapshot: Snapshot) -> list[_Difference]:
    due = purchase.due(snapshot)
    return [
        _Difference(proof, bonus, due_minor - bonus.paid_minor)
        for proof in purchase.proofs
        for bonus, due_minor in zip(proof.bonuses, due[proof.activity_id], strict=True)
        if due_minor != bonus.paid_minor
    ]


async def _lock_accounts(differences: Sequence[_Difference]) -> None:
    """Everybody's accounts at once, in the one order that they are locked in."""
    if len(differences) == 1 and differences[0].minor < 0:
        # One clawback by itself locks what it takes from.
        return
    await lock(
        place(difference.bonus.agent_id, difference.bonus.asset)
        for difference in differences
        for place in (accounts.pending, accounts.available, accounts.debt)
    )


async def _less(difference: _Difference, *, key: UUID, now: datetime) -> list[Demand]:
    """Take back what was paid above what is due, what was credited last first."""
    demands, entries = [], []
    over_minor = -difference.minor
    for row in reversed(difference.bonus.accruals):
        paid_minor = row["amount_minor"] - row["clawed_minor"] if row["state"] == "credited" else 0
        if taken_minor := min(over_minor, paid_minor):
            over_minor -= taken_minor
            demand, entry = await take_from(
                row, taken_minor, activity_id=difference.proof.activity_id, key=key, now=now
            )
            demands.append(demand)
            entries.append(entry)
    await journal.write(entries, at=now)
    return demands


async def take_from(
    row: Any, amount_minor: int, *, activity_id: UUID, key: UUID, now: datetime
) -> tuple[Demand, Entry]:
    """Take back so much of one accrual for a return; what its budget has again, and what its agent is told."""
    left_minor = row["amount_minor"] - row["clawed_minor"]
    await execute(
        "UPDATE accrual SET clawed_minor = clawed_minor + $2, state = $3 WHERE id = $1",
        row["id"],
        amount_minor,
        "clawed_back" if amount_minor == left_minor else "credited",
    )
    taken = await claw_back(
        row["id"], amount_minor=amount_minor, key=derived(b"return", str(key), str(row["id"])), now=now
    )
    entry = Entry(
        agent_id=row["beneficiary_id"],
        kind=JournalKind.client_returned,
        activity_id=activity_id,
        facts={"accrual_id": row["id"], "amount_minor": amount_minor, "asset": row["asset"]},
    )
    return Demand(row["campaign_id"], row["asset"], amount_minor - taken.to_debt_minor, count=0), entry


async def _more(differences: Sequence[_Difference], snapshot: Snapshot, *, now: datetime) -> None:
    """Pay what the goods that came back had kept from other proofs, as far as the budgets have it."""
    claims = [
        [
            Demand(
                difference.bonus.campaign_id,
                difference.bonus.asset,
                difference.minor,
                await _limits(difference, snapshot),
                count=0,
            )
        ]
        for difference in differences
    ]
    refused = await capacity.take(claims)
    written = [
        await _further(difference, snapshot, denied=no_room.reason.value if no_room else None)
        for difference, no_room in zip(differences, refused, strict=True)
    ]
    released = await credit([one.credit() for one in written if one.state == "credited"], now=now)
    await journal.write([*(one.told() for one in written), *(accruals.told_released(lot) for lot in released)], at=now)


async def _limits(difference: _Difference, snapshot: Snapshot) -> tuple[LimitDemand, ...]:
    """Of an order the amount that limits have counted follows its bonus, down and up."""
    if difference.proof.kind is not ActivityKind.PROMO_REDEEMED:
        return ()
    stored = await fetch_value("SELECT facts FROM activity WHERE id = $1", difference.proof.activity_id)
    version = snapshot.campaigns[difference.bonus.campaign_id].numbered(difference.bonus.version)
    facts = decode_facts(stored)
    return tuple(demands_of(version, facts, snapshot.standing(facts.program_id)))


async def _further(difference: _Difference, snapshot: Snapshot, *, denied: str | None) -> Accrual:
    bonus = difference.bonus
    rules = snapshot.campaigns[bonus.campaign_id].numbered(bonus.version).rules
    [activity] = await fetch("SELECT cause, accepted_at FROM activity WHERE id = $1", difference.proof.activity_id)
    accrual = Accrual(
        activity_id=difference.proof.activity_id,
        cause=activity["cause"],
        campaign_id=bonus.campaign_id,
        version=bonus.version,
        effect=bonus.effect,
        beneficiary=bonus.beneficiary,
        agent_id=bonus.agent_id,
        asset=bonus.asset,
        amount_minor=difference.minor,
        state="denied" if denied else "credited",
        reason=denied,
        releases_at=release_date(activity["accepted_at"], rules.wait_seconds),
        expires_after_days=rules.expires_after_days,
        debt_share_basis_points=rules.debt_share_basis_points,
    )
    last = bonus.accruals[-1]
    # What had nothing left to earn begins to; what was paid a part is paid another.
    await accruals.write_part(accrual, part=last["part"] if last["state"] == "denied" else last["part"] + 1)
    return accrual

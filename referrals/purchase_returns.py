"""Returns of goods that several proofs were paid for: everything is decided again, and the difference is posted."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from core.db import execute, fetch, fetch_value
from core.ids import derived
from programs import capacity
from programs.additions import shared
from programs.decision import Decision, Demand, LimitDemand
from programs.facts import ActivityKind, Facts, decode_facts
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
    """What a return leaves of an activity: the new decision about it, and of its goods by value.

    Of one to which goods were added later, the decision is about all of them; the additions stand in their order.
    """

    activity_id: UUID
    decision: Decision
    goods: Left | None = None
    additions: tuple[UUID, ...] = ()

    @property
    def parts(self) -> tuple[UUID, ...]:
        return self.activity_id, *self.additions

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


async def take_back(changes: Sequence[Change], *, key: UUID, now: datetime, because: str | None = None) -> list[Demand]:
    """Bring the bonuses of these activities, and of all who prove the same purchases, to what is due now.

    Joins the caller's transaction. Returns the room that is free again: it is the caller's to give back, last.
    """
    await _keep(changes)
    found = await hold_accruals([change.activity_id for change in changes])
    return await bring(found, changes, key=key, now=now, because=because)


async def hold_accruals(activity_ids: Sequence[UUID]) -> Sequence[Sequence[UUID]]:
    """The proofs of these activities' purchases, with all that they were given, for the caller's transaction alone."""
    found = await hold(activity_ids)
    await execute(
        "SELECT FROM accrual WHERE activity_id = ANY($1) ORDER BY id FOR UPDATE",
        [member for members in found for member in members],
    )
    return found


async def bring(
    found: Sequence[Sequence[UUID]],
    changes: Sequence[Change] = (),
    *,
    key: UUID,
    now: datetime,
    because: str | None = None,
) -> list[Demand]:
    """Bring every proof of these purchases, which the caller holds, to what it is due now; returns the room left over.

    Joins the caller's transaction, whose last thing it is to give that room back. What is taken back came back with its
    goods, unless there is another reason.
    """
    snapshot = await current_snapshot(age_seconds_max=0)
    differences: list[_Difference] = []
    for members in found:
        purchase = await _changed(await purchases.load(members), changes)
        # What is left of a proof by itself follows from what was taken back of it.
        if len(members) > 1:
            await _write_down(purchase)
        differences += _differences(purchase, snapshot)
    await _lock_accounts(differences)
    demands = [
        demand
        for difference in differences
        if difference.minor < 0
        for demand in await _less(difference, key=key, now=now, because=because)
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
            for part in change.parts:
                await keep_left(part, change.goods)


async def keep_left(activity_id: UUID, goods: Left) -> None:
    """Remember what by value is left of an activity's goods; joins the caller's transaction."""
    await execute(
        """INSERT INTO purchase_left (activity_id, left_minor, whole_minor) VALUES ($1, $2, $3)
           ON CONFLICT (activity_id) DO UPDATE SET
               left_minor = excluded.left_minor, whole_minor = excluded.whole_minor""",
        activity_id,
        goods.minor,
        goods.whole_minor,
    )


async def _changed(purchase: Purchase, changes: Sequence[Change]) -> Purchase:
    """The purchase with what is left of the goods that came back; nothing comes to more than it did."""
    left = {part: shares for change in changes for part, shares in (await left_of(change)).items()}
    return msgspec.structs.replace(
        purchase,
        proofs=tuple(
            msgspec.structs.replace(
                proof,
                bonuses=tuple(
                    msgspec.structs.replace(
                        bonus, left_minor=min(bonus.left_minor, left[proof.activity_id].get(bonus.key, 0))
                    )
                    for bonus in proof.bonuses
                ),
            )
            if proof.activity_id in left
            else proof
            for proof in purchase.proofs
        ),
    )


async def left_of(change: Change) -> dict[UUID, dict[Key, int]]:
    """What of a new decision falls to an activity, and to each of its additions; written down, paid or not."""
    if not change.additions:
        return {change.activity_id: dict(change.worths)}
    held = await accruals.shares_of(change.parts)
    for key in {key for shares in held.values() for key in shares}:
        parts = [part for part in change.parts if key in held[part]]
        lefts = shared(change.worths.get(key, 0), [held[part][key].left_minor for part in parts])
        for part, left_minor in zip(parts, lefts, strict=True):
            held[part][key] = held[part][key]._replace(left_minor=left_minor)
    await accruals.write_shares(held)
    return {part: {key: one.left_minor for key, one in shares.items()} for part, shares in held.items()}


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


async def _less(difference: _Difference, *, key: UUID, now: datetime, because: str | None) -> list[Demand]:
    """Take back what was paid above what is due, what was credited last first."""
    demands, entries = [], []
    over_minor = -difference.minor
    for row in reversed(difference.bonus.accruals):
        paid_minor = row["amount_minor"] - row["clawed_minor"] if row["state"] == "credited" else 0
        if taken_minor := min(over_minor, paid_minor):
            over_minor -= taken_minor
            demand, entry = await take_from(
                row, taken_minor, activity_id=difference.proof.activity_id, key=key, now=now, because=because
            )
            demands.append(demand)
            entries.append(entry)
    await journal.write(entries, at=now)
    return demands


async def take_from(
    row: Any, amount_minor: int, *, activity_id: UUID, key: UUID, now: datetime, because: str | None = None
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
    facts = {"accrual_id": row["id"], "amount_minor": amount_minor, "asset": row["asset"]}
    entry = Entry(
        agent_id=row["beneficiary_id"],
        kind=JournalKind.clawed_back if because else JournalKind.client_returned,
        activity_id=activity_id,
        facts=facts | {"because": because} if because else facts,
    )
    return Demand(row["campaign_id"], row["asset"], amount_minor - taken.to_debt_minor, count=0), entry


async def _more(differences: Sequence[_Difference], snapshot: Snapshot, *, now: datetime) -> None:
    """Pay what is due above what was paid, as far as the budgets have it."""
    refused = await capacity.take(await _claims(differences, snapshot))
    written = [
        await _further(difference, snapshot, denied=no_room.reason.value if no_room else None)
        for difference, no_room in zip(differences, refused, strict=True)
    ]
    released = await credit([one.credit() for one in written if one.state == "credited"], now=now)
    await journal.write([*(one.told() for one in written), *(accruals.told_released(lot) for lot in released)], at=now)


async def _claims(differences: Sequence[_Difference], snapshot: Snapshot) -> list[list[Demand]]:
    """What each asks of its budget and limits; a campaign that pays for a purchase for the first time is used once."""
    claims, used = [], set()
    for difference in differences:
        bonus = difference.bonus
        facts = decode_facts(
            await fetch_value("SELECT facts FROM activity WHERE id = $1", difference.proof.activity_id)
        )
        is_first = False
        if facts.part_of is not None and (facts.part_of, bonus.campaign_id) not in used:
            used.add((facts.part_of, bonus.campaign_id))
            is_first = bonus.campaign_id not in await accruals.campaigns_paying(facts.part_of)
        limits = _limits(facts, bonus, snapshot)
        demand = Demand(bonus.campaign_id, bonus.asset, difference.minor, limits, count=1 if is_first else 0)
        claims.append([demand])
    return claims


def _limits(facts: Facts, bonus: Bonus, snapshot: Snapshot) -> tuple[LimitDemand, ...]:
    """Of an order the amount that limits have counted follows its bonus, down and up; of added goods, up."""
    if facts.kind is not ActivityKind.PROMO_REDEEMED and facts.part_of is None:
        return ()
    version = snapshot.campaigns[bonus.campaign_id].numbered(bonus.version)
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

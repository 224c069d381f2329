"""Purchases with several proofs, as they stand: what each proof is worth by what is left of its goods, and was paid."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec

from core.db import fetch
from programs import purchases
from programs.decision import Decision
from programs.facts import ActivityKind, Facts
from programs.purchases import ALL_LEFT, Left, Proof, Share
from programs.reasons import Reason
from programs.rules import Rules
from programs.snapshot import Snapshot

_MEMBERS = """
WITH RECURSIVE member (seed, id) AS (
    SELECT id, id FROM unnest($1::uuid[]) AS seeds (id)
    UNION
    SELECT seed, next.id FROM member CROSS JOIN LATERAL (
        SELECT earlier_id AS id FROM purchase_joint WHERE activity_id = member.id
        UNION ALL SELECT activity_id FROM purchase_joint WHERE earlier_id = member.id) AS next)
SELECT seed, array_agg(id ORDER BY id) AS members FROM member GROUP BY seed ORDER BY seed
"""
# In the order in which they were settled; what was decided in one statement, in the order in which it was accepted.
_SHARES = """
SELECT activity.id AS activity_id, activity.kind, activity.agent_id, activity.program_id, accrual.id, campaign_id,
       campaign_version, effect, part, beneficiary, accrual.agent_id AS beneficiary_id, asset, amount_minor,
       clawed_minor, worth_minor, accrual.left_minor, accrual.state,
       back.left_minor AS goods_left_minor, back.whole_minor AS goods_whole_minor
FROM activity
LEFT JOIN accrual ON accrual.activity_id = activity.id AND accrual.campaign_id IS NOT NULL
    AND (accrual.state IN ('credited', 'clawed_back') OR accrual.state = 'denied' AND accrual.reason = ANY($2))
LEFT JOIN purchase_left back ON back.activity_id = activity.id
WHERE activity.id = ANY($1)
ORDER BY (SELECT min(created_at) FROM accrual WHERE accrual.activity_id = activity.id) NULLS LAST,
         activity.accepted_at, activity.id, accrual.campaign_id, effect, beneficiary_id, part
"""
# So many purchases are looked at together where all are.
_AT_ONCE = 1_000
_JOINTS = "SELECT activity_id, earlier_id FROM purchase_joint WHERE activity_id = ANY($1)"
# Why a rule that came to something gave nothing of it: it may, once something comes back.
SET_OFF = [Reason.PURCHASE_PAID.value, Reason.GOODS_RETURNED.value]

Key = tuple[UUID, int, UUID]


class Bonus(msgspec.Struct, frozen=True):
    """What one rule gave one beneficiary for a proof: the accruals, their whole worth, and what returns left of it."""

    campaign_id: UUID
    version: int
    effect: int
    beneficiary: str
    agent_id: UUID
    asset: str
    worth_minor: int
    left_minor: int
    accruals: tuple[Any, ...]

    @property
    def key(self) -> Key:
        return self.campaign_id, self.effect, self.agent_id

    @property
    def paid_minor(self) -> int:
        return sum(row["amount_minor"] - row["clawed_minor"] for row in self.accruals if row["state"] != "denied")


class Settled(msgspec.Struct, frozen=True):
    """A proof of a purchase as it stands: its bonuses, and how much of its goods has not come back."""

    activity_id: UUID
    kind: ActivityKind
    agent_id: UUID
    program_id: UUID
    goods: Left | None
    bonuses: tuple[Bonus, ...]


class Purchase(msgspec.Struct, frozen=True):
    """All proofs of a purchase in the order in which they were settled, and how they were joined."""

    proofs: tuple[Settled, ...]
    joints: Mapping[UUID, frozenset[UUID]]

    def topped_up(self, decision: Decision, facts: Facts, snapshot: Snapshot) -> Decision:
        """What one more proof earns."""
        return purchases.topped_up(
            decision,
            facts,
            self.weighed(snapshot),
            left=self._left_of(facts),
            rules_of=_rules_of(snapshot),
            policy=snapshot.policy(facts.program_id),
        )

    def due(self, snapshot: Snapshot) -> dict[UUID, tuple[int, ...]]:
        """What each bonus of each proof is due, by what is left of the goods."""
        return purchases.due(self.weighed(snapshot), snapshot.policy(self.proofs[0].program_id))

    def weighed(self, snapshot: Snapshot) -> list[Proof]:
        """The proofs as the rules compare them."""
        return [self._weighed(proof, _rules_of(snapshot)) for proof in self.proofs]

    def _weighed(self, proof: Settled, rules_of: purchases.RulesOf) -> Proof:
        left = self._told_by_others(proof)
        shares = tuple(
            Share(
                purchases.pool_of(rules_of(bonus.campaign_id, bonus.version), bonus.asset, bonus.beneficiary),
                min(bonus.left_minor, left.of(bonus.worth_minor)),
                bonus.paid_minor,
            )
            for bonus in proof.bonuses
        )
        joined = self.joints.get(proof.activity_id, frozenset())
        return Proof(proof.activity_id, proof.kind, proof.agent_id, joined, shares)

    def _left_of(self, facts: Facts) -> Left:
        """What is left of the goods of a proof that is to be settled."""
        own = [proof for proof in self.proofs if proof.activity_id == facts.activity_id]
        return _least([*(proof.goods for proof in own), *(self._told_by_others(proof) for proof in own)])

    def _told_by_others(self, proof: Settled) -> Left:
        """An order and its receipt are the same goods twice: what came back of the one came back of the other."""
        return _least(
            other.goods
            for other in self.proofs
            if other is not proof and ActivityKind.PROMO_REDEEMED in (proof.kind, other.kind)
        )


def _least(told: Iterable[Left | None]) -> Left:
    known = [left for left in told if left is not None]
    return min(known, key=lambda left: Fraction(left.minor, left.whole_minor), default=ALL_LEFT)


def _rules_of(snapshot: Snapshot) -> purchases.RulesOf:
    def rules_of(campaign_id: UUID, version: int) -> Rules:
        return snapshot.campaigns[campaign_id].numbered(version).rules

    return rules_of


async def members_of(activity_ids: Sequence[UUID]) -> list[tuple[UUID, list[UUID]]]:
    """By activity all that prove the same purchase, itself among them; in one order."""
    if not activity_ids:
        return []
    return [(row["seed"], row["members"]) for row in await fetch(_MEMBERS, list(activity_ids))]


async def all_joined() -> AsyncIterator[Purchase]:
    """Every purchase that has several proofs, as it is at the moment."""
    seeds = [row["activity_id"] for row in await fetch("SELECT DISTINCT activity_id FROM purchase_joint")]
    found = sorted({tuple(members) for _, members in await members_of(seeds)})
    for at in range(0, len(found), _AT_ONCE):
        for purchase in await _load(found[at : at + _AT_ONCE]):
            yield purchase


async def versions_of(activity_id: UUID) -> dict[UUID, int]:
    """The versions by which an activity has a worth, whatever other proofs have left of it."""
    rows = await fetch(
        """SELECT DISTINCT campaign_id, campaign_version FROM accrual
           WHERE activity_id = $1 AND campaign_id IS NOT NULL
             AND (state IN ('credited', 'clawed_back') OR state = 'denied' AND reason = ANY($2))""",
        activity_id,
        SET_OFF,
    )
    return {row["campaign_id"]: row["campaign_version"] for row in rows}


async def load(members: Sequence[UUID]) -> Purchase:
    """The purchase that these activities prove."""
    [purchase] = await _load([members])
    return purchase


async def _load(found: Sequence[Sequence[UUID]]) -> list[Purchase]:
    everyone = [member for members in found for member in members]
    rows = await fetch(_SHARES, everyone, SET_OFF)
    proofs = [_settled(list(group)) for _, group in groupby(rows, key=lambda row: row["activity_id"])]
    joints: dict[UUID, set[UUID]] = {}
    for row in await fetch(_JOINTS, everyone) if len(everyone) > len(found) else ():
        joints.setdefault(row["activity_id"], set()).add(row["earlier_id"])
        # Whichever of the two was settled first: the other one knew of it.
        joints.setdefault(row["earlier_id"], set()).add(row["activity_id"])
    place_of = {member: place for place, members in enumerate(found) for member in members}
    parts: list[list[Settled]] = [[] for _ in found]
    for proof in proofs:
        parts[place_of[proof.activity_id]].append(proof)
    return [
        Purchase(tuple(part), {one: frozenset(joints[one]) for one in members if one in joints})
        for part, members in zip(parts, found, strict=True)
    ]


def _settled(rows: Sequence[Any]) -> Settled:
    first = rows[0]
    whole = first["goods_whole_minor"]
    bonuses = groupby(
        (row for row in rows if row["id"] is not None),
        key=lambda row: (row["campaign_id"], row["effect"], row["beneficiary_id"]),
    )
    return Settled(
        first["activity_id"],
        ActivityKind(first["kind"]),
        first["agent_id"],
        first["program_id"],
        Left(first["goods_left_minor"], whole) if whole is not None else None,
        tuple(_bonus(list(group)) for _, group in bonuses),
    )


def _bonus(rows: Sequence[Any]) -> Bonus:
    first = rows[0]
    worth = first["amount_minor"] if first["worth_minor"] is None else first["worth_minor"]
    return Bonus(
        first["campaign_id"],
        first["campaign_version"],
        first["effect"],
        first["beneficiary"],
        first["beneficiary_id"],
        first["asset"],
        worth,
        _left(first, worth),
        tuple(rows),
    )


def _left(row: Any, worth: int) -> int:
    """Until somebody has written it down: what was not taken back for another reason."""
    if row["left_minor"] is not None:
        return int(row["left_minor"])
    return 0 if row["state"] == "clawed_back" else int(worth - row["clawed_minor"])

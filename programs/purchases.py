"""One purchase: what a proof earns where other proofs of the same purchase earn something too. Pure.

Proofs of one kind are of different goods and add up; kinds are alternatives, and a purchase pays what the best of them
comes to. Each proof earns what it lifts that best by, in the order in which the proofs were settled. What was paid
before anybody knew that two proofs are of one purchase stays paid.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec

from core.money import split
from programs.attribution import AttributionPolicy, EvidenceKind
from programs.decision import Award, Decision, Grant, Refusal
from programs.facts import ActivityKind, Facts
from programs.reasons import Reason
from programs.rules import Rules

_EVIDENCE = {
    ActivityKind.PROMO_REDEEMED: EvidenceKind.PROMO_CODE,
    ActivityKind.CODE_SCANNED: EvidenceKind.PACKAGING_CODE,
    ActivityKind.RECEIPT_MATCHED: EvidenceKind.RECEIPT,
}

RulesOf = Callable[[UUID, int], Rules]


class Pool(NamedTuple):
    """Bonuses that are alternatives of each other: of one asset, for one side of the sale."""

    asset: str
    side: str


class Share(msgspec.Struct, frozen=True, gc=False):
    """What a rule gives one beneficiary for a proof: its worth for the goods that are left, and what was paid of it.

    Without a pool it stands by itself: its campaign stacks.
    """

    pool: Pool | None
    worth_minor: int
    paid_minor: int = 0


class Proof(msgspec.Struct, frozen=True):
    """A proof of a purchase, with the earlier ones that it was joined to when it came."""

    activity_id: UUID
    kind: ActivityKind
    agent_id: UUID
    joined: frozenset[UUID]
    shares: tuple[Share, ...]


class Left(NamedTuple):
    """What has not come back of an order or a receipt, of what it was, both by value."""

    minor: int
    whole_minor: int

    def of(self, amount_minor: int) -> int:
        """As much of an amount, rounded down."""
        return amount_minor * self.minor // self.whole_minor if self.whole_minor else 0


ALL_LEFT = Left(1, 1)


def pool_of(rules: Rules, asset: str, beneficiary: str) -> Pool | None:
    """With which other bonuses of a purchase one is compared: a crew is the agent in several persons."""
    if rules.proofs == "stack":
        return None
    return Pool(asset, "agent" if beneficiary == "crew" else beneficiary)


def due(proofs: Sequence[Proof], policy: AttributionPolicy) -> dict[UUID, tuple[int, ...]]:
    """What each share is due, whatever was paid so far; the proofs in the order in which they were settled.

    It depends on what is left of the goods and on nothing else, so every order of returns ends alike.
    """
    found: dict[UUID, tuple[int, ...]] = {}
    purchases: dict[UUID, _Purchase] = {}
    for proof in proofs:
        purchase = _Purchase()
        for other in {id(purchases[one]): purchases[one] for one in proof.joined if one in purchases}.values():
            purchase.take_in(other)
        found[proof.activity_id] = purchase.divide(proof, policy)
        purchase.members.add(proof.activity_id)
        purchases |= dict.fromkeys(purchase.members, purchase)
    return found


def topped_up(
    decision: Decision,
    facts: Facts,
    earlier: Sequence[Proof],
    *,
    left: Left,
    rules_of: RulesOf,
    policy: AttributionPolicy,
) -> Decision:
    """The decision about one more proof, less what the purchase has paid already; what it was worth is remembered."""
    shares = tuple(
        Share(
            pool_of(rules_of(grant.campaign_id, grant.version), grant.asset, grant.beneficiary),
            left.of(grant.amount_minor),
        )
        for grant in decision.grants
    )
    purchase = _Purchase()
    for proof in earlier:
        purchase.remember(proof, policy)
    amounts = purchase.divide(Proof(facts.activity_id, facts.kind, facts.agent_id, frozenset(), shares), policy)
    reason = Reason.PURCHASE_PAID if left.minor else Reason.GOODS_RETURNED
    return _lessened(decision, dict(zip(map(_key, decision.grants), amounts, strict=True)), reason)


class _Purchase:
    """What has been earned for a purchase so far: in each pool, and what each kind of proof is worth in it."""

    def __init__(self) -> None:
        self.members: set[UUID] = set()
        self.earned: Counter[Pool] = Counter()
        self.worth: Counter[tuple[Pool, ActivityKind]] = Counter()
        # Those whose proof stands for the whole purchase.
        self.winners: set[tuple[Pool, ActivityKind, UUID]] = set()

    def take_in(self, other: "_Purchase") -> None:
        """Two purchases turn out to be one: what each has paid stays."""
        self.members |= other.members
        self.earned += other.earned
        self.worth += other.worth
        self.winners |= other.winners

    def divide(self, proof: Proof, policy: AttributionPolicy) -> tuple[int, ...]:
        """Let one more proof earn what it adds, by its shares."""
        added = {
            pool: self._add(proof, pool, worth, None, policy) for pool, worth in _by_pool(proof.shares, _worth).items()
        }
        return tuple(_parts(proof.shares, added))

    def remember(self, proof: Proof, policy: AttributionPolicy) -> None:
        """Take in what one more proof has been paid."""
        paid = _by_pool(proof.shares, _paid)
        for pool, worth in _by_pool(proof.shares, _worth).items():
            self._add(proof, pool, worth, paid[pool], policy)

    def _add(self, proof: Proof, pool: Pool, worth: int, paid: int | None, policy: AttributionPolicy) -> int:
        if self._is_outranked(proof, pool, policy):
            worth = 0
        self.worth[pool, proof.kind] += worth
        earned = max(0, self.worth[pool, proof.kind] - self.earned[pool]) if paid is None else paid
        self.earned[pool] += earned
        if earned and proof.kind is ActivityKind.PROMO_REDEEMED:
            self.winners.add((pool, proof.kind, proof.agent_id))
        return earned

    def _is_outranked(self, proof: Proof, pool: Pool, policy: AttributionPolicy) -> bool:
        """Whether the whole purchase belongs to somebody else, by stronger evidence."""
        return any(
            pool == won and proof.agent_id != agent_id and _rank(policy, kind) < _rank(policy, proof.kind)
            for won, kind, agent_id in self.winners
        )


def _rank(policy: AttributionPolicy, kind: ActivityKind) -> int:
    evidence = _EVIDENCE.get(kind)
    return policy.rank(evidence) if evidence else len(_EVIDENCE) + len(EvidenceKind)


def _worth(share: Share) -> int:
    return share.worth_minor


def _paid(share: Share) -> int:
    return share.paid_minor


def _by_pool(shares: Iterable[Share], amount: Callable[[Share], int]) -> dict[Pool, int]:
    found: dict[Pool, int] = {}
    for share in shares:
        if share.pool is not None:
            found[share.pool] = found.get(share.pool, 0) + amount(share)
    return found


def _parts(shares: Sequence[Share], earned: Mapping[Pool, int]) -> Iterable[int]:
    """What each share gets of its pool's; what stacks is worth what it is."""
    divided = {
        pool: iter(split(amount, [share.worth_minor for share in shares if share.pool == pool]))
        for pool, amount in earned.items()
    }
    return (share.worth_minor if share.pool is None else next(divided[share.pool]) for share in shares)


def _key(grant: Grant) -> tuple[UUID, int, UUID]:
    return grant.campaign_id, grant.effect, grant.beneficiary_agent_id


def _lessened(decision: Decision, amounts: Mapping[tuple[UUID, int, UUID], int], reason: Reason) -> Decision:
    awards: list[Award] = []
    claimed: list[tuple[Award, Reason]] = []
    refusals = list(decision.refusals)
    for award in decision.awards:
        kept = [_less(grant, amounts[_key(grant)]) for grant in award.grants if amounts[_key(grant)]]
        lost = [grant for grant in award.grants if not amounts[_key(grant)]]
        if lost:
            claimed.append((msgspec.structs.replace(award, grants=tuple(lost)), reason))
        if kept:
            demand = msgspec.structs.replace(award.demand, amount_minor=sum(grant.amount_minor for grant in kept))
            awards.append(msgspec.structs.replace(award, grants=tuple(kept), demand=demand))
        else:
            refusals.append(Refusal(award.campaign_id, award.version, reason))
    return Decision(tuple(awards), tuple(refusals), tuple(claimed))


def _less(grant: Grant, amount_minor: int) -> Grant:
    if amount_minor == grant.amount_minor:
        return grant
    return msgspec.structs.replace(grant, amount_minor=amount_minor, worth_minor=grant.amount_minor)

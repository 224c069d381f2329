from collections import Counter
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from core.ids import uuid7
from programs.attribution import DEFAULT_POLICY, AttributionPolicy, EvidenceKind
from programs.decide import decide
from programs.effects import Fixed
from programs.facts import ActivityKind
from programs.purchases import ALL_LEFT, Left, Pool, Proof, Share, due, pool_of, topped_up
from programs.reasons import Reason
from tests.programs.made import AGENT, bought, campaign, rules, standing

SCAN, RECEIPT, ORDER = ActivityKind.CODE_SCANNED, ActivityKind.RECEIPT_MATCHED, ActivityKind.PROMO_REDEEMED
BONUS = Pool("RUB", "agent")
KINDS = [SCAN, RECEIPT, ORDER]


def proof(kind: ActivityKind, *worths: int, joined: tuple[Proof, ...] = (), agent_id: UUID = AGENT) -> Proof:
    shares = tuple(Share(BONUS, worth) for worth in worths)
    return Proof(uuid7(), kind, agent_id, frozenset(one.activity_id for one in joined), shares)


def amounts(*proofs: Proof, policy: AttributionPolicy = DEFAULT_POLICY) -> list[int]:
    found = due(proofs, policy)
    return [sum(found[one.activity_id]) for one in proofs]


def test_a_later_proof_earns_what_it_lifts_the_purchase_by() -> None:
    scan = proof(SCAN, 100)
    receipt = proof(RECEIPT, 150, joined=(scan,))
    order = proof(ORDER, 120, joined=(receipt,))

    assert amounts(scan, receipt, order) == [100, 50, 0]


def test_proofs_of_one_kind_are_of_different_goods_and_add_up() -> None:
    receipt = proof(RECEIPT, 150)
    one, other = proof(SCAN, 100, joined=(receipt,)), proof(SCAN, 100, joined=(receipt,))

    assert amounts(receipt, one, other) == [150, 0, 50]


def test_what_a_proof_adds_is_divided_by_what_each_would_have_had() -> None:
    scan = proof(SCAN, 100)
    crew = proof(RECEIPT, 100, 50, joined=(scan,))

    assert due([scan, crew], DEFAULT_POLICY)[crew.activity_id] == (33, 17)


def test_another_asset_or_another_side_of_the_sale_is_set_against_nothing() -> None:
    scan = proof(SCAN, 100)
    shares = (Share(Pool("PTS", "agent"), 40), Share(Pool("RUB", "customer"), 30))
    receipt = Proof(uuid7(), RECEIPT, AGENT, frozenset({scan.activity_id}), shares)

    assert amounts(scan, receipt) == [100, 70]


def test_a_crew_is_the_agent_in_several_persons() -> None:
    assert pool_of(rules(), "RUB", "crew") == pool_of(rules(), "RUB", "agent") != pool_of(rules(), "RUB", "seller")
    assert pool_of(rules(proofs="stack"), "RUB", "agent") is None


def test_what_stacks_is_due_in_full_and_set_against_nobody() -> None:
    scan = Proof(uuid7(), SCAN, AGENT, frozenset(), (Share(None, 100),))
    receipt = proof(RECEIPT, 80, joined=(scan,))

    assert amounts(scan, receipt) == [100, 80]


def test_two_purchases_that_turn_out_to_be_one_keep_what_they_paid() -> None:
    scan, order = proof(SCAN, 100), proof(ORDER, 130)
    receipt = proof(RECEIPT, 150, joined=(scan, order))

    assert amounts(scan, order, receipt) == [100, 130, 0]


def test_an_order_belongs_to_whom_the_promo_code_is() -> None:
    order = proof(ORDER, 130)
    others = proof(RECEIPT, 900, joined=(order,), agent_id=uuid7())
    own = proof(RECEIPT, 900, joined=(order,))

    assert amounts(order, others, own) == [130, 0, 770]


def test_a_program_may_rank_receipts_above_promo_codes() -> None:
    order = proof(ORDER, 130)
    receipt = proof(RECEIPT, 900, joined=(order,), agent_id=uuid7())
    policy = AttributionPolicy(priority=(EvidenceKind.RECEIPT,))

    assert amounts(order, receipt, policy=policy) == [130, 770]


def test_a_decision_remembers_what_it_was_worth_and_says_what_others_have_earned() -> None:
    paying, other = campaign(rules(effects=(Fixed(amount_minor=80),))), campaign(rules(proofs="stack"))
    facts = bought()
    decision = decide(facts, [paying, other], standing())
    known = {one.id: one.versions[0].rules for one in (paying, other)}
    earlier = [Proof(uuid7(), SCAN, AGENT, frozenset(), (Share(BONUS, 50, 50),))]

    some = topped_up(decision, facts, earlier, left=ALL_LEFT, rules_of=lambda one, _: known[one], policy=DEFAULT_POLICY)
    none = topped_up(
        decision, facts, earlier, left=Left(1, 2), rules_of=lambda one, _: known[one], policy=DEFAULT_POLICY
    )

    assert [(grant.amount_minor, grant.worth_minor) for grant in some.grants] == [(30, 80), (500, None)]
    assert [award.demand.amount_minor for award in some.awards] == [30, 500]
    assert [(award.grants[0].amount_minor, reason) for award, reason in none.claimed] == [(80, Reason.PURCHASE_PAID)]
    assert [(one.campaign_id, one.reason) for one in none.refusals] == [(paying.id, Reason.PURCHASE_PAID)]


purchases = st.lists(
    st.tuples(st.sampled_from(KINDS), st.lists(st.integers(0, 500), min_size=1, max_size=3)), min_size=1, max_size=7
)


@given(purchases, st.randoms(use_true_random=False))
def test_in_whatever_order_its_proofs_come_a_purchase_pays_its_best_kind(purchase: list, chance: object) -> None:  # type: ignore[type-arg]
    proofs: list[Proof] = []
    chance.shuffle(purchase)  # type: ignore[attr-defined]
    for kind, worths in purchase:
        proofs.append(proof(kind, *worths, joined=tuple(proofs[-1:])))

    found = amounts(*proofs)

    by_kind = Counter[ActivityKind]()
    for kind, worths in purchase:
        by_kind[kind] += sum(worths)
    assert sum(found) == max(by_kind.values())
    assert all(0 <= minor <= sum(worths) for minor, (_, worths) in zip(found, purchase, strict=True))


@given(purchases, st.lists(st.lists(st.integers(0, 6), max_size=3), min_size=7, max_size=7))
def test_joined_at_any_time_a_purchase_pays_no_more_than_a_plain_account_of_it(
    purchase: list[tuple[ActivityKind, list[int]]], joins: list[list[int]]
) -> None:
    proofs: list[Proof] = []
    for place, (kind, worths) in enumerate(purchase):
        known = tuple(proofs[one] for one in joins[place] if one < place)
        proofs.append(proof(kind, *worths, joined=known))

    found = amounts(*proofs)

    assert found == plain_account(purchase, joins)


def plain_account(purchase: list[tuple[ActivityKind, list[int]]], joins: list[list[int]]) -> list[int]:
    """The same on paper: for each proof all that came before it and is known to be of its purchase, summed anew."""
    known: list[set[int]] = []
    paid: list[int] = []
    for place, (kind, worths) in enumerate(purchase):
        together = {place}
        for one in joins[place]:
            if one < place:
                together |= next(group for group in known if one in group)
        known = [group for group in known if not group & together] + [together]
        before = sum(paid[one] for one in together if one < place)
        same_kind = sum(sum(purchase[one][1]) for one in together if purchase[one][0] == kind)
        paid.append(max(0, same_kind - before) if worths else 0)
    return paid

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from itertools import permutations
from uuid import UUID

import pytest

from core.db import execute, fetch, fetch_value
from core.proofs import run
from programs.effects import PerItem
from programs.facts import ActivityKind
from programs.proofs import PROOFS as PROGRAM_PROOFS
from referrals.activities import drive_again
from referrals.explanations import explain_activity
from referrals.proofs import PROOFS as REFERRAL_PROOFS
from referrals.purchase_proofs import PROOFS
from tests.packs import an_agent, settled, some_agents, told, wallet
from tests.referrals.goods import ORDER, RATES, RECEIPT, SCAN, Market, a_market, paid
from wallets.proofs import PROOFS as WALLET_PROOFS


@pytest.fixture
async def proven_money(database: None) -> AsyncIterator[None]:
    """A database in which every proof of these rooms holds when the test is over; orders have no till's rows here."""
    yield
    verdicts = await run([*WALLET_PROOFS, *PROGRAM_PROOFS, *REFERRAL_PROOFS, *PROOFS])
    assert [(verdict.name, verdict.breaches) for verdict in verdicts if not verdict.holds] == []


@pytest.fixture
async def market(proven_money: None) -> Market:
    return await a_market()


async def test_a_receipt_of_a_scanned_good_pays_only_what_it_adds(proven_money: None) -> None:
    market = await a_market(receipt_matched={"effects": pays_each(150)})
    agent_id = await an_agent()
    scan = await market.scan(agent_id, "A")
    await settled()

    receipt = await market.receipt(agent_id, "A")
    await settled()

    assert await paid([scan, receipt]) == [100, 50]
    assert (await wallet(agent_id)).available_minor == 150


async def test_a_scan_of_a_good_whose_receipt_paid_more_earns_nothing_and_says_why(proven_money: None) -> None:
    market = await a_market(receipt_matched={"effects": pays_each(150)})
    agent_id = await an_agent()
    receipt = await market.receipt(agent_id, "A")
    await settled()

    scan = await market.scan(agent_id, "A")
    await settled()

    assert await paid([receipt, scan]) == [150, 0]
    assert await told(agent_id) == [("credited", 150), ("available", 150), ("denied", "purchase_paid")]


async def test_scans_of_different_goods_of_a_receipt_add_up(market: Market) -> None:
    one, other, buyer = await some_agents(3)
    receipt = await market.receipt(buyer, "A", "B")
    await settled()

    scans = [await market.scan(one, "A"), await market.scan(other, "B")]
    await settled()

    # The receipt was worth 150 and both scans together are 200.
    assert (await paid([receipt]), sum(await paid(scans))) == ([150], 50)


async def test_a_campaign_that_stacks_pays_in_full_and_counts_for_nobody_else(proven_money: None) -> None:
    market = await a_market(code_scanned={"proofs": "stack"})
    agent_id = await an_agent()
    proofs = [await market.scan(agent_id, "A"), await market.receipt(agent_id, "A")]

    await settled()

    assert await paid(proofs) == [100, 75]


async def test_an_order_and_its_receipt_are_one_purchase(market: Market) -> None:
    agent_id = await an_agent()
    order = await market.order(agent_id, "17")

    receipt = await market.receipt(agent_id, "A", order="17")
    await settled()

    assert await paid([order, receipt]) == [130, 0]


async def test_an_order_that_arrives_after_its_receipt_gives_back_what_it_does_not_need(market: Market) -> None:
    agent_id = await an_agent()
    receipt = await market.receipt(agent_id, "A", order="17")
    await settled()

    order = await market.order(agent_id, "17")

    assert await paid([receipt, order]) == [75, 55]
    campaign_id = market.campaigns[ORDER]
    assert await fetch_value("SELECT spent_minor FROM budget WHERE campaign_id = $1", campaign_id) == 55


async def test_whoever_won_the_order_by_a_promo_code_is_paid_and_nobody_else_for_it(proven_money: None) -> None:
    market = await a_market(receipt_matched={"effects": pays_each(900)})
    winner, other = await some_agents(2)
    order = await market.order(winner, "17")

    receipt = await market.receipt(other, "A", order="17")
    await settled()

    assert await paid([order, receipt]) == [130, 0]
    assert await told(other) == [("denied", "purchase_paid")]


async def test_another_agents_earlier_proof_is_not_taken_back(market: Market) -> None:
    buyer, winner = await some_agents(2)
    receipt = await market.receipt(buyer, "A", order="17")
    await settled()

    order = await market.order(winner, "17")

    assert await paid([receipt, order]) == [75, 55]


async def test_what_was_paid_before_the_purchase_was_recognised_stays(market: Market) -> None:
    agent_id = await an_agent()
    scan, order = await market.scan(agent_id, "A"), await market.order(agent_id, "17")
    await settled()

    receipt = await market.receipt(agent_id, "A", order="17")
    await settled()

    assert await paid([scan, order, receipt]) == [100, 130, 0]


async def test_of_two_proofs_at_once_one_is_paid_in_full_and_the_other_the_difference(market: Market) -> None:
    agents = await some_agents(30)
    await asyncio.gather(
        *(market.scan(agent_id, f"S{place}") for place, agent_id in enumerate(agents)),
        *(market.receipt(agent_id, f"S{place}") for place, agent_id in enumerate(reversed(agents))),
    )

    await settled(at_once=6)

    per_good = await fetch("SELECT sum(amount_minor) AS minor FROM accrual WHERE state = 'credited'")
    assert per_good[0]["minor"] == 30 * RATES[SCAN]


async def test_thirty_proofs_of_one_purchase_at_once_pay_its_best(market: Market) -> None:
    agents = await some_agents(30)
    serials = [f"S{place}" for place in range(29)]
    await asyncio.gather(
        market.receipt(agents[29], *serials),
        *(market.scan(agents[place], serial) for place, serial in enumerate(serials)),
    )

    await settled(at_once=6)

    assert await fetch_value("SELECT sum(amount_minor) FROM accrual WHERE state = 'credited'") == 29 * RATES[SCAN]


async def test_an_order_and_its_receipt_at_the_same_moment_pay_once(market: Market) -> None:
    agent_id = await an_agent()

    found = await asyncio.gather(
        *(market.order(agent_id, f"{place}") for place in range(10)),
        *(market.receipt(agent_id, f"S{place}", order=f"{place}") for place in range(10)),
        settled(at_once=3),
    )
    await settled()

    proofs = [one for one in found if isinstance(one, UUID)]
    assert sum(await paid(proofs)) == 10 * RATES[ORDER]


@pytest.mark.parametrize("which", list(permutations(["A", "B", "order"])))
async def test_every_order_of_returns_ends_alike_and_leaves_nothing(market: Market, which: tuple[str, ...]) -> None:
    agents = await some_agents(3)
    proofs = [await market.scan(agents[0], "A"), await market.receipt(agents[1], "A", "B", order="17")]
    await settled()
    proofs.append(await market.order(agents[2], "17", count=2))
    assert await paid(proofs) == [100, 50, 110]

    gone: set[str] = set()
    for one in which:
        gone.add(one)
        if one == "order":
            await market.take_order_back(proofs[2], left=0)
        else:
            await market.bring_back(one, left_of={proofs[1]: len({"A", "B"} - gone)})
        if gone == {"A"}:
            # The receipt is worth what is left on it, and half of the order came back with the good.
            assert await paid(proofs) == [0, 75, 55]

    assert await paid(proofs) == [0, 0, 0]


async def test_a_scan_of_goods_that_came_back_earns_nothing(market: Market) -> None:
    agent_id = await an_agent()
    receipt = await market.receipt(agent_id, "A")
    await settled()
    await market.bring_back("A", left_of={receipt: 0})

    scan = await market.scan(agent_id, "A")
    await settled()

    assert await paid([receipt, scan]) == [0, 0]
    assert (await told(agent_id))[-1] == ("denied", "goods_returned")


async def test_goods_that_are_sold_again_are_another_purchase(market: Market) -> None:
    first, second = await some_agents(2)
    proofs = [await market.scan(first, "A"), await market.receipt(first, "A")]
    await settled()
    await market.bring_back("A", left_of={proofs[1]: 0})

    again = await market.receipt(second, "A")
    await settled()

    assert await paid([*proofs, again]) == [0, 0, 75]


async def test_what_came_back_before_the_receipt_was_handed_in_pays_nothing_by_it(market: Market) -> None:
    agent_id = await an_agent()
    order = await market.order(agent_id, "17", count=2)
    await market.take_order_back(order, left=0)

    receipt = await market.receipt(agent_id, "A", "B", order="17")
    await settled()

    assert await paid([order, receipt]) == [0, 0]
    assert (await told(agent_id))[-1] == ("denied", "goods_returned")


async def test_a_proof_that_had_nothing_to_add_earns_when_the_other_goes(market: Market) -> None:
    scanner, buyer = await some_agents(2)
    scan = await market.scan(scanner, "A")
    receipt = await market.receipt(buyer, "A", unmarked=1)
    await settled()
    assert await paid([scan, receipt]) == [100, 50]

    await market.bring_back("A", left_of={receipt: 1})

    assert await paid([scan, receipt]) == [0, 75]
    assert (await wallet(buyer)).available_minor == 75


async def test_a_freed_bonus_that_finds_no_budget_is_denied_with_its_reason(proven_money: None) -> None:
    market = await a_market(receipt_matched={"budget_minor": 50})
    scanner, buyer = await some_agents(2)
    scan = await market.scan(scanner, "A")
    await settled()
    receipt = await market.receipt(buyer, "A", unmarked=1)
    await settled()

    await market.bring_back("A", left_of={receipt: 1})

    assert await paid([scan, receipt]) == [0, 50]
    assert ("denied", "budget_exhausted") in await told(buyer)


async def test_a_proof_that_is_driven_again_still_pays_once(market: Market) -> None:
    agent_id = await an_agent()
    scan = await market.scan(agent_id, "A")
    await settled()
    receipt = await market.receipt(agent_id, "A")
    await settled()

    await drive_again(receipt)
    await settled()

    assert await paid([scan, receipt]) == [100, 0]


async def test_a_parked_proof_pays_only_what_is_left_once_it_is_driven(market: Market) -> None:
    agent_id = await an_agent()
    scan = await market.scan(agent_id, "A")
    await execute("UPDATE activity_queue SET parked_at = now(), error = 'x' WHERE activity_id = $1", scan)
    receipt = await market.receipt(agent_id, "A")
    await settled()

    await drive_again(scan)
    await settled()

    assert await paid([scan, receipt]) == [25, 75]


async def test_a_single_proof_is_joined_to_nothing(market: Market) -> None:
    agent_id = await an_agent()

    await market.scan(agent_id, "A")
    await settled()

    assert await fetch("SELECT FROM purchase_joint UNION ALL SELECT FROM purchase_left") == []
    assert await fetch_value("SELECT count(worth_minor) + count(left_minor) FROM accrual") == 0


async def test_the_standing_counts_a_good_once_however_often_it_is_proven(market: Market) -> None:
    agent_id = await an_agent()

    for prove in (market.scan, market.receipt):
        await prove(agent_id, "A")
        await settled()

    assert await fetch_value("SELECT max(quantity) FROM standing_product") == 1


async def test_an_explanation_shows_what_a_proof_adds_and_to_which_others(proven_money: None) -> None:
    market = await a_market(receipt_matched={"effects": pays_each(150)})
    buyer, scanner = await some_agents(2)
    scan, order = await market.scan(scanner, "A"), await market.order(buyer, "17")
    await settled()
    receipt = await market.receipt(buyer, "A", "B", order="17")
    await settled()

    found = await explain_activity(buyer, receipt)

    [grant] = found.campaigns[0].grants
    assert (grant.amount_minor, grant.worth_minor) == (70, 300)
    assert [(one.kind, one.joined_by, one.is_earlier, one.activity_id) for one in found.purchase] == [
        ("code_scanned", "gtin+serial", True, None),
        ("promo_redeemed", "order", True, order),
    ]
    [other] = [one for one in (await explain_activity(scanner, scan)).purchase if one.joined_by is None]
    assert (other.kind, other.activity_id) == ("promo_redeemed", None)


async def test_a_purchase_that_was_paid_twice_is_found(database: None) -> None:
    market = await a_market()
    agent_id = await an_agent()
    await market.scan(agent_id, "A")
    await settled()
    await market.receipt(agent_id, "A")
    # As if nobody had looked at the purchase.
    await execute("UPDATE activity_queue SET joined = false")
    await settled()

    verdict, _ = await run(PROOFS)

    assert [breach.detail for breach in verdict.breaches] == ["its agent was paid 175, its best proofs come to 100"]


@pytest.mark.parametrize("seed", range(3))
async def test_chance_finds_no_purchase_that_pays_other_than_the_model_says(market: Market, seed: int) -> None:
    chance = random.Random(seed)
    agents = await some_agents(3)
    goods = [f"G{place}" for place in range(4)]
    proofs: dict[UUID, tuple[ActivityKind, set[str]]] = {}
    # The receipt stands first, or there is no order: then everything is known to be one purchase from its beginning.
    receipt = await market.receipt(chance.choice(agents), *goods, order="17")
    proofs[receipt] = (RECEIPT, set(goods))
    for serial in chance.sample(goods, chance.randint(0, 4)):
        proofs[await market.scan(chance.choice(agents), serial)] = (SCAN, {serial})
        if chance.random() < 0.5:
            await settled(at_once=2)
    await settled(at_once=3)
    gone: set[str] = set()
    for serial in chance.sample(goods, 4):
        assert sum(await paid(proofs)) == best(proofs, gone)
        gone.add(serial)
        await market.bring_back(serial, left_of={receipt: 4 - len(gone)})

    assert await paid(proofs) == [0] * len(proofs)


def pays_each(amount_minor: int) -> tuple[PerItem, ...]:
    return (PerItem(amount_minor=amount_minor),)


def best(proofs: dict[UUID, tuple[ActivityKind, set[str]]], gone: set[str]) -> int:
    """The plain model: what the goods that are left are worth, by the best kind of proof."""
    worth: Counter[ActivityKind] = Counter()
    for kind, goods in proofs.values():
        worth[kind] += RATES[kind] * len(goods - gone)
    return max(worth.values(), default=0)

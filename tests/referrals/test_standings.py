from collections import Counter
from datetime import UTC, date, datetime

import asyncpg

from core.db import fetch, fetch_value, transaction
from core.settings import Settings
from programs.conditions import FirstPurchase, SumAtLeast
from programs.effects import Ladder, Step
from programs.facts import Line, decode_facts
from programs.measures import Measure
from programs.periods import CalendarPeriod, Period
from programs.snapshot import current_snapshot
from programs.standing import WHOLE
from referrals.crediting import Drained, drain
from referrals.standings import Owner, load, met
from tests.packs import (
    BONUS_MINOR,
    a_sale,
    accepted,
    an_agent,
    crowd_of_scans,
    drained_by_many,
    outcomes,
    paid,
    settled,
    some_agents,
)
from tests.referrals.people import scanned

FOR_EVER = CalendarPeriod(Period.ALL)
STAIRS = Ladder(
    measure=Measure.COUNT,
    steps=(Step(at=1, pays=100), Step(at=2, pays=200), Step(at=3, pays=1_000)),
    unit="once",
    window=FOR_EVER,
)


async def test_the_first_purchase_of_each_agent_is_paid_and_no_other(proven: None) -> None:
    sale, agents = await a_sale(100, conditions=(FirstPurchase(),)), await some_agents(5)
    await crowd_of_scans(sale, agents, 100)

    await drained_by_many()

    assert await paid(agents) == [BONUS_MINOR] * 5
    assert await outcomes() == {"credited": 5, "denied:not_eligible_segment": 95}


async def test_a_ladder_over_a_window_pays_each_step_once(proven: None) -> None:
    sale, agents = await a_sale(100, effects=(STAIRS,)), await some_agents(5)
    await crowd_of_scans(sale, agents, 100)

    await drained_by_many()

    assert await paid(agents) == [1_300] * 5
    rows = await fetch("SELECT amount_minor FROM accrual WHERE amount_minor > 0")
    amounts = Counter(row["amount_minor"] for row in rows)
    assert amounts == {100: 5, 200: 5, 1_000: 5}


async def test_a_sum_in_a_window_is_reached_at_the_same_purchase_however_many_settle_it(proven: None) -> None:
    enough = SumAtLeast(at_least=15, of="quantity", window=FOR_EVER)
    sale, agents = await a_sale(100, conditions=(enough,)), await some_agents(5)
    await crowd_of_scans(sale, agents, 100)

    await drained_by_many()

    assert await paid(agents) == [6 * BONUS_MINOR] * 5


async def test_an_agent_in_another_workers_hands_is_left_to_it(proven: None, settings: Settings) -> None:
    sale, (one, other) = await a_sale(), await some_agents(2)
    await accepted(one, sale.batch.code(0))
    await accepted(other, sale.batch.code(1))
    worker = await asyncpg.connect(settings.database_url)
    async with worker.transaction():
        await worker.execute("SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))", str(one))

        assert await drain(batch_max=100) == Drained(settled=1, more=True)

        assert await paid([one, other]) == [0, BONUS_MINOR]
    await worker.close()
    assert await settled() == 1
    assert await paid([one, other]) == [BONUS_MINOR, BONUS_MINOR]


async def test_an_activity_in_another_workers_hands_is_passed_over(proven: None, settings: Settings) -> None:
    sale, (one, other) = await a_sale(), await some_agents(2)
    [taken] = await accepted(one, sale.batch.code(0))
    await accepted(other, sale.batch.code(1))
    worker = await asyncpg.connect(settings.database_url)
    async with worker.transaction():
        await worker.execute("SELECT FROM activity_queue WHERE activity_id = $1 FOR UPDATE", taken)

        assert await drain(batch_max=100) == Drained(settled=1, more=False)

        assert await paid([one, other]) == [0, BONUS_MINOR]
    await worker.close()
    assert await settled() == 1


async def test_what_was_done_is_kept_by_the_day_of_the_programs_calendar(proven: None) -> None:
    sale, agent_id = await a_sale(), await an_agent()
    # In Moscow the next day has begun.
    late = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
    lines = (
        Line(sale.product_id, "K-24", 2, 5_000, "RUB"),
        Line(None, "?", 3, 700, "RUB"),
        Line(None, "?", 1, 9, "EUR"),
    )

    for key in ("buyer", "buyer", "another"):
        await scanned(agent_id, sale.program_id, lines=lines, customer_key=key, occurred_at=late)
    await settled()

    products = await fetch("SELECT product_id, day, times, quantity, amount_minor FROM standing_product ORDER BY 1")
    customers = await fetch("SELECT customer_key, day, times FROM standing_customer ORDER BY 1")
    day = date(2026, 3, 2)
    assert [tuple(row) for row in products] == [
        (WHOLE, day, 3, 18, 17_100),
        (sale.product_id, day, 3, 6, 15_000),
    ]
    assert [tuple(row) for row in customers] == [("another", day, 1), ("buyer", day, 2)]


async def test_a_standing_is_read_back_as_it_was_built(proven: None) -> None:
    sale, agent_id = await a_sale(), await an_agent()
    facts = [
        decode_facts(await fetch_value("SELECT facts FROM activity WHERE id = $1", activity_id))
        for activity_id in await accepted(agent_id, *sale.batch.codes(3))
    ]
    await settled()
    snapshot, owner = await current_snapshot(age_seconds_max=0), Owner(agent_id, sale.program_id)

    async with transaction():
        stored = (await load([owner])).standing(owner, snapshot)
        before = await met(facts, snapshot)

    assert (stored.count(), stored.quantity(), stored.products()) == (3, 3, {sale.product_id})
    assert sorted(standing.count() for standing in before.values()) == [0, 1, 2]


async def test_programs_do_not_see_what_was_done_in_each_other(proven: None) -> None:
    one, other = await a_sale(conditions=(FirstPurchase(),)), await a_sale(conditions=(FirstPurchase(),))
    agent_id = await an_agent()

    for code in (one.batch.code(0), other.batch.code(0), one.batch.code(1)):
        await accepted(agent_id, code)
        await settled()

    assert await paid([agent_id]) == [2 * BONUS_MINOR]


async def test_an_agent_of_nothing_yet_has_a_blank_standing(database: None) -> None:
    async with transaction():
        assert (await load([])).owners == ()
        assert await met([], await current_snapshot()) == {}

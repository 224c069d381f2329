import asyncio
from collections.abc import Sequence
from uuid import UUID

import pytest

from codes import strides, tries
from codes.keyring import Keyring
from codes.scans import claim
from codes.thresholds import DEFAULT, Thresholds, draw
from codes.tries import CLAIMED
from codes.watch import watch
from codes.windows import judge_tries
from core.db import execute, fetch, fetch_value
from programs.effects import Fixed
from referrals import risks
from referrals.risk_decisions import Decision, carry_out, decide
from referrals.risks import RiskEvent, RiskKind, RiskState
from tests.packs import (
    Sale,
    a_sale,
    accepted,
    an_agent,
    asks,
    claimed,
    painted,
    said,
    scan,
    settled,
    some_agents,
    wallet,
)
from tests.programs.stored import BY

DAY = 86_400


@pytest.fixture
async def sale(proven: None) -> Sale:
    return await a_sale(400, wait_seconds=DAY)


async def looked(lag_seconds: float = 0) -> list[RiskEvent]:
    """What the watch has found by now."""
    await watch(lag_seconds=lag_seconds)
    return await risks.page(state=RiskState.open, limit=100)


async def lines(sale: Sale, **drawn: int) -> None:
    await draw(sale.program_id, Thresholds(**drawn), by=BY)


async def shared_out(sale: Sale, agents: Sequence[UUID], count: int, first: int = 0) -> None:
    """Codes in a row, each scanned by the next of these agents."""
    requests = [asks(agents[place % len(agents)], sale.batch.code(first + place)) for place in range(count)]
    assert {said(one) for one in await claim(requests, keyring=Keyring())} == {"new accepted"}


async def tried(sale: Sale, agents: Sequence[UUID], count: int, first: int = 0) -> set[str]:
    """The same codes, each tried by the next of these agents."""
    requests = [asks(agents[place % len(agents)], sale.batch.code(first + place)) for place in range(count)]
    return {said(one) for one in await claim(requests, keyring=Keyring())}


async def made_earlier(hours: int) -> None:
    """As if all that was scanned had been scanned then: an id says when it was made."""
    for row in await fetch("SELECT id FROM scan"):
        earlier = UUID(int=row["id"].int - (hours * 3_600_000 << 80))
        await execute("UPDATE scan SET id = $2 WHERE id = $1", row["id"], earlier)
        await execute("UPDATE activity SET id = $2 WHERE id = $1", row["id"], earlier)
        await execute("UPDATE activity_queue SET activity_id = $2 WHERE activity_id = $1", row["id"], earlier)


async def held_minor() -> int:
    return int(await fetch_value("SELECT coalesce(sum(remaining_minor), 0) FROM lot WHERE holds > 0"))


@pytest.mark.parametrize("crew", [1, 5])
async def test_an_honest_crew_scans_four_hundred_codes_from_one_wifi_and_nobody_minds(sale: Sale, crew: int) -> None:
    agents = await some_agents(crew)

    for first in range(0, 400, 50):
        await shared_out(sale, agents, 50, first)
    # They try some of each other's packs, as people do who work side by side.
    await tried(sale, agents[::-1], 40)
    await settled()

    assert await looked() == []
    assert await held_minor() == 0
    assert sum([(await wallet(agent_id)).pending_minor for agent_id in agents]) == 40_000


async def test_codes_that_many_others_try_as_well_have_been_printed_twice(sale: Sale) -> None:
    owners, others = await some_agents(8), await some_agents(6)
    await shared_out(sale, owners, 12)
    assert await tried(sale, others, 9) == {"already_claimed"}
    before = await looked()

    await tried(sale, others, 10)
    [event] = await looked()

    assert before == []
    assert (event.kind, event.program_id, event.agent_id) == (RiskKind.duplicate_codes, sale.program_id, None)
    assert event.facts | {"thresholds": {}} == {
        "batch": sale.batch.number,
        "first": 0,
        "stop": 10_000,
        "codes": 10,
        "agents": 6,
        "scanned": 12,
        "share_permille": 833,
        "thresholds": {},
        "held": False,
    }
    assert await held_minor() == 0


async def test_a_try_counts_once_however_often_it_is_made(sale: Sale) -> None:
    owner, other = await some_agents(2)
    await accepted(owner, sale.batch.code(0))

    await claimed(*(asks(other, sale.batch.code(0)) for _ in range(20)))

    rows = await fetch("SELECT batch_number, index, agent_id, why FROM watched_try")
    assert [tuple(row) for row in rows] == [(sale.batch.number, 0, other, CLAIMED)]
    assert await looked() == []


async def test_widely_doubled_codes_are_held_and_nothing_else_is(sale: Sale) -> None:
    owners, others = await some_agents(8), await some_agents(12)
    await shared_out(sale, owners, 50)
    await settled()
    await tried(sale, others, 30)

    [event] = [one for one in await looked() if one.kind is RiskKind.duplicate_codes]

    assert event.facts["held"]
    assert await held_minor() == 3_000
    await decide(event.id, decision=Decision.confirm, note="Печать задвоена", by=BY)
    assert await carry_out() == 30
    pending = [(await wallet(agent_id)).pending_minor for agent_id in owners]
    assert sum(pending) == 2_000


async def test_a_carton_that_many_scan_within_the_hour_is_suspected_and_then_held(sale: Sale) -> None:
    agents = await some_agents(15)
    await shared_out(sale, agents[:9], 9, first=20)
    await settled()
    before = await looked()

    await shared_out(sale, agents[9:10], 1, first=29)
    await settled()
    [event] = await looked()

    assert before == []
    assert (event.kind, event.subject) == (RiskKind.scattered_carton, f"batch:{sale.batch.number} carton:20-40")
    assert (event.facts["agents"], event.facts["held"]) == (10, False)
    assert await held_minor() == 0
    await shared_out(sale, agents[10:], 5, first=30)
    await settled()
    [event] = await looked()
    assert (event.times, event.facts["agents"], event.facts["held"]) == (2, 15, True)
    assert await held_minor() == 1_500


async def test_neighbours_in_different_cartons_are_strangers(sale: Sale) -> None:
    await shared_out(sale, await some_agents(10), 10, first=15)

    assert await looked() == []


async def test_a_carton_is_as_large_as_the_maker_says(sale: Sale) -> None:
    await execute(
        """INSERT INTO code_run (sscc, program_id, kind, batch_number, first, stop)
           VALUES ('000000000000000017', $1, 'carton', $2, 15, 25)""",
        sale.program_id,
        sale.batch.number,
    )

    await shared_out(sale, await some_agents(10), 10, first=15)

    [event] = await looked()
    assert event.subject == f"batch:{sale.batch.number} carton:15-25"


async def test_a_carton_that_is_opened_over_days_is_no_leak(sale: Sale) -> None:
    agents = await some_agents(12)
    await shared_out(sale, agents[:6], 6)
    assert await looked() == []
    await made_earlier(hours=2)

    await shared_out(sale, agents[6:], 6, first=6)

    assert await looked() == []


async def test_whoever_is_faster_than_hands_is_suspected_and_the_whole_day_is_held(sale: Sale) -> None:
    agent_id, other = await some_agents(2)
    await lines(sale, pace_hour=10, pace_day=20, pace_hold_day=30)
    await shared_out(sale, [agent_id], 9)
    await shared_out(sale, [other], 5, first=200)
    await settled()
    before = await looked()

    await shared_out(sale, [agent_id], 10, first=9)
    await settled()
    [event] = await looked()

    assert before == []
    assert (event.kind, event.agent_id, event.program_id) == (RiskKind.agent_pace, agent_id, sale.program_id)
    assert (event.facts["in_hour"], event.facts["in_day"], event.facts["held"]) == (19, 19, False)
    assert await held_minor() == 0
    await shared_out(sale, [agent_id], 11, first=19)
    await settled()
    await looked()
    assert await held_minor() == 3_000
    await shared_out(sale, [agent_id], 5, first=30)
    await settled()
    await looked()
    assert await held_minor() == 3_500
    assert (await wallet(other)).pending_minor == 500


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("sealed", RiskKind.scan_before_sale),
        ("exported", RiskKind.scan_before_sale),
        ("printed", RiskKind.scan_before_sale),
        ("suspended", RiskKind.scan_of_stopped),
        ("recalled", RiskKind.scan_of_stopped),
        ("leaked", RiskKind.scan_of_stopped),
        ("expired", RiskKind.scan_of_stopped),
    ],
)
async def test_each_try_at_a_code_that_is_not_on_sale_is_suspected(proven: None, state: str, kind: RiskKind) -> None:
    sale = await a_sale(on_sale=False)
    await painted(sale.batch.id, state)

    await scan(await an_agent(), sale.batch.code(0))
    [first] = await looked()
    await scan(await an_agent(), sale.batch.code(1))
    [event] = await looked()

    assert (first.id, first.kind, first.facts["state"]) == (event.id, kind, state)
    assert (event.times, event.facts["codes"], event.facts["agents"]) == (2, 2, 2)


async def test_goods_on_their_way_may_arrive_before_their_papers(proven: None) -> None:
    sale = await a_sale(on_sale=False)
    await painted(sale.batch.id, "in_transit")

    assert said(await scan(await an_agent(), sale.batch.code(0))) == "new held"

    assert await looked() == []


async def test_a_scan_that_is_accepted_leaves_nothing_for_the_watch(sale: Sale) -> None:
    agent_id = await an_agent()
    await accepted(agent_id, *sale.batch.codes(5))
    await scan(agent_id, sale.batch.code(0))

    assert await fetch("SELECT FROM watched_try") == []


async def test_each_scan_is_looked_at_once_however_many_look(sale: Sale) -> None:
    await shared_out(sale, [await an_agent()], 30)

    await asyncio.gather(*(watch(lag_seconds=0) for _ in range(30)), return_exceptions=True)
    await watch(lag_seconds=0)

    assert await fetch_value("SELECT scans FROM agent_pace") == 30


async def test_each_try_is_judged_once_however_many_judge(proven: None) -> None:
    sale = await a_sale(on_sale=False)
    for index in range(5):
        await scan(await an_agent(), sale.batch.code(index))

    judged = await asyncio.gather(*(judge_tries() for _ in range(30)))

    assert sum(judged) == 5
    [event] = await looked()
    assert event.facts["codes"] == 5


async def test_what_may_still_be_under_way_is_looked_at_later(sale: Sale) -> None:
    await shared_out(sale, [await an_agent()], 5)

    await watch(lag_seconds=strides.LAG_SECONDS)
    assert await fetch("SELECT FROM agent_pace") == []

    await watch(lag_seconds=0)
    assert await fetch_value("SELECT scans FROM agent_pace") == 5


async def test_a_program_draws_lines_of_its_own(sale: Sale) -> None:
    other = await a_sale(effects=(Fixed(amount_minor=1),))
    await lines(sale, carton_agents=3, carton_share_percent=10)

    await shared_out(sale, await some_agents(3), 3)
    await shared_out(other, await some_agents(3), 3)

    [event] = await looked()
    assert event.program_id == sale.program_id
    assert event.facts["thresholds"] == {"agents": 3, "share_percent": 10}


async def test_lines_that_are_the_defaults_follow_them(sale: Sale) -> None:
    await lines(sale, carton_agents=3)
    await draw(sale.program_id, DEFAULT, by=BY)

    assert await fetch("SELECT FROM watch_threshold") == []


async def test_old_tries_are_forgotten(proven: None) -> None:
    sale = await a_sale(on_sale=False)
    await scan(await an_agent(), sale.batch.code(0))

    await tries.forget_old()
    assert len(await fetch("SELECT FROM watched_try")) == 1

    await execute("UPDATE watched_try SET at = at - interval '401 days'")
    await tries.forget_old()
    assert await fetch("SELECT FROM watched_try") == []

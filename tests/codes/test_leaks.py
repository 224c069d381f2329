"""A leaked range is frozen, what it has earned is held and not burnt, and a person sees all of it."""

import asyncio

import pytest

from codes import leaks, reviews
from codes.batches import find
from codes.claims import NotAccepted
from codes.exposures import Exposure, exposure
from codes.ranges import Run
from codes.transitions import RangeState
from core.db import fetch, fetch_value
from referrals import releases
from tests.packs import (
    ASSET,
    BONUS_MINOR,
    Sale,
    a_sale,
    a_wrong_code,
    accepted,
    an_agent,
    painted,
    said,
    scan,
    settled,
    some_agents,
    told,
    wallet,
)
from tests.programs.stored import BY

WEEK = 7 * 24 * 3_600


async def leaked(sale: Sale, first: int = 0, stop: int = 10) -> Exposure:
    return await leaks.leak(sale.batch.id, first=first, stop=stop, reason="photos of the roll", by=BY)


async def test_codes_of_a_leak_are_refused_as_unknown_ones_are_while_their_neighbour_pays(proven: None) -> None:
    sale, agent_id = await a_sale(), await an_agent()
    await leaked(sale)

    frozen, unknown = await scan(agent_id, sale.batch.code(9)), await scan(agent_id, a_wrong_code(sale.batch))

    assert isinstance(frozen, NotAccepted)
    assert (said(frozen), frozen.facts, frozen.detail) == (said(unknown), {}, "")
    assert said(await scan(agent_id, sale.batch.code(10))) == "new accepted"


async def test_what_is_pending_is_held_and_what_is_free_stays_free(proven: None) -> None:
    sale = await a_sale(wait_seconds=WEEK)
    one, other = await some_agents(2)
    await accepted(one, sale.batch.code(0), sale.batch.code(1))
    await accepted(other, sale.batch.code(15))
    await settled()

    found = await leaked(sale)

    assert (found.claimed, found.agents_count, found.waiting) == (2, 1, 0)
    assert [(each.asset, each.bonuses, each.pending_minor, each.held_minor) for each in found.money] == [
        (ASSET, 2, 2 * BONUS_MINOR, 2 * BONUS_MINOR)
    ]
    assert await held_minor() == 2 * BONUS_MINOR


async def test_a_bonus_that_the_rules_have_yet_to_give_is_held_once_it_is_given(proven: None) -> None:
    from referrals.holds import hold_settled

    sale, agent_id = await a_sale(wait_seconds=WEEK), await an_agent()
    await accepted(agent_id, sale.batch.code(0))

    found = await leaked(sale)

    await settled()
    await hold_settled()
    assert (found.waiting, found.money) == (1, [])
    assert await held_minor() == BONUS_MINOR


async def held_minor() -> int:
    return int(await fetch_value("SELECT coalesce(sum(remaining_minor), 0) FROM lot WHERE holds > 0"))


async def test_what_was_free_to_spend_is_shown_as_paid(proven: None) -> None:
    sale, agent_id = await a_sale(), await an_agent()
    await accepted(agent_id, sale.batch.code(0))
    await settled()
    await releases.release_all_due()

    found = await leaked(sale)

    assert [(each.pending_minor, each.available_minor) for each in found.money] == [(0, BONUS_MINOR)]
    assert (await wallet(agent_id)).available_minor == BONUS_MINOR
    assert [(each.agent_id, each.scans, each.earned_minor) for each in found.agents] == [(agent_id, 1, BONUS_MINOR)]


async def test_a_drill_changes_nothing(proven: None) -> None:
    sale, agent_id = await a_sale(), await an_agent()
    await accepted(agent_id, sale.batch.code(0))

    found = await exposure(await find(sale.batch.id), Run(0, 10))

    assert (found.states, found.claimed, found.waiting) == ({"active": 10}, 1, 1)
    assert said(await scan(agent_id, sale.batch.code(1))) == "new accepted"
    assert await fetch("SELECT FROM risk_event") == []


async def test_whoever_waited_for_leaked_goods_waits_for_a_person_who_pays_him(proven: None) -> None:
    sale, (agent_id, late) = await a_sale(on_sale=False), await some_agents(2)
    await scan(agent_id, sale.batch.code(0))
    await scan(late, sale.batch.code(0))
    await leaked(sale)

    first, second = await reviews.waiting(sale.program_id, limit=10)
    paid = [await reviews.decide(one.id, pays=True, note="", by=BY) for one in (first, second)]

    await settled()
    assert (first.index, first.batch_id, first.agent_id) == (0, sale.batch.id, agent_id)
    assert paid == [True, False]
    assert (await wallet(agent_id)).available_minor == BONUS_MINOR
    assert await told(late) == [("held", None), ("in_review", None), ("denied", "already_claimed")]
    assert await reviews.waiting(sale.program_id, limit=10) == []


async def test_whom_a_person_refuses_is_told(proven: None) -> None:
    sale, agent_id = await a_sale(on_sale=False), await an_agent()
    await scan(agent_id, sale.batch.code(0))
    await leaked(sale)
    [one] = await reviews.waiting(None, limit=10)

    assert not await reviews.decide(one.id, pays=False, note="", by=BY)

    assert await told(agent_id) == [("held", None), ("in_review", None), ("denied", "risk_review")]


async def test_thirty_who_report_it_at_once_hold_once(proven: None) -> None:
    sale, agent_id = await a_sale(wait_seconds=WEEK), await an_agent()
    await accepted(agent_id, sale.batch.code(0))
    await settled()

    found = await asyncio.gather(*(leaked(sale) for _ in range(30)))

    assert {each.money[0].held_minor for each in found} == {BONUS_MINOR}
    assert await fetch_value("SELECT count(*) FROM risk_event") == 1


async def test_what_is_recalled_already_cannot_leak(proven: None) -> None:
    sale = await a_sale()
    await painted(sale.batch.id, "recalled", 0, 10)

    with pytest.raises(RangeState):
        await leaked(sale)

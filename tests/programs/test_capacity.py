import asyncio
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.db import execute, fetch, fetch_row, fetch_value, transaction
from core.ids import uuid7
from programs.budgets import open_budget
from programs.capacity import Overfilled, _lock, _write, give_back, take, take_together
from programs.decision import Demand, LimitDemand
from programs.reasons import Reason
from programs.rules import LimitScope
from programs.seats import Refused, Seats, budget_id, seat
from tests.programs.stored import a_campaign, a_program

WINTER, SUMMER = UUID(int=1), UUID(int=2)


def asks(
    amount_minor: int, *, campaign_id: UUID = WINTER, subject: str = "anna", count_max: int | None = None
) -> Demand:
    """A demand on a campaign's budget and, where there is a maximum, on an agent's limit."""
    limits = (LimitDemand(campaign_id, LimitScope.AGENT, subject, "all", count_max, None),) if count_max else ()
    return Demand(campaign_id, "RUB", amount_minor, limits)


def one_by_one(claims: Sequence[Sequence[Demand]], caps: dict[UUID, int]) -> list[bool]:
    """The plainest bookkeeping there is, to compare with."""
    spent: dict[UUID, int] = dict.fromkeys(caps, 0)
    uses: dict[LimitDemand, int] = {}
    verdicts = []
    for claim in claims:
        fits = all(
            spent[demand.campaign_id] + demand.amount_minor <= caps[demand.campaign_id]
            and all(uses.get(limit, 0) < (limit.max_count or 0) for limit in demand.limits)
            for demand in claim
        )
        verdicts.append(fits)
        for demand in claim if fits else ():
            spent[demand.campaign_id] += demand.amount_minor
            for limit in demand.limits:
                uses[limit] = uses.get(limit, 0) + 1
    return verdicts


winter = st.builds(asks, st.integers(1, 60), subject=st.sampled_from("abc"), count_max=st.none() | st.just(2))
summer = st.builds(asks, st.integers(1, 60), campaign_id=st.just(SUMMER))
claims_made = st.lists(st.one_of(st.tuples(winter), st.tuples(summer), st.tuples(winter, summer)), max_size=12)


@given(claims_made, st.integers(0, 200), st.integers(0, 200))
def test_claims_are_seated_as_if_each_came_alone(
    claims: list[tuple[Demand, ...]], winter_cap: int, summer_cap: int
) -> None:
    caps = {WINTER: winter_cap, SUMMER: summer_cap}
    budgets = {budget_id(one, "RUB"): Seats(minor_max=cap) for one, cap in caps.items()}
    limits = {limit.id: Seats() for claim in claims for demand in claim for limit in demand.limits}

    verdicts = seat(claims, budgets, limits)

    assert [verdict is None for verdict in verdicts] == one_by_one(claims, caps)


@pytest.mark.parametrize("scope", LimitScope)
def test_a_full_limit_says_whose_it_was(scope: LimitScope) -> None:
    limit = LimitDemand(WINTER, scope, "x", "2026-11", 1, None)
    demand = Demand(WINTER, "RUB", 5, (limit,))

    verdicts = seat([(demand,), (demand,)], {budget_id(WINTER, "RUB"): Seats(minor_max=100)}, {limit.id: Seats()})

    assert verdicts == [None, Refused(WINTER, Reason(f"limit_{scope}"))]


def test_a_limit_on_money_counts_money() -> None:
    limit = LimitDemand(WINTER, LimitScope.AGENT, "x", "all", None, 10)
    claims = [(Demand(WINTER, "RUB", amount, (limit,)),) for amount in (6, 5, 4)]

    verdicts = seat(claims, {budget_id(WINTER, "RUB"): Seats(minor_max=100)}, {limit.id: Seats()})

    assert [verdict is None for verdict in verdicts] == [True, False, True]


async def spent(campaign_id: UUID) -> int:
    return int(await fetch_value("SELECT spent_minor FROM budget WHERE campaign_id = $1", campaign_id))


async def taken(*claims: Sequence[Demand]) -> list[Refused | None]:
    async with transaction():
        return await take(claims)


async def test_a_batch_takes_from_budgets_and_limits_what_fits(database: None) -> None:
    campaign_id = await a_campaign(await a_program(), budget_minor=100)
    ask = [(asks(amount, campaign_id=campaign_id, count_max=3),) for amount in (60, 50, 30, 10, 1)]

    verdicts = await taken(*ask)

    full, often = Refused(campaign_id, Reason.BUDGET_EXHAUSTED), Refused(campaign_id, Reason.LIMIT_AGENT)
    assert verdicts == [None, full, None, None, often]
    assert await spent(campaign_id) == 100
    assert tuple(await fetch_row("SELECT used_count, used_minor FROM limit_use") or ()) == (3, 100)


async def test_a_claim_on_two_campaigns_gets_both_or_nothing(database: None) -> None:
    program_id = await a_program()
    rich, poor = await a_campaign(program_id, budget_minor=100), await a_campaign(program_id, budget_minor=1)

    verdicts = await taken((asks(10, campaign_id=rich), asks(10, campaign_id=poor)))

    assert verdicts == [Refused(poor, Reason.BUDGET_EXHAUSTED)]
    assert await spent(rich) == 0


async def test_a_campaign_without_a_budget_in_its_asset_pays_nothing(database: None) -> None:
    campaign_id = await a_campaign(await a_program(), budget_minor=100)

    verdicts = await taken((Demand(campaign_id, "PTS", 1),))

    assert verdicts == [Refused(campaign_id, Reason.BUDGET_EXHAUSTED)]


async def test_nothing_asked_is_nothing_taken(database: None) -> None:
    assert await taken((), ()) == [None, None]


async def test_what_was_taken_can_be_given_back(database: None) -> None:
    campaign_id = await a_campaign(await a_program(), budget_minor=100)
    ask = asks(40, campaign_id=campaign_id, count_max=1)
    await taken((ask,))

    async with transaction():
        await give_back([ask])

    assert await spent(campaign_id) == 0
    assert await taken((ask,)) == [None]


async def test_a_part_given_back_keeps_the_use_counted(database: None) -> None:
    campaign_id = await a_campaign(await a_program(), budget_minor=100)
    ask = asks(40, campaign_id=campaign_id, count_max=1)
    await taken((ask,))

    async with transaction():
        await give_back([Demand(campaign_id, "RUB", 15, ask.limits, count=0)])

    assert await spent(campaign_id) == 25
    assert await taken((ask,)) == [Refused(campaign_id, Reason.LIMIT_AGENT)]


async def test_giving_back_what_nobody_took_is_an_error(database: None) -> None:
    campaign_id = await a_campaign(await a_program(), budget_minor=100)

    with pytest.raises(Exception, match="budget_holds"):
        async with transaction():
            await give_back([asks(1, campaign_id=campaign_id)])


async def test_a_use_that_is_forgotten_with_its_period_does_not_stop_a_return(database: None) -> None:
    campaign_id = await a_campaign(await a_program(), budget_minor=100)
    ask = asks(40, campaign_id=campaign_id, count_max=1)
    await taken((ask,))
    await execute("DELETE FROM limit_use")

    async with transaction():
        await give_back([ask])

    assert await spent(campaign_id) == 0


async def test_writing_more_than_there_is_room_for_is_stopped_by_the_statement_itself(database: None) -> None:
    campaign_id = await a_campaign(await a_program(), budget_minor=100)
    ask = asks(1, campaign_id=campaign_id, count_max=1)
    await taken((ask,))

    async def force(*, count: int, minor: int, minor_max: int | None = None) -> None:
        async with transaction():
            budgets, limits = await _lock([ask])
            budgets[budget_id(campaign_id, "RUB")].added_minor = minor
            limits[ask.limits[0].id].take(count, minor, count_max=1, minor_max=minor_max)
            await _write(budgets, limits)

    for too_much in ({"count": 1, "minor": 1}, {"count": 0, "minor": 100}, {"count": 0, "minor": 5, "minor_max": 5}):
        with pytest.raises(Overfilled):
            await force(**too_much)
    assert await spent(campaign_id) == 1


async def test_thirty_at_once_never_take_more_than_there_is(database: None) -> None:
    program_id = await a_program()
    first, second = await a_campaign(program_id, budget_minor=1_000), await a_campaign(program_id, budget_minor=700)

    async def claims(worker: int) -> int:
        ask = [
            (
                asks(20, campaign_id=(first, second)[(worker + place) % 2], subject=f"agent {place % 4}", count_max=9),
                asks(10, campaign_id=(second, first)[(worker + place) % 2]),
            )
            for place in range(6)
        ]
        return sum(verdict is None for verdict in await taken(*ask))

    granted = sum(await asyncio.gather(*[claims(worker) for worker in range(30)]))

    rows = await fetch("SELECT cap_minor, spent_minor FROM budget")
    assert sum(row["spent_minor"] for row in rows) == granted * 30
    assert all(row["spent_minor"] <= row["cap_minor"] for row in rows)
    assert await fetch_value("SELECT max(used_count) FROM limit_use") <= 9
    assert granted == await fetch_value("SELECT sum(used_count) FROM limit_use")


async def test_a_budget_of_fifty_thousand_pays_exactly_five_hundred_of_a_hundred(database: None) -> None:
    campaign_id = await a_campaign(await a_program(), budget_minor=50_000)

    batches = [taken(*[(asks(100, campaign_id=campaign_id),)] * 50) for _ in range(20)]
    verdicts = [verdict for batch in await asyncio.gather(*batches) for verdict in batch]

    assert sum(verdict is None for verdict in verdicts) == 500
    assert await spent(campaign_id) == 50_000


async def test_a_budget_cannot_be_overspent_by_any_statement(database: None) -> None:
    campaign_id = await a_campaign(await a_program(), budget_minor=5)

    with pytest.raises(Exception, match="budget_holds"):
        await execute("UPDATE budget SET spent_minor = 6 WHERE campaign_id = $1", campaign_id)


async def test_opening_a_budget_twice_keeps_what_it_has(database: None) -> None:
    campaign_id = await a_campaign(await a_program(), budget_minor=5)

    async with transaction():
        await open_budget(campaign_id, "RUB", 1_000)

    assert await fetch_value("SELECT cap_minor FROM budget WHERE campaign_id = $1", campaign_id) == 5


def test_a_limit_has_one_id_for_ever() -> None:
    limit = LimitDemand(UUID(int=7), LimitScope.SHOP, "x", "2026-11", 1, 2)

    assert limit.id == LimitDemand(UUID(int=7), LimitScope.SHOP, "x", "2026-11", 9, None).id
    assert limit.id == UUID("8cf92c3b-db3e-0c76-c352-ae5b26d32866")
    assert limit.id != LimitDemand(uuid7(), LimitScope.SHOP, "x", "2026-11", 1, 2).id


class Undone(Exception):
    pass


def undo(refused: Refused | None) -> None:
    if refused is not None:
        raise Undone


async def taken_alone(claim: Sequence[Demand]) -> Refused | None:
    """One claim as a till makes it: what has no room for all of it leaves nothing."""
    refused = None
    with suppress(Undone):
        async with transaction():
            refused = await take_together(claim)
            undo(refused)
    return refused


async def test_one_claim_takes_all_of_it_or_says_what_was_full(database: None) -> None:
    campaign_id = await a_campaign(await a_program(), budget_minor=100)
    ask = [(asks(amount, campaign_id=campaign_id, count_max=3),) for amount in (60, 50, 30, 10, 1)]

    verdicts = [await taken_alone(claim) for claim in ask]

    full, often = Refused(campaign_id, Reason.BUDGET_EXHAUSTED), Refused(campaign_id, Reason.LIMIT_AGENT)
    assert verdicts == [None, full, None, None, often]
    assert await spent(campaign_id) == 100
    assert tuple(await fetch_row("SELECT used_count, used_minor FROM limit_use") or ()) == (3, 100)


async def test_one_claim_on_a_limit_of_money_counts_money(database: None) -> None:
    campaign_id = await a_campaign(await a_program(), budget_minor=100)
    limit = LimitDemand(campaign_id, LimitScope.AGENT, "x", "all", None, 10)
    claims = [(Demand(campaign_id, "RUB", amount, (limit,)),) for amount in (11, 6, 5, 4)]

    verdicts = [await taken_alone(claim) for claim in claims]

    assert [verdict is None for verdict in verdicts] == [False, True, False, True]
    assert await spent(campaign_id) == 10


async def test_one_claim_without_a_budget_in_its_asset_is_refused(database: None) -> None:
    campaign_id = await a_campaign(await a_program(), budget_minor=100)

    assert await taken_alone((Demand(campaign_id, "PTS", 1),)) == Refused(campaign_id, Reason.BUDGET_EXHAUSTED)
    assert await taken_alone(()) is None


async def test_claims_alone_and_in_batches_never_wait_for_each_other_in_a_circle(database: None) -> None:
    program_id = await a_program()
    first, second = await a_campaign(program_id, budget_minor=200), await a_campaign(program_id, budget_minor=150)

    async def claim(worker: int) -> int:
        ask = (
            asks(10, campaign_id=(first, second)[worker % 2], subject=f"agent {worker % 3}", count_max=4),
            asks(5, campaign_id=(second, first)[worker % 2], subject=f"agent {worker % 5}", count_max=9),
        )
        if worker % 3:
            return await taken_alone(ask) is None
        return sum(verdict is None for verdict in await taken(ask, ask[:1]))

    await asyncio.gather(*[claim(worker) for worker in range(30)])

    rows = await fetch("SELECT cap_minor, spent_minor FROM budget")
    assert all(0 < row["spent_minor"] <= row["cap_minor"] for row in rows)
    assert await fetch_value("SELECT max(used_count) FROM limit_use") <= 9

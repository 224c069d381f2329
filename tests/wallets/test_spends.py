import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from uuid import UUID, uuid4

import pytest

from core import switches
from core.db import execute, fetch, fetch_value
from core.refusals import DomainError, NotFound
from tests.wallets.purses import credited, expired, purse, release_overdue, remaining, reserve
from wallets import spends
from wallets.spends import InsufficientFunds, Spend, SpendingFrozen, SpendSettled

pytestmark = pytest.mark.usefixtures("books")

Verb = Callable[..., Awaitable[Spend]]


async def outcomes(tries: Iterable[Awaitable[Any]]) -> Counter[str]:
    """How many of these, at once, were done, and how many were refused with which slug."""
    done = await asyncio.gather(*tries, return_exceptions=True)
    assert all(isinstance(one, Spend | DomainError) for one in done), done
    return Counter(one.slug if isinstance(one, DomainError) else "done" for one in done)


async def captured(agent_id: UUID, amount_minor: int) -> Spend:
    return await spends.capture((await reserve(agent_id, amount_minor)).id, by="key:1")


async def test_a_spend_sets_money_aside() -> None:
    agent_id = uuid4()
    await credited(agent_id, 100)

    spend = await reserve(agent_id, 30)

    assert await purse(agent_id) == (0, 70, 30, 0)
    assert await spends.find(spend.id) == spend
    assert (spend.state, spend.amount_minor, spend.settled_at) == ("reserved", 30, None)


async def test_a_captured_spend_is_gone() -> None:
    agent_id = uuid4()
    await credited(agent_id, 100)

    spend = await captured(agent_id, 30)

    assert await purse(agent_id) == (0, 70, 0, 0)
    assert spend.state == "captured"
    assert spend.settled_at is not None
    assert await fetch_value("SELECT balance_minor FROM v_accounts WHERE kind = 'house_redeemed'") == 30


async def test_a_released_spend_is_free_again_in_the_lots_it_came_from() -> None:
    agent_id = uuid4()
    first, second = await credited(agent_id, 100, expires_after_days=1), await credited(agent_id, 100)
    spend = await reserve(agent_id, 130)

    released = await spends.release(spend.id, by="agent")

    assert released.state == "released"
    assert await purse(agent_id) == (0, 200, 0, 0)
    assert (await remaining(first), await remaining(second)) == (100, 100)


async def test_a_refunded_spend_is_free_again_by_a_transfer_that_names_its_capture() -> None:
    agent_id = uuid4()
    accrual_id = await credited(agent_id, 100)
    spend = await captured(agent_id, 30)

    refunded = await spends.refund(spend.id, by="key:1")

    assert refunded.state == "refunded"
    assert await purse(agent_id) == (0, 100, 0, 0)
    assert await remaining(accrual_id) == 100
    assert (
        await fetch_value(
            """SELECT original.kind FROM transfer refund JOIN transfer original ON original.id = refund.reverses_id
           WHERE refund.kind = 'refund'"""
        )
        == "capture"
    )


async def test_the_first_lot_to_expire_is_spent_first() -> None:
    agent_id = uuid4()
    never = await credited(agent_id, 50)
    late = await credited(agent_id, 50, expires_after_days=30)
    soon = await credited(agent_id, 50, expires_after_days=2)
    waiting = await credited(agent_id, 50, wait_seconds=60, expires_after_days=1)

    await reserve(agent_id, 70)

    assert [await remaining(lot) for lot in (soon, late, never, waiting)] == [0, 30, 50, 50]


async def test_what_has_expired_cannot_be_spent_although_nobody_swept_it_yet() -> None:
    agent_id = uuid4()
    await expired(await credited(agent_id, 100, expires_after_days=1))
    await credited(agent_id, 10)

    with pytest.raises(InsufficientFunds) as refused:
        await reserve(agent_id, 11)

    assert refused.value.facts == {"available_minor": 10, "asset": "BON"}


@pytest.mark.parametrize(("pending", "available"), [(0, 0), (100, 0), (0, 99)])
async def test_nobody_spends_what_is_not_free(pending: int, available: int) -> None:
    agent_id = uuid4()
    for amount, wait in ((pending, 60), (available, 0)):
        if amount:
            await credited(agent_id, amount, wait_seconds=wait)

    with pytest.raises(InsufficientFunds) as refused:
        await reserve(agent_id, 100)

    assert refused.value.facts["available_minor"] == available
    assert await purse(agent_id) == (pending, available, 0, 0)
    assert await fetch("SELECT FROM spend") == []


async def test_one_asset_does_not_pay_for_another() -> None:
    agent_id = uuid4()
    await credited(agent_id, 100)

    with pytest.raises(InsufficientFunds):
        await reserve(agent_id, 1, asset="RUB")


async def test_two_hundred_spends_at_once_never_spend_more_than_there_is() -> None:
    agent_id = uuid4()
    for _ in range(10):
        await credited(agent_id, 100)

    done = await asyncio.gather(*(reserve(agent_id, 7 + turn % 84) for turn in range(200)), return_exceptions=True)

    accepted = [one.amount_minor for one in done if isinstance(one, Spend)]
    refused = [one for one in done if isinstance(one, InsufficientFunds)]
    assert len(accepted) + len(refused) == 200
    assert await purse(agent_id) == (0, 1_000 - sum(accepted), sum(accepted), 0)
    assert 1_000 - sum(accepted) < 90


@pytest.mark.parametrize(
    ("verb", "left"), [(spends.capture, (0, 70, 0, 0)), (spends.release, (0, 100, 0, 0))], ids=["capture", "release"]
)
async def test_a_spend_is_settled_once_however_many_try(verb: Verb, left: tuple[int, ...]) -> None:
    agent_id = uuid4()
    await credited(agent_id, 100)
    spend = await reserve(agent_id, 30)

    first = await outcomes([verb(spend.id, by="key:1") for _ in range(30)])
    second = await outcomes([verb(spend.id, by="key:1")])

    assert first == {"done": 1, "spend_settled": 29}
    assert second == {"spend_settled": 1}
    assert await purse(agent_id) == left


async def test_a_capture_is_refunded_once_however_many_try() -> None:
    agent_id = uuid4()
    await credited(agent_id, 100)
    spend = await captured(agent_id, 30)

    first = await outcomes([spends.refund(spend.id, by="key:1") for _ in range(30)])

    assert first == {"done": 1, "spend_settled": 29}
    assert await purse(agent_id) == (0, 100, 0, 0)


async def test_capture_and_release_at_once_never_both_happen() -> None:
    agent_id = uuid4()
    await credited(agent_id, 100)
    open_spends = [await reserve(agent_id, 10) for _ in range(10)]

    tries = [verb(spend.id, by="key:1") for spend in open_spends for verb in (spends.capture, spends.release)]
    done = await outcomes(tries)

    kept = await fetch_value("SELECT count(*) FROM spend WHERE state = 'captured'")
    assert done == {"done": 10, "spend_settled": 10}
    assert await purse(agent_id) == (0, 100 - 10 * kept, 0, 0)


@pytest.mark.parametrize(
    ("state", "verb"),
    [
        ("reserved", spends.refund),
        ("released", spends.refund),
        ("released", spends.capture),
        ("refunded", spends.capture),
        ("refunded", spends.refund),
        ("captured", spends.release),
    ],
)
async def test_a_spend_goes_only_forward(state: str, verb: Verb) -> None:
    agent_id = uuid4()
    await credited(agent_id, 100)
    spend = await reserve(agent_id, 30)
    for step in {"released": ["release"], "captured": ["capture"], "refunded": ["capture", "refund"]}.get(state, []):
        await getattr(spends, step)(spend.id, by="key:1")

    with pytest.raises(SpendSettled) as refused:
        await verb(spend.id, by="key:1")

    assert refused.value.facts == {"state": state}


async def test_an_agent_finds_and_releases_only_his_own() -> None:
    agent_id, stranger = uuid4(), uuid4()
    await credited(agent_id, 100)
    spend = await reserve(agent_id, 30)

    for ask in (spends.find(spend.id, agent_id=stranger), spends.release(spend.id, by="agent", agent_id=stranger)):
        with pytest.raises(NotFound):
            await ask

    assert (await spends.find(spend.id, agent_id=agent_id)).state == "reserved"
    assert (await spends.release(spend.id, by="agent", agent_id=agent_id)).state == "released"


@pytest.mark.parametrize("verb", [spends.find, spends.capture, spends.release, spends.refund])
async def test_a_spend_nobody_made_is_not_found(verb: Any) -> None:
    with pytest.raises(NotFound):
        await (verb(uuid4()) if verb is spends.find else verb(uuid4(), by="key:1"))


async def test_what_nobody_captured_in_time_is_released_by_schedule() -> None:
    agent_id = uuid4()
    await credited(agent_id, 100)
    late, young = await reserve(agent_id, 30, ttl_seconds=0), await reserve(agent_id, 20)

    await asyncio.gather(*(release_overdue() for _ in range(10)))

    assert (await spends.find(late.id)).state == "released"
    assert (await spends.find(young.id)).state == "reserved"
    assert await purse(agent_id) == (0, 80, 20, 0)


@pytest.mark.parametrize("asset", ["BON", switches.EVERY_ASSET])
async def test_frozen_spending_lets_nobody_spend_and_takes_nothing(asset: str) -> None:
    agent_id = uuid4()
    await credited(agent_id, 100)
    spend = await reserve(agent_id, 10)
    await switches.turn_on(switches.spending(asset), reason="verify", by="test")

    with pytest.raises(SpendingFrozen):
        await reserve(agent_id, 10)

    await spends.release(spend.id, by="agent")
    await switches.turn_off(switches.spending(asset), by="test")
    assert (await reserve(agent_id, 100)).amount_minor == 100


async def test_freezing_one_asset_leaves_the_others() -> None:
    agent_id = uuid4()
    await credited(agent_id, 100)
    await switches.turn_on(switches.spending("RUB"), reason="verify", by="test")

    assert (await reserve(agent_id, 10)).amount_minor == 10


async def test_a_spend_says_who_settled_it() -> None:
    agent_id = uuid4()
    await credited(agent_id, 100)

    await captured(agent_id, 30)

    assert await fetch_value("SELECT settled_by FROM spend") == "key:1"


async def test_the_database_refuses_a_lot_with_more_left_than_it_had() -> None:
    accrual_id = await credited(uuid4(), 100)

    with pytest.raises(Exception, match="lot_expired_in_range"):
        await execute("UPDATE lot SET remaining_minor = remaining_minor + 1 WHERE id = $1", accrual_id)

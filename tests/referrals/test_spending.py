import asyncio
from uuid import UUID

import pytest

from core.db import execute, transaction
from programs.facts import ActivityKind
from referrals import journal, spending
from referrals.sentences import sentence
from referrals.words import Reader
from tests.programs.stored import a_campaign, a_program
from tests.referrals.people import Person, credited, enrolled
from wallets.spends import InsufficientFunds, Spend, find
from wallets.statement import balances

pytestmark = pytest.mark.usefixtures("database")


async def rich(amount_minor: int = 500) -> Person:
    person, program_id = await enrolled(), await a_program()
    await a_campaign(
        program_id, budget_minor=amount_minor, trigger=ActivityKind.CODE_SCANNED, asset="BON", wait_seconds=0
    )
    await credited(person.agent_id, program_id)
    return person


async def set_aside(agent_id: UUID, amount_minor: int = 200) -> Spend:
    async with transaction(adoptable=True):
        return await spending.set_aside(
            agent_id, asset="BON", amount_minor=amount_minor, purpose="Дрель", ttl_seconds=60
        )


async def newest(agent_id: UUID) -> tuple[str, object]:
    told = (await journal.page(agent_id, before=None, limit=1))[0]
    return told.kind.value, told.facts["amount_minor"]


async def test_a_spend_is_told_step_by_step() -> None:
    person = await rich()
    spend = await set_aside(person.agent_id)
    reserved = await newest(person.agent_id)

    async with transaction(adoptable=True):
        await spending.give_out(spend.id, by="key:shop")
    captured = await newest(person.agent_id)
    async with transaction(adoptable=True):
        await spending.take_back(spend.id, by="key:finance")

    assert reserved == ("spend_reserved", 200)
    assert captured == ("spend_captured", 200)
    assert await newest(person.agent_id) == ("spend_refunded", 200)
    assert (await balances(person.agent_id))[0].available_minor == 500


async def test_an_agent_frees_what_he_set_aside() -> None:
    person = await rich()
    spend = await set_aside(person.agent_id)

    async with transaction(adoptable=True):
        await spending.free(spend.id, by="agent", agent_id=person.agent_id)

    assert await newest(person.agent_id) == ("spend_released", 200)
    assert (await balances(person.agent_id))[0].reserved_minor == 0


async def test_what_nobody_collected_in_time_is_free_again_and_its_agent_is_told_why() -> None:
    person = await rich()
    late, young = await set_aside(person.agent_id), await set_aside(person.agent_id)
    await overdue(late)

    freed = await asyncio.gather(*(spending.free_all_overdue() for _ in range(10)))

    assert sum(freed) == 1
    assert ((await find(late.id)).state, (await find(young.id)).state) == ("released", "reserved")
    assert (await balances(person.agent_id))[0].available_minor == 300
    [newest] = await journal.page(person.agent_id, before=None, limit=1)
    assert sentence(newest, Reader("ru")) == "Снова свободно: 2 бонуса. Отложенное на «Дрель» вовремя не забрали."
    assert sentence(newest, Reader("en")) == (
        "Free again: 2 bonuses. What was set aside for “Дрель” was not collected in time."
    )


async def overdue(*late: Spend) -> None:
    """As if the last moment of these spends had passed."""
    await execute("UPDATE spend SET expires_at = now() WHERE id = ANY($1)", [one.id for one in late])


async def test_everything_that_is_overdue_is_freed_batch_by_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    person = await rich()
    await overdue(*[await set_aside(person.agent_id, 10) for _ in range(7)])
    monkeypatch.setattr(spending, "OVERDUE_BATCH", 3)

    assert [await spending.free_all_overdue(), await spending.free_all_overdue()] == [7, 0]

    assert (await balances(person.agent_id))[0].reserved_minor == 0


async def test_what_was_refused_is_not_told() -> None:
    person = await rich()
    before = await newest(person.agent_id)

    with pytest.raises(InsufficientFunds):
        await set_aside(person.agent_id, 501)

    assert await newest(person.agent_id) == before

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest

from core.db import execute, fetch_value, transaction
from referrals import holds, journal, risks
from referrals.clawbacks import claw_back_accrual
from referrals.journal import Told
from referrals.releases import release_all_due
from referrals.risk_decisions import Decision, carry_out, decide
from referrals.risks import RiskKind
from referrals.sentences import sentence
from referrals.words import Reader
from tests.interruptions import interruptions
from tests.packs import Sale, a_sale, accepted, an_agent, settled, some_agents, wallet

BY = "key:test"
DAY = 86_400


@pytest.fixture
async def sale(proven: None) -> Sale:
    return await a_sale(wait_seconds=DAY)


async def an_event(kind: RiskKind = RiskKind.duplicate_codes) -> UUID:
    async with transaction() as now:
        risk_id = await risks.record(kind=kind, subject="batch:1", facts={}, now=now)
    assert risk_id is not None
    return risk_id


async def held(risk_id: UUID, activity_ids: Sequence[UUID] = (), **which: Any) -> int:
    async with transaction() as now:
        return await holds.hold(risk_id, activity_ids=activity_ids, now=now, **which)


async def paid(sale: Sale, agent_id: UUID, count: int = 1, first: int = 0) -> list[UUID]:
    """Activities of an agent whose bonuses wait for their date."""
    activity_ids = await accepted(agent_id, *sale.batch.codes(count, first=first))
    await settled()
    return activity_ids


async def cleared(risk_id: UUID) -> None:
    await decide(risk_id, decision=Decision.clear, note="Всё в порядке", by=BY)


async def confirmed(risk_id: UUID) -> None:
    await decide(risk_id, decision=Decision.confirm, note="Коды скопированы", by=BY)


async def all_due() -> None:
    await execute("UPDATE lot SET releases_at = now()")
    await release_all_due()


async def last_told(agent_id: UUID) -> Told:
    [told] = await journal.page(agent_id, before=None, limit=1)
    return told


async def money(agent_id: UUID) -> tuple[int, int, int]:
    balance = await wallet(agent_id)
    return balance.pending_minor, balance.available_minor, balance.debt_minor


async def test_held_bonuses_wait_beyond_their_date_and_their_agent_reads_why(sale: Sale) -> None:
    agent_id, other = await some_agents(2)
    activity_ids = await paid(sale, agent_id, 2)
    await paid(sale, other, first=5)
    risk_id = await an_event()

    assert await held(risk_id, activity_ids) == 2

    told = await last_told(agent_id)
    await all_due()
    assert await money(agent_id) == (200, 0, 0)
    assert await money(other) == (0, 100, 0)
    assert (told.kind, told.facts["amount_minor"], told.facts["bonuses"]) == ("bonus_held", 200, 2)
    assert sentence(told, Reader("ru")) == (
        "Пока придержано: 2 бонуса. Почему: некоторые коды этой упаковки встретились больше одного раза. "
        "Ничего не пропало: случай разбирает человек, а если вы считаете это ошибкой, подайте обращение."
    )
    assert sentence(told, Reader("en")).startswith("Kept back for now: 2 bonuses. Why: some codes of this packing")
    await cleared(risk_id)


async def test_what_a_person_clears_is_free_at_once_if_it_is_due(sale: Sale) -> None:
    agent_id = await an_agent()
    risk_id = await an_event()
    await held(risk_id, await paid(sale, agent_id, 2))
    await all_due()

    await cleared(risk_id)

    kinds = [told.kind for told in await journal.after(agent_id, 0, limit=100)]
    assert await money(agent_id) == (0, 200, 0)
    assert kinds[-4:] == ["bonus_held", "bonus_freed", "available", "available"]


async def test_what_a_person_clears_before_its_date_comes_on_its_date(sale: Sale) -> None:
    agent_id = await an_agent()
    risk_id = await an_event()
    await held(risk_id, await paid(sale, agent_id))

    await cleared(risk_id)

    assert await money(agent_id) == (100, 0, 0)
    assert (await last_told(agent_id)).kind == "bonus_freed"
    await all_due()
    assert await money(agent_id) == (0, 100, 0)


async def test_what_a_person_confirms_is_taken_back_and_nothing_else(sale: Sale) -> None:
    agent_id = await an_agent()
    risk_id = await an_event()
    activity_ids = await paid(sale, agent_id, 3)
    await held(risk_id, activity_ids[:2])

    await confirmed(risk_id)
    taken = await carry_out()

    told = await last_told(agent_id)
    assert taken == 2
    assert await money(agent_id) == (100, 0, 0)
    assert sentence(told, Reader("ru")) == "Снято: 1 бонус. Причина: Коды скопированы"
    assert await fetch_value("SELECT count(*) FROM lot WHERE holds > 0") == 0
    assert await carry_out() == 0


async def test_thirty_who_carry_out_at_once_take_back_once(sale: Sale) -> None:
    agent_id = await an_agent()
    risk_id = await an_event()
    await held(risk_id, await paid(sale, agent_id, 5))
    await confirmed(risk_id)

    await asyncio.gather(*(carry_out() for _ in range(30)), return_exceptions=True)
    await carry_out()

    assert await money(agent_id) == (0, 0, 0)
    assert await fetch_value("SELECT count(*) FROM transfer WHERE kind = 'claw_pending'") == 5


async def test_a_confirmation_that_is_cut_anywhere_is_carried_out_in_the_end(sale: Sale) -> None:
    agent_id = await an_agent()
    risk_id = await an_event()
    await held(risk_id, await paid(sale, agent_id, 2))
    await confirmed(risk_id)

    async for _ in interruptions(carry_out):
        assert (await money(agent_id))[1:] == (0, 0)

    assert await money(agent_id) == (0, 0, 0)
    assert await fetch_value("SELECT carried_out_at IS NOT NULL FROM risk_event")


async def test_thirty_who_hold_at_once_hold_once_and_tell_once(sale: Sale) -> None:
    agent_id = await an_agent()
    activity_ids = await paid(sale, agent_id, 3)
    risk_id = await an_event()

    found = await asyncio.gather(*(held(risk_id, activity_ids) for _ in range(30)))

    told = [one.kind for one in await journal.after(agent_id, 0, limit=100)]
    assert sorted(found) == [0] * 29 + [3]
    assert told.count(journal.JournalKind.bonus_held) == 1
    await cleared(risk_id)


async def test_what_the_rules_have_yet_to_decide_is_held_once_they_have(sale: Sale) -> None:
    agent_id = await an_agent()
    activity_ids = await accepted(agent_id, *sale.batch.codes(2))
    risk_id = await an_event()

    before = await held(risk_id, activity_ids)
    await holds.hold_settled()
    await settled()

    assert (before, await holds.hold_settled()) == (0, 2)
    assert await holds.hold_settled() == 0
    await all_due()
    assert await money(agent_id) == (200, 0, 0)
    await cleared(risk_id)


async def test_what_was_cleared_before_the_rules_had_spoken_is_not_held(sale: Sale) -> None:
    agent_id = await an_agent()
    risk_id = await an_event()
    await held(risk_id, await accepted(agent_id, sale.batch.code(0)))
    await cleared(risk_id)

    await settled()

    assert await holds.hold_settled() == 0
    await all_due()
    assert await money(agent_id) == (0, 100, 0)


async def test_what_was_confirmed_before_the_rules_had_spoken_is_taken_back(sale: Sale) -> None:
    agent_id = await an_agent()
    risk_id = await an_event()
    await held(risk_id, await accepted(agent_id, sale.batch.code(0)))
    await confirmed(risk_id)
    await carry_out()

    await settled()

    assert await carry_out() == 1
    assert await money(agent_id) == (0, 0, 0)


async def test_an_accrual_is_held_by_itself(sale: Sale) -> None:
    agent_id = await an_agent()
    await paid(sale, agent_id, 2)
    risk_id, accrual_id = await an_event(), await fetch_value("SELECT id FROM accrual LIMIT 1")

    assert await held(risk_id, accrual_ids=[accrual_id]) == 1

    await all_due()
    assert await money(agent_id) == (100, 100, 0)
    await cleared(risk_id)


async def test_a_decided_event_holds_nothing_more(sale: Sale) -> None:
    agent_id = await an_agent()
    risk_id = await an_event()
    await cleared(risk_id)

    assert await held(risk_id, await paid(sale, agent_id)) == 0

    await all_due()
    assert await money(agent_id) == (0, 100, 0)


async def test_what_is_free_to_spend_stays_so(sale: Sale) -> None:
    agent_id = await an_agent()
    activity_ids = await paid(sale, agent_id)
    await all_due()

    assert await held(await an_event(), activity_ids) == 0

    assert await money(agent_id) == (0, 100, 0)


async def test_a_bonus_that_the_maker_takes_back_while_it_is_held_is_taken_once(sale: Sale) -> None:
    agent_id = await an_agent()
    risk_id = await an_event()
    await held(risk_id, await paid(sale, agent_id))
    accrual_id = await fetch_value("SELECT id FROM accrual")
    await claw_back_accrual(accrual_id, amount_minor=None, reason="returned", key=uuid4(), by=BY)

    await confirmed(risk_id)
    await carry_out()

    assert await money(agent_id) == (0, 0, 0)
    assert await fetch_value("SELECT holds FROM lot") == 0

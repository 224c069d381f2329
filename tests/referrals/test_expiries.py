import asyncio
from uuid import UUID

from core.db import execute
from referrals import journal
from referrals.clawbacks import claw_back_accrual
from referrals.expiries import expire_all_due, expire_due
from referrals.sentences import sentence
from referrals.words import Reader
from tests.interruptions import interruptions
from tests.packs import BONUS_MINOR, Sale, a_sale, accepted, an_agent, settled, some_agents, spent, told, wallet
from tests.programs.stored import BY
from wallets import spends


async def bonuses(sale: Sale, agent_id: UUID, count: int = 1, first: int = 0) -> None:
    """So many bonuses that are free to spend and whose last day is over."""
    await accepted(agent_id, *sale.batch.codes(count, first=first))
    await settled()
    await execute("UPDATE lot SET expires_at = now()")


async def words(agent_id: UUID) -> tuple[str, str]:
    """The newest entry in both languages."""
    [newest] = await journal.page(agent_id, before=None, limit=1)
    return sentence(newest, Reader("ru")), sentence(newest, Reader("en"))


async def test_what_expires_is_gone_and_its_agent_is_told(proven: None) -> None:
    sale, agent_id = await a_sale(expires_after_days=1), await an_agent()
    await bonuses(sale, agent_id)

    assert await expire_all_due() == 1

    assert (await wallet(agent_id)).available_minor == 0
    assert (await told(agent_id))[-1] == ("expired", BONUS_MINOR)
    assert await words(agent_id) == ("Срок вышел, не потрачено: 1 бонус.", "Expired unspent: 1 bonus.")


async def test_everything_that_is_due_expires_batch_by_batch(proven: None) -> None:
    sale, agent_id = await a_sale(expires_after_days=1), await an_agent()
    await bonuses(sale, agent_id, 10)

    assert await expire_due(limit=4) == 4

    assert [await expire_all_due(), await expire_all_due()] == [6, 0]
    assert [kind for kind, _ in await told(agent_id)].count("expired") == 10


async def test_thirty_workers_at_once_tell_of_each_expiry_once(proven: None) -> None:
    sale, agents = await a_sale(30, expires_after_days=1), await some_agents(3)
    for place, agent_id in enumerate(agents):
        await bonuses(sale, agent_id, 10, first=10 * place)

    expired = await asyncio.gather(*(expire_all_due() for _ in range(30)))

    assert sum(expired) == 30
    assert [[kind for kind, _ in await told(agent_id)].count("expired") for agent_id in agents] == [10] * 3


async def test_an_expiry_that_is_cut_anywhere_has_happened_or_not(proven: None) -> None:
    sale, agent_id = await a_sale(expires_after_days=1), await an_agent()
    await bonuses(sale, agent_id)

    cuts = [await is_whole(agent_id) async for _ in interruptions(expire_due)]

    assert len(cuts) > 5
    assert all(cuts)


async def is_whole(agent_id: UUID) -> bool:
    has_been_told = "expired" in [kind for kind, _ in await told(agent_id)]
    return ((await wallet(agent_id)).available_minor == 0) is has_been_told


async def test_what_expired_is_taken_back_without_a_debt_and_its_budget_has_it_again(proven: None) -> None:
    sale, agent_id = await a_sale(expires_after_days=1), await an_agent()
    await bonuses(sale, agent_id)
    await expire_all_due()
    accrual_id = (await journal.page(agent_id, before=None, limit=1))[0].facts["accrual_id"]

    done = await claw_back_accrual(UUID(accrual_id), amount_minor=None, reason="Возврат", key=UUID(int=1), by=BY)

    assert (done.from_expired_minor, done.to_debt_minor) == (BONUS_MINOR, 0)
    assert (await wallet(agent_id)).debt_minor == 0
    assert await spent(sale.campaign_id) == 0
    assert await words(agent_id) == (
        "Снято: 1 бонус. Из них сгорело раньше, без потерь для вас: 1 бонус. Причина: Возврат",
        "Taken back: 1 bonus, of which 1 bonus had expired before and cost you nothing. Why: Возврат",
    )


async def test_money_that_comes_back_and_lapses_is_said_to_have_paid_its_own_debt(proven: None) -> None:
    sale, agent_id = await a_sale(expires_after_days=1), await an_agent()
    await accepted(agent_id, sale.batch.code(0))
    await settled()
    accrual_id = (await journal.page(agent_id, before=None, limit=1))[0].facts["accrual_id"]
    spend = await spends.reserve(agent_id, asset="BON", amount_minor=60, purpose="drill", ttl_seconds=60)
    await claw_back_accrual(UUID(accrual_id), amount_minor=None, reason="Возврат", key=UUID(int=1), by=BY)
    await spends.release(spend.id, by=BY)
    await execute("UPDATE lot SET expires_at = now()")

    await expire_all_due()

    assert (await wallet(agent_id)).debt_minor == 0
    assert await words(agent_id) == (
        "Срок вышел, не потрачено: 0 бонусов. В счёт снятого раньше удержано: 0,60 бонуса.",
        "Expired unspent: 0 bonuses. Kept against what was taken back before: 0.60 bonuses.",
    )

import asyncio
from uuid import UUID, uuid4

import pytest

from core.db import execute, fetch, fetch_value
from core.refusals import NotFound
from programs.rules import Limit, LimitScope
from referrals.clawbacks import ClawbackDone, NothingToClawBack, claw_back_accrual
from referrals.crediting import drain
from referrals.releases import release_all_due
from tests.interruptions import interruptions
from tests.packs import Sale, a_sale, accepted, an_agent, outcomes, settled, spent, told, wallet
from tests.programs.stored import BY
from wallets import spends
from wallets.clawbacks import ClawbackMade

HOUR = 3_600


async def a_bonus(sale: Sale, agent_id: UUID, index: int = 0) -> UUID:
    """A credited accrual of 100."""
    [activity_id] = await accepted(agent_id, sale.batch.code(index))
    await settled()
    accrual_id: UUID = await fetch_value("SELECT id FROM accrual WHERE activity_id = $1", activity_id)
    return accrual_id


async def take_back(
    accrual_id: UUID, amount_minor: int | None = None, *, key: UUID | None = None, program_id: UUID | None = None
) -> ClawbackDone:
    return await claw_back_accrual(
        accrual_id, amount_minor=amount_minor, reason="returned", key=key or uuid4(), by=BY, program_id=program_id
    )


@pytest.mark.parametrize("wait_seconds", [0, HOUR], ids=["available", "pending"])
async def test_a_bonus_is_taken_back_wherever_it_is_and_its_budget_has_it_again(
    proven: None, wait_seconds: int
) -> None:
    sale, agent_id = await a_sale(wait_seconds=wait_seconds), await an_agent()
    accrual_id = await a_bonus(sale, agent_id)

    done = await take_back(accrual_id)

    balance = await wallet(agent_id)
    assert (done.from_pending_minor, done.from_available_minor, done.to_debt_minor) == (
        (100, 0, 0) if wait_seconds else (0, 100, 0)
    )
    assert (balance.pending_minor, balance.available_minor, balance.debt_minor) == (0, 0, 0)
    assert await spent(sale.campaign_id) == 0
    assert (await told(agent_id))[-1] == ("clawed_back", "returned")
    assert await outcomes() == {"clawed_back": 1}
    assert (
        await fetch_value("SELECT facts ->> 'reason' FROM audit_entry WHERE action = 'accrual.claw_back'") == "returned"
    )


async def test_a_bonus_is_taken_back_in_parts_and_never_more_than_there_was(proven: None) -> None:
    sale, agent_id = await a_sale(), await an_agent()
    accrual_id = await a_bonus(sale, agent_id)

    await take_back(accrual_id, 30)
    await take_back(accrual_id, 30)

    with pytest.raises(NothingToClawBack) as refused:
        await take_back(accrual_id, 41)
    assert refused.value.facts == {"left_minor": 40, "state": "credited"}
    assert (await take_back(accrual_id)).amount_minor == 40
    with pytest.raises(NothingToClawBack):
        await take_back(accrual_id)
    assert (await wallet(agent_id)).available_minor == 0


async def test_what_was_spent_becomes_a_debt_that_the_next_bonus_repays(proven: None) -> None:
    sale, agent_id = await a_sale(), await an_agent()
    accrual_id = await a_bonus(sale, agent_id)
    spend = await spends.reserve(agent_id, asset="BON", amount_minor=80, purpose="drill", ttl_seconds=60)
    await spends.capture(spend.id, by=BY)

    done = await take_back(accrual_id)

    assert (done.from_available_minor, done.to_debt_minor) == (20, 80)
    assert (await wallet(agent_id)).debt_minor == 80
    # What became a debt has left the budget; what came back may be spent again.
    assert await spent(sale.campaign_id) == 80

    await a_bonus(sale, agent_id, index=1)
    balance = await wallet(agent_id)
    assert (balance.debt_minor, balance.available_minor) == (0, 20)


@pytest.mark.parametrize("amount_minor", [None, 30])
async def test_one_key_thirty_times_at_once_takes_back_once(proven: None, amount_minor: int | None) -> None:
    sale, agent_id, key = await a_sale(), await an_agent(), uuid4()
    accrual_id = await a_bonus(sale, agent_id)

    done = await asyncio.gather(
        *(take_back(accrual_id, amount_minor, key=key) for _ in range(30)), return_exceptions=True
    )

    assert [type(one) for one in done].count(ClawbackDone) == 1
    assert {type(one) for one in done} <= {ClawbackDone, ClawbackMade, NothingToClawBack}
    assert (await wallet(agent_id)).available_minor == 100 - (amount_minor or 100)


async def test_one_key_takes_once_although_the_money_has_moved_in_between(proven: None) -> None:
    sale, agent_id, key = await a_sale(wait_seconds=HOUR), await an_agent(), uuid4()
    accrual_id = await a_bonus(sale, agent_id)
    await take_back(accrual_id, 30, key=key)
    await execute("UPDATE lot SET releases_at = now()")
    await release_all_due()

    with pytest.raises(ClawbackMade):
        await take_back(accrual_id, 30, key=key)

    assert (await wallet(agent_id)).available_minor == 70


async def test_thirty_keys_at_once_take_no_more_than_there_was(proven: None) -> None:
    sale, agent_id = await a_sale(), await an_agent()
    accrual_id = await a_bonus(sale, agent_id)

    done = await asyncio.gather(*(take_back(accrual_id, 7) for _ in range(30)), return_exceptions=True)

    taken = sum(one.amount_minor for one in done if isinstance(one, ClawbackDone))
    assert taken == 98
    assert (await wallet(agent_id)).available_minor == 2
    assert await spent(sale.campaign_id) == 2


async def test_bonuses_that_come_while_others_are_taken_back_leave_the_books_right(proven: None) -> None:
    sale, agent_id = await a_sale(60, limits=(Limit(LimitScope.AGENT, max_count=50),)), await an_agent()
    bonuses = [await a_bonus(sale, agent_id, index) for index in range(20)]
    await accepted(agent_id, *sale.batch.codes(20, first=20))

    await asyncio.gather(*(take_back(accrual_id) for accrual_id in bonuses), *(drain(batch_max=3) for _ in range(10)))

    await settled()
    assert (await wallet(agent_id)).available_minor == 2_000
    assert await spent(sale.campaign_id) == 2_000


async def test_a_release_and_a_clawback_at_the_same_moment_are_one_after_the_other(proven: None) -> None:
    sale, agent_id = await a_sale(wait_seconds=HOUR), await an_agent()
    bonuses = [await a_bonus(sale, agent_id, index) for index in range(10)]
    await execute("UPDATE lot SET releases_at = now()")

    await asyncio.gather(
        *(take_back(accrual_id) for accrual_id in bonuses[:5]), *(release_all_due() for _ in range(10))
    )

    balance = await wallet(agent_id)
    assert (balance.pending_minor, balance.available_minor, balance.debt_minor) == (0, 500, 0)


async def test_a_clawback_that_is_cut_anywhere_has_happened_or_not(proven: None) -> None:
    sale, agent_id, key = await a_sale(), await an_agent(), uuid4()
    accrual_id = await a_bonus(sale, agent_id)

    cuts = [await is_whole(agent_id) async for _ in interruptions(lambda: take_back(accrual_id, key=key))]

    assert len(cuts) > 10
    assert all(cuts)
    assert (await wallet(agent_id)).available_minor == 0


async def is_whole(agent_id: UUID) -> bool:
    [row] = await fetch(
        """SELECT (SELECT bool_or(state = 'clawed_back') FROM accrual),
                  (SELECT bool_or(kind LIKE 'claw%') FROM transfer),
                  (SELECT spent_minor = 0 FROM budget), (SELECT bool_or(kind = 'clawed_back') FROM journal_entry),
                  (SELECT balance_minor = 0 FROM account WHERE owner_id = $1 AND kind = 'agent_available')""",
        agent_id,
    )
    return len(set(row)) == 1


async def test_what_was_denied_or_does_not_exist_cannot_be_taken_back(proven: None) -> None:
    sale, agent_id = await a_sale(budget_minor=0), await an_agent()
    denied = await a_bonus(sale, agent_id)

    with pytest.raises(NothingToClawBack):
        await take_back(denied)
    with pytest.raises(NotFound):
        await take_back(uuid4())


async def test_another_program_finds_no_bonus_of_ours(proven: None) -> None:
    sale, agent_id = await a_sale(), await an_agent()
    accrual_id = await a_bonus(sale, agent_id)

    with pytest.raises(NotFound):
        await take_back(accrual_id, program_id=uuid4())

    assert (await take_back(accrual_id, program_id=sale.program_id)).amount_minor == 100

import asyncio
from uuid import UUID, uuid4

import pytest

from tests.wallets.purses import claw_back, credited, purse, release_due, reserve, wait_over
from wallets import spends
from wallets.accounts import AccountKind
from wallets.statement import Entry, balances, entries

pytestmark = pytest.mark.usefixtures("books")


async def page(
    agent_id: UUID, *, before: int | None = None, limit: int = 7, kind: AccountKind = AccountKind.agent_available
) -> list[Entry]:
    return await entries(agent_id, kind=kind, asset="BON", before=before, limit=limit)


async def history(agent_id: UUID, *, limit: int) -> list[Entry]:
    """Every entry, page by page, the latest first."""
    told: list[Entry] = []
    while part := await page(agent_id, before=told[-1].seq if told else None, limit=limit):
        told += part
    return told


async def test_the_history_says_what_happened_and_what_there_was_after_it() -> None:
    agent_id = uuid4()
    first = await credited(agent_id, 100)
    spend = await reserve(agent_id, 30)
    await spends.release(spend.id, by="agent")

    told = await page(agent_id)

    assert [(one.seq, one.kind, one.amount_minor, one.after_minor, one.cause) for one in told] == [
        (3, "unreserve", 30, 100, f"spend:{spend.id}"),
        (2, "reserve", -30, 70, f"spend:{spend.id}"),
        (1, "release", 100, 100, f"code:{first}"),
    ]
    assert {one.account for one in told} == {"agent_available"}


@pytest.mark.parametrize("limit", [1, 3, 100])
async def test_pages_join_without_a_gap(limit: int) -> None:
    agent_id = uuid4()
    for amount in range(1, 8):
        await credited(agent_id, amount)

    told = await history(agent_id, limit=limit)

    assert [one.seq for one in told] == [7, 6, 5, 4, 3, 2, 1]
    assert [one.amount_minor for one in told] == [7, 6, 5, 4, 3, 2, 1]


async def test_every_page_sums_to_what_its_first_entry_held_while_others_write() -> None:
    agent_id = uuid4()
    await credited(agent_id, 10_000)
    writing = asyncio.gather(
        *(credited(agent_id, 7) for _ in range(60)), *(reserve(agent_id, 1 + turn) for turn in range(40))
    )

    reads = [await history(agent_id, limit=limit) for limit in (2, 3, 5, 8) * 2]

    await writing
    for told in [*reads, await history(agent_id, limit=4)]:
        assert [one.seq for one in told] == list(range(len(told), 0, -1))
        for place, one in enumerate(told):
            assert one.after_minor == sum(earlier.amount_minor for earlier in told[place:])
    assert len(await history(agent_id, limit=50)) == 101


async def test_a_page_that_was_shown_never_changes() -> None:
    agent_id = uuid4()
    for _ in range(5):
        await credited(agent_id, 10)
    shown = await page(agent_id, before=5, limit=2)

    await reserve(agent_id, 20)

    assert await page(agent_id, before=5, limit=2) == shown


async def test_each_account_has_a_history_of_its_own() -> None:
    agent_id = uuid4()
    accrual_id = await credited(agent_id, 100, wait_seconds=60)
    await wait_over(accrual_id)
    await release_due()
    await reserve(agent_id, 80)
    await claw_back(accrual_id, 100)

    told = {kind.value: [one.kind for one in await page(agent_id, kind=kind)] for kind in (await shown_kinds())}

    assert told == {
        "agent_pending": ["release", "credit"],
        "agent_available": ["claw_available", "reserve", "release"],
        "agent_reserved": ["reserve"],
        "agent_debt": ["owe"],
    }
    assert await purse(agent_id) == (0, 0, 80, 80)


async def shown_kinds() -> list[AccountKind]:
    return [kind for kind in AccountKind if kind.value.startswith("agent")]


async def test_the_balances_are_those_of_every_asset_the_agent_ever_had() -> None:
    agent_id = uuid4()
    await credited(agent_id, 100, expires_after_days=5)
    await credited(agent_id, 30, wait_seconds=60)
    await credited(uuid4(), 999)

    [one] = await balances(agent_id)

    assert (one.asset, one.pending_minor, one.available_minor, one.reserved_minor, one.debt_minor) == (
        "BON",
        30,
        100,
        0,
        0,
    )
    assert one.next_release_at is not None
    assert one.next_expiry_at is not None
    assert one.next_release_at < one.next_expiry_at


async def test_a_wallet_that_nothing_came_into_is_empty() -> None:
    assert await balances(uuid4()) == []
    assert await page(uuid4()) == []

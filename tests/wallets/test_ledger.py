import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from core.db import Unencodable, engine, fetch, fetch_row, fetch_value, transaction
from core.ids import uuid7
from tests.core.rollbacks import rolled_back
from tests.wallets.purses import a_credit, claw_back, credited, fund, purse, reserve
from wallets import accounts, credits
from wallets.accounts import AccountKind
from wallets.ledger import Overdrawn, Transfer, lock, post

pytestmark = pytest.mark.usefixtures("books")

CAMPAIGN = accounts.campaign(UUID(int=1), "BON")
ISSUED = accounts.house(AccountKind.house_issued, "BON")


def funding(amount_minor: int = 100, **changes: Any) -> Transfer:
    """A transfer between two accounts of the house."""
    plain: dict[str, Any] = {
        "kind": "fund",
        "reference": uuid7(),
        "debit": ISSUED,
        "credit": CAMPAIGN,
        "amount_minor": amount_minor,
        "cause": "campaign:1",
    }
    return Transfer(**(plain | changes))


async def posted(*transfers: Transfer) -> None:
    async with transaction():
        await post(transfers)


async def transfers() -> int:
    return int(await fetch_value("SELECT count(*) FROM transfer"))


async def test_a_key_is_posted_once_for_ever() -> None:
    reference = uuid4()
    await posted(funding(reference=reference))

    with pytest.raises(asyncpg.UniqueViolationError):
        await posted(funding(reference=reference))

    await posted(funding(reference=uuid4()))
    assert await transfers() == 2


async def test_a_key_is_posted_once_by_thirty_at_once() -> None:
    reference = uuid4()

    tries = await asyncio.gather(*(posted(funding(reference=reference)) for _ in range(30)), return_exceptions=True)

    assert tries.count(None) == 1
    assert await transfers() == 1


async def test_a_batch_is_posted_whole_or_not_at_all() -> None:
    reference = uuid4()
    await posted(funding(reference=reference))

    with pytest.raises(asyncpg.UniqueViolationError):
        await posted(funding(), funding(reference=reference), funding())

    assert await transfers() == 1
    assert await fetch_value("SELECT count(*) FROM transfer_batch") == 1


async def test_an_agents_entries_are_numbered_and_say_what_the_account_held() -> None:
    agent_id = uuid4()
    for amount in (100, 50):
        await credited(agent_id, amount)
    await reserve(agent_id, 120)

    entries = await fetch(
        """SELECT credit_seq AS seq, credit_after_minor AS held FROM transfer WHERE credit_account_id = $1
           UNION ALL SELECT debit_seq, debit_after_minor FROM transfer WHERE debit_account_id = $1 ORDER BY seq""",
        accounts.available(agent_id, "BON").id,
    )

    assert [tuple(entry) for entry in entries] == [(1, 100), (2, 150), (3, 30)]


async def test_the_houses_accounts_carry_no_balance_that_everybody_would_wait_for() -> None:
    await fund(UUID(int=1), 1_000)
    await credited(uuid4(), 100)

    assert (
        await fetch("SELECT kind FROM account WHERE kind NOT LIKE 'agent%' AND (balance_minor, entries) <> (0, 0)")
        == []
    )
    assert await fetch_value("SELECT count(*) FROM transfer WHERE kind = 'fund' AND credit_seq IS NOT NULL") == 0


async def test_nobody_can_be_overdrawn_by_a_transfer() -> None:
    agent_id = uuid4()
    await credited(agent_id, 100)
    free, aside = accounts.available(agent_id, "BON"), accounts.reserved(agent_id, "BON")

    with pytest.raises(Overdrawn):
        await posted(funding(kind="reserve", debit=free, credit=aside, amount_minor=101))

    assert await purse(agent_id) == (0, 100, 0, 0)


async def test_locking_tells_balances_and_opens_what_is_missing() -> None:
    agent_id = uuid4()
    await credited(agent_id, 100)
    places = [accounts.available(agent_id, "BON"), accounts.debt(agent_id, "BON"), CAMPAIGN]

    async with transaction():
        balances = await lock(places)

    assert balances == {places[0].id: 100, places[1].id: 0}


async def test_accounts_of_a_transaction_that_failed_are_opened_again_by_the_next() -> None:
    for _ in range(2):
        async with rolled_back():
            for _ in range(2):
                await post([funding()])

    await posted(funding())

    assert await transfers() == 1


async def test_thirty_who_open_the_same_accounts_at_once_open_them_once() -> None:
    await asyncio.gather(*(posted(funding(), funding()) for _ in range(30)))

    assert await fetch_value("SELECT count(*) FROM account") == 2
    assert await transfers() == 60


async def test_a_reversal_names_its_original_at_most_once() -> None:
    accrual_id = await credited(uuid4(), 100)
    await claw_back(accrual_id, 100)
    original = await fetch_row("SELECT reverses_id, debit_account_id FROM transfer WHERE reverses_id IS NOT NULL")
    assert original is not None

    with pytest.raises(asyncpg.UniqueViolationError):
        await posted(
            funding(kind="twice", debit=ISSUED, credit=CAMPAIGN, reverses_id=original["reverses_id"]),
        )


@pytest.mark.parametrize(
    "change",
    [
        {"amount_minor": 99},
        {"credit": accounts.campaign(UUID(int=2), "BON")},
        {"reverses_id": uuid4()},
    ],
    ids=["half of it", "to somebody else", "of nothing"],
)
async def test_a_reversal_that_does_not_undo_its_original_is_refused(change: dict[str, Any]) -> None:
    await credited(uuid4(), 100)
    original = await fetch_value("SELECT id FROM transfer WHERE kind = 'credit'")

    with pytest.raises(asyncpg.CheckViolationError):
        await posted(funding(**({"kind": "undo", "reverses_id": original} | change)))


@pytest.mark.parametrize("amount_minor", [1, 2**53 - 1, 2**53 + 1, 2**62 + 1, 2**63 - 1])
async def test_amounts_are_exact_to_the_last_unit(amount_minor: int) -> None:
    agent_id = uuid4()

    await credited(agent_id, amount_minor)
    available = await purse(agent_id)
    spend = await reserve(agent_id, amount_minor)

    assert available == (0, amount_minor, 0, 0)
    assert spend.amount_minor == amount_minor
    assert await purse(agent_id) == (0, 0, amount_minor, 0)


async def test_a_wallet_that_would_overflow_refuses_and_stays_what_it_was() -> None:
    agent_id = uuid4()
    await credited(agent_id, 2**63 - 1)

    with pytest.raises(Unencodable):
        await credited(agent_id, 1)

    assert await purse(agent_id) == (0, 2**63 - 1, 0, 0)


async def test_hundreds_are_credited_in_as_many_statements_as_one() -> None:
    asked: list[list[str]] = []
    # The first round is not looked at: a connection asks the server about types when it meets them first.
    for size in (1, 1, 300):
        async with transaction() as now:
            batch = [a_credit(uuid4(), at=now) for _ in range(size)]
            with statements() as seen:
                await credits.credit(batch, now=now)
            asked.append(seen)

    assert asked[1] == asked[2]


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is asked of the database within this transaction."""
    seen: list[str] = []
    current: Any = engine.current_transaction.get()
    connection = current.connection

    def note(record: Any) -> None:
        seen.append(record.query)

    with connection.query_logger(note):
        yield seen

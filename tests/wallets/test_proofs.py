"""Each promise of the ledger is broken by hand in one row, and its proof names that row."""

from uuid import UUID, uuid4

import asyncpg
import pytest

from core.db import execute
from core.settings import Settings
from tests.wallets.edits import ANNA, BORIS, EDITS
from tests.wallets.purses import (
    claw_back,
    credited,
    expire_due,
    expired,
    failed_proofs,
    fund,
    release_due,
    reserve,
    wait_over,
    wrong,
)
from wallets import chain, spends
from wallets.proofs import PROOFS


async def busy_books() -> None:
    """Two wallets in which everything that can happen has happened."""
    await fund(UUID(int=1), 10_000)
    first = await credited(ANNA, 101)
    await credited(ANNA, 300, wait_seconds=60)
    for step in ([], ["capture"], ["release"], ["capture", "refund"]):
        spend = await reserve(ANNA, 20)
        for verb in step:
            await getattr(spends, verb)(spend.id, by="test")
    await chain.seal(limit=4)
    await claw_back(first, 101)
    await claw_back(await credited(ANNA, 102, wait_seconds=60), 2)
    await credited(ANNA, 110)
    old, waiting = await credited(BORIS, 200, expires_after_days=1), await credited(BORIS, 210, wait_seconds=60)
    await credited(BORIS, 220)
    await expired(old)
    await expire_due()
    await claw_back(old, 50)
    await wait_over(waiting)
    await release_due()


async def as_superuser(settings: Settings, statement: str) -> str:
    """Run a statement that no rule of the database judges; returns what it returns."""
    connection = await asyncpg.connect(settings.database_owner_url)
    try:
        await connection.execute("SET session_replication_role = replica")
        return str(await connection.fetchval(statement))
    finally:
        await connection.close()


async def test_every_proof_holds_over_books_in_which_everything_happened(database: None) -> None:
    await busy_books()

    assert await wrong() == []


def test_every_proof_is_broken_by_an_edit() -> None:
    assert EDITS.keys() == {proof.name for proof in PROOFS}


@pytest.mark.parametrize(
    ("proof", "edit"),
    [
        pytest.param(proof, edit, id=f"{proof}, {turn}")
        for proof, edits in EDITS.items()
        for turn, edit in enumerate(edits, start=1)
    ],
)
async def test_a_row_edited_by_hand_fails_its_proof_and_is_named(
    database: None, proof: str, edit: str, settings: Settings
) -> None:
    await busy_books()

    row = await as_superuser(settings, edit)

    assert f"{proof}: {row}" in await failed_proofs()


async def test_an_empty_ledger_has_nothing_wrong(database: None) -> None:
    assert await wrong() == []


async def test_the_views_show_what_was_edited_too(database: None, settings: Settings) -> None:
    agent_id = uuid4()
    await credited(agent_id, 100)
    await as_superuser(settings, "UPDATE transfer SET amount_minor = 99 WHERE kind = 'release' RETURNING id")

    broken = await wrong()

    assert f"a balance is the sum of its postings: agent:{agent_id}:BON" not in broken
    await execute("UPDATE account SET balance_minor = 99 WHERE kind = 'agent_available'")
    assert f"a balance is the sum of its postings: agent:{agent_id}:BON" in await wrong()

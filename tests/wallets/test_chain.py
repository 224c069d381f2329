import asyncio
from uuid import uuid4

import pytest

from core.db import fetch, fetch_value, transaction
from tests.core.rollbacks import rolled_back
from tests.wallets.purses import a_credit, credited
from wallets import chain
from wallets.chain import GENESIS, Head, link
from wallets.credits import credit

pytestmark = pytest.mark.usefixtures("books")


async def links() -> list[tuple[int, bytes]]:
    return [(row["seq"], row["hash"]) for row in await fetch("SELECT seq, hash FROM chain_link ORDER BY seq")]


async def test_every_batch_of_transfers_gets_its_place_in_the_chain() -> None:
    for _ in range(3):
        await credited(uuid4(), wait_seconds=60)

    sealed = await chain.seal()

    batches = await fetch("SELECT id, digest FROM transfer_batch ORDER BY created_at, id")
    current, expected = GENESIS, []
    for seq, batch in enumerate(batches, start=1):
        current = link(current, batch["id"].bytes, batch["digest"])
        expected.append((seq, current))
    assert sealed == 3
    assert await links() == expected
    assert await chain.head() == Head(3, current.hex())


async def test_the_chain_goes_on_where_it_ended() -> None:
    assert await chain.head() == Head(0, GENESIS.hex())
    heads = []
    for _ in range(3):
        await credited(uuid4())
        await chain.seal()
        heads.append(await chain.head())

    assert [head.seq for head in heads] == [2, 4, 6]
    assert len({head.hash for head in heads}) == 3
    assert await chain.seal() == 0
    assert await chain.head() == heads[-1]


async def test_several_sealers_at_once_seal_each_batch_once() -> None:
    for _ in range(20):
        await credited(uuid4(), wait_seconds=60)

    sealed = await asyncio.gather(*(chain.seal() for _ in range(10)))

    assert sum(sealed) == 20
    assert [seq for seq, _ in await links()] == list(range(1, 21))


async def test_sealers_and_writers_never_wait_for_each_other() -> None:
    async def write() -> None:
        for _ in range(10):
            await credited(uuid4(), wait_seconds=60)

    async def seal() -> int:
        sealed = 0
        for _ in range(15):
            sealed += await chain.seal(limit=3)
        return sealed

    done = await asyncio.gather(*(write() for _ in range(4)), seal(), seal())

    left = await fetch_value("SELECT count(*) FROM unsealed_batch")
    assert sum(one or 0 for one in done) + left == 40
    assert await chain.seal() == left


async def test_a_batch_of_a_transaction_under_way_is_sealed_by_the_next_sealer() -> None:
    async with transaction() as now:
        await credit([a_credit(uuid4(), at=now, wait_seconds=60)], now=now)
        meanwhile = await asyncio.create_task(seal_elsewhere())

    assert meanwhile == 0
    assert await chain.seal() == 1


async def seal_elsewhere() -> int:
    """Seal outside the transaction that this task inherited."""
    from core.db import engine

    engine.current_transaction.set(None)
    return await chain.seal()


async def test_a_batch_that_never_was_has_no_place_in_the_chain() -> None:
    async with rolled_back() as now:
        await credit([a_credit(uuid4(), at=now)], now=now)

    assert await chain.seal() == 0

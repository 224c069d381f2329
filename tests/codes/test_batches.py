import asyncio
from uuid import UUID, uuid4

import pytest

from codes import batches
from codes.batches import BatchWithoutKey, SeriesFull, UnknownProduct, find, order, seal
from codes.packaging_code import SERIES_CAPACITY
from codes.profanity import is_profane
from core.db import execute, fetch, fetch_value
from core.refusals import NotFound
from tests.packs import ignore
from tests.programs.stored import BY, a_product, a_program


@pytest.fixture
async def product_id(proven: None) -> UUID:
    return await a_product(await a_program())


async def ordered(product_id: UUID, count: int = 20) -> batches.CodeBatch:
    program_id = await fetch_value("SELECT program_id FROM product WHERE id = $1", product_id)
    return await order(program_id, product_id=product_id, count=count, by=BY, by_job=False)


async def test_an_ordered_batch_waits_for_a_job_to_seal_it(product_id: UUID) -> None:
    program_id = await fetch_value("SELECT program_id FROM product")

    batch = await order(program_id, product_id=product_id, count=20, by=BY)

    job = await fetch("SELECT id, name, state FROM job")
    assert (batch.state, batch.size, batch.ranges) == ("draft", None, [])
    assert [tuple(row) for row in job] == [(batch.job_id, batches.SEAL_JOB, "queued")]


async def test_thirty_orders_at_once_get_thirty_numbers_and_one_series(product_id: UUID) -> None:
    made = await asyncio.gather(*(ordered(product_id) for _ in range(30)))

    room = batches._with_margin(20)
    assert sorted(batch.number for batch in made) == list(range(1, 31))
    assert [tuple(row) for row in await fetch("SELECT number, issued FROM code_series")] == [(0, 30 * room)]


async def test_a_product_of_another_program_has_no_codes_here(product_id: UUID) -> None:
    stranger = await a_program()

    with pytest.raises(UnknownProduct):
        await order(stranger, product_id=product_id, count=20, by=BY)

    assert await fetch("SELECT FROM code_batch") == []


async def test_each_program_has_a_series_of_its_own(product_id: UUID) -> None:
    await ordered(product_id)
    await ordered(await a_product(await a_program()))

    series = await fetch("SELECT number, program_id FROM code_series ORDER BY number")
    assert [row["number"] for row in series] == [0, 1]
    assert series[0]["program_id"] != series[1]["program_id"]


@pytest.mark.parametrize(
    "change",
    [f"issued = {SERIES_CAPACITY} - 20", "created_at = now() - interval '366 days'"],
    ids=["full", "old"],
)
async def test_a_new_series_follows_one_that_is(product_id: UUID, change: str) -> None:
    await ordered(product_id)
    await execute(f"UPDATE code_series SET {change}")

    await ordered(product_id)

    assert await fetch_value("SELECT array_agg(series ORDER BY number) FROM code_batch") == [0, 1]


async def test_after_the_last_series_no_batch_can_be_ordered(product_id: UUID) -> None:
    await execute(
        """INSERT INTO code_series (number, program_id, wrapped_secret)
           SELECT n, $1, ''::bytea FROM generate_series(0, 31) n""",
        uuid4(),
    )

    with pytest.raises(SeriesFull) as refused:
        await ordered(product_id)

    room = batches._with_margin(20)
    assert refused.value.facts == {
        "wanted": room,
        "wanted_bits": 10.0,
        "room": 0,
        "capacity_bits": 34,
        "guess_bits": 36,
    }

    await execute("DELETE FROM code_series")


async def test_a_sealed_batch_has_exactly_as_many_codes_as_were_ordered(product_id: UUID) -> None:
    batch = await ordered(product_id, 5_000)
    made: list[bytes] = []
    percents: list[int] = []

    async def progress(percent: int) -> None:
        percents.append(percent)

    size = await seal(batch.id, progress=progress, take=made.append)

    codes = b"".join(made).decode().split()
    sealed = await find(batch.id)
    assert (len(codes), len(set(codes))) == (5_000, 5_000)
    assert not any(map(is_profane, codes))
    assert (sealed.state, sealed.size, [(one.first, one.stop, one.state) for one in sealed.ranges]) == (
        "sealed",
        size,
        [(0, size, "sealed")],
    )
    assert size > 5_000
    assert percents == sorted(percents)
    assert percents[-1] == 100


async def test_sealing_again_changes_nothing(product_id: UUID) -> None:
    batch = await ordered(product_id)
    first = await seal(batch.id, progress=ignore)
    before = await find(batch.id)

    assert await seal(batch.id, progress=ignore) == first

    assert await find(batch.id) == before


async def test_thirty_who_seal_a_batch_at_once_seal_it_once(product_id: UUID) -> None:
    batch = await ordered(product_id)

    sizes = await asyncio.gather(*(seal(batch.id, progress=ignore) for _ in range(30)))

    assert len(set(sizes)) == 1
    assert await fetch_value("SELECT count(*) FROM code_range") == 1


async def test_a_seal_whose_last_step_fails_has_not_happened(product_id: UUID) -> None:
    batch = await ordered(product_id)

    async def refuse(_result: object) -> None:
        raise RuntimeError("the lease is lost")

    with pytest.raises(RuntimeError, match="lease"):
        await seal(batch.id, progress=ignore, finish=refuse)

    assert (await find(batch.id)).state == "draft"


async def test_a_batch_without_its_key_cannot_be_sealed(product_id: UUID) -> None:
    batch = await ordered(product_id)
    await execute("UPDATE code_batch SET wrapped_secret = NULL")

    with pytest.raises(BatchWithoutKey):
        await seal(batch.id, progress=ignore)


async def test_another_program_finds_no_batch_of_ours(product_id: UUID) -> None:
    batch = await ordered(product_id)

    assert (await find(batch.id, program_id=batch.program_id)).id == batch.id
    with pytest.raises(NotFound):
        await find(batch.id, program_id=uuid4())


async def test_no_key_stands_in_the_database_in_the_clear(product_id: UUID) -> None:
    batch = await ordered(product_id)

    _, key = await batches.with_key(batch.id)

    stored = await fetch("SELECT wrapped_secret FROM code_batch UNION ALL SELECT wrapped_secret FROM code_series")
    assert len(stored) == 2
    assert all(secret not in row[0] for row in stored for secret in (key.secret, key.series_key.secret))

"""Every index is in the state that it was put into last, and rows that no change touches are not touched."""

import random
from datetime import timedelta

import asyncpg
import pytest

from codes.batches import find
from codes.ranges import Run, Stretch, stretches
from codes.transitions import FROM, RangeState, lift, paint_all
from core.db import execute, fetch, fetch_value, transaction
from core.settings import Settings
from tests.packs import Sale, a_sale, painted
from tests.programs.stored import BY

STATES = sorted(FROM)


@pytest.fixture
async def sale(proven: None) -> Sale:
    """Codes that are made and nothing else."""
    return await a_sale(100, on_sale=False)


async def states(sale: Sale) -> list[tuple[int, int, str]]:
    return [(one.first, one.stop, one.state) for one in await stretches(sale.batch.number)]


async def lifted(sale: Sale, *runs: Run) -> list[Stretch]:
    async with transaction() as now:
        return await lift(await find(sale.batch.id), runs, reason="", by=BY, now=now)


async def test_every_index_is_in_the_state_that_it_was_put_into_last(sale: Sale) -> None:
    chance, size = random.Random(1), sale.batch.size
    expected = ["sealed"] * size
    for _ in range(40):
        state = chance.choice(["exported", "printed", "in_transit", "active"])
        some = [Run(first, min(size, first + chance.randint(1, 30))) for first in chance.sample(range(size), 3)]
        async with transaction() as now:
            batch = await find(sale.batch.id)
            await paint_all(batch, some, state=state, reason="", by=BY, now=now, among=FROM["active"])
        for run in some:
            expected[run.first : run.stop] = [state] * (run.stop - run.first)

    found = await stretches(sale.batch.number)
    assert [one.state for one in found for _ in range(one.first, one.stop)] == expected
    assert [one.first for one in found] == [0, *(one.stop for one in found[:-1])]


async def test_only_what_has_changed_is_returned_and_the_rest_keeps_its_rows(sale: Sale) -> None:
    await painted(sale.batch.id, "printed", 20, 40)
    rows = "SELECT ctid::text, id, first FROM code_range WHERE first < 60 OR first >= 70 ORDER BY first"
    await painted(sale.batch.id, "active", 60, 70)
    before = await fetch(rows)

    changed = await painted(sale.batch.id, "suspended", 60, 70)

    assert [(one.first, one.stop, one.state) for one in changed] == [(60, 70, "suspended")]
    assert await fetch(rows) == before


async def test_neighbours_that_become_alike_are_one_range_again(sale: Sale) -> None:
    for first in range(0, 60, 10):
        await painted(sale.batch.id, "printed", first, first + 5)

    await painted(sale.batch.id, "active")

    assert await states(sale) == [(0, sale.batch.size, "active")]


async def test_what_is_in_the_state_already_keeps_its_time(sale: Sale) -> None:
    [early] = await painted(sale.batch.id, "active", 0, 10)

    await painted(sale.batch.id, "active")

    assert (await stretches(sale.batch.number))[0] == early


async def test_the_day_of_shipping_and_the_first_day_on_sale_are_not_forgotten(sale: Sale) -> None:
    shipped_at = (await fetch_value("SELECT now()")) - timedelta(days=3)
    await painted(sale.batch.id, "in_transit", shipped_at=shipped_at)
    [on_sale] = await painted(sale.batch.id, "active")

    [closing] = await painted(sale.batch.id, "closing")

    assert on_sale.shipped_at == closing.shipped_at == shipped_at
    assert closing.on_sale_at == on_sale.on_sale_at == on_sale.since
    assert closing.since > on_sale.since


async def test_lifting_a_suspension_makes_each_part_what_it_was(sale: Sale) -> None:
    await painted(sale.batch.id, "printed", 10, 20)
    await painted(sale.batch.id, "active", 20, 30)
    before = await states(sale)
    await painted(sale.batch.id, "suspended", 5, 25)
    await painted(sale.batch.id, "suspended", 0, 30)

    await lifted(sale, Run(0, 30))

    assert [one.state for one in await stretches(sale.batch.number) for _ in range(one.first, one.stop)] == [
        state for first, stop, state in before for _ in range(first, stop)
    ]


async def test_only_what_is_suspended_can_be_lifted(sale: Sale) -> None:
    with pytest.raises(RangeState) as refused:
        await lifted(sale, Run(0, 30))

    assert refused.value.facts == {"states": ["sealed"]}


@pytest.mark.parametrize("state", STATES)
async def test_a_state_follows_those_that_it_may_and_no_other(sale: Sale, state: str) -> None:
    may, may_not = set(), set()
    for place, before in enumerate(STATES):
        await execute(
            "UPDATE code_range SET state = $1::varchar, suspended_from = CASE WHEN $1 = 'suspended' THEN 'active' END",
            before,
        )
        try:
            await painted(sale.batch.id, state, place, place + 1)
            may.add(before)
        except RangeState as refused:
            assert refused.facts == {"states": [before]}  # noqa: PT017 - each of the states is tried.
            may_not.add(before)

    assert may == FROM[state]
    assert may_not == set(STATES) - FROM[state]


async def test_without_a_word_about_which_one_wrong_part_refuses_all(sale: Sale) -> None:
    await painted(sale.batch.id, "recalled", 50, 60)

    with pytest.raises(RangeState):
        await painted(sale.batch.id, "active")

    await painted(sale.batch.id, "active", among={"sealed"})
    assert [state for _, _, state in await states(sale)] == ["active", "recalled", "active"]


@pytest.mark.parametrize("known", ["nothing", "one row", "all"])
async def test_a_change_among_many_ranges_reads_the_few_that_it_changes_whatever_the_statistics_know(
    sale: Sale, settings: Settings, known: str
) -> None:
    await execute("DELETE FROM code_range")
    await execute("UPDATE code_batch SET size = 400000")
    await looked_through(settings, when=known == "one row", with_rows=await filled(sale))
    await execute("DELETE FROM code_range")
    await looked_through(settings, when=known == "nothing")
    await filled(sale)
    await looked_through(settings, when=known == "all")

    async with transaction() as now:
        batch = await find(sale.batch.id)
        before = await rows_read()
        for first in range(200_005, 201_005, 20):
            await paint_all(batch, [Run(first, first + 20)], state="active", reason="", by=BY, now=now)
        read = await rows_read() - before

    assert 50 <= read < 50 * 100
    assert await fetch_value("SELECT sum(stop - first) FROM code_range WHERE state = 'active'") == 1_000


async def filled(sale: Sale) -> int:
    """Many ranges for a batch that has none; returns how many."""
    await execute(
        """INSERT INTO code_range (batch_number, first, stop, state, since)
           SELECT $1, n * 20, n * 20 + 20, 'printed', now() + n * interval '1 s' FROM generate_series(0, 19999) n""",
        sale.batch.number,
    )
    return 20_000


async def looked_through(settings: Settings, *, when: bool, with_rows: int = 0) -> None:
    """What the server does now and then by itself: it counts the rows of a table and leaves its pages as they are."""
    if not when:
        return
    owner = await asyncpg.connect(settings.database_owner_url)
    if with_rows:
        await owner.execute("DELETE FROM code_range WHERE first > 0")
    await owner.execute("VACUUM (TRUNCATE false, ANALYZE) code_range")
    await owner.close()


async def rows_read() -> int:
    """How many ranges the transaction has read so far."""
    found: int = await fetch_value(
        "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'code_range'"
    )
    return found

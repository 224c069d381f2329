"""Cartons hold so many packs, not indexes; no code is in two of them; one scan of any pack finds its own."""

import asyncio
from typing import Any

import pytest

from codes import carton_files, cartons
from codes.batches import with_key
from codes.cartons import CompanyPrefixNeeded, MadeRuns, RunsOverlap, TooManyRuns, UnknownUnit
from codes.lines import lines
from codes.packaging_code import Role
from codes.ranges import Run
from codes.sscc import checks, numbered
from core.db import fetch, fetch_value
from programs.sheets import SheetRefused
from tests.packs import Sale, a_sale
from tests.printing import an_exported_order, report
from tests.programs.stored import BY

PREFIX = "4601234"


@pytest.fixture
async def sale(proven: None) -> Sale:
    """A batch large enough that some of its indexes carry no code."""
    return await a_sale(2_000, on_sale=False)


async def packed(sale: Sale, **details: Any) -> MadeRuns:
    plain: dict[str, Any] = {
        "first": 0, "stop": None, "per_carton": 20, "per_pallet": None, "company_prefix": PREFIX, "twins": False
    }  # fmt: skip
    return await cartons.make(sale.batch.id, by=BY, **(plain | details))


async def sheet(sale: Sale, *rows: str) -> MadeRuns:
    return await carton_files.import_runs(sale.batch.id, "\n".join(rows).encode(), by=BY)


async def test_a_carton_holds_so_many_packs_whatever_indexes_carry_no_code(sale: Sale) -> None:
    made = await packed(sale)

    page = await cartons.page(sale.batch.number, limit=200)
    packs = await with_codes(sale, Role.INNER)
    assert (made.cartons, made.pallets) == (100, 0)
    assert [sum(packs[one.first : one.stop]) for one in page] == [20] * 100
    assert sale.batch.size > 2_000
    assert [one.first for one in page] == [0, *(one.stop for one in page[:-1])]
    assert page[-1].stop == sale.batch.size


async def test_a_pack_with_both_codes_is_counted_only_if_it_has_both(sale: Sale) -> None:
    await packed(sale, twins=True)

    page = await cartons.page(sale.batch.number, limit=200)
    inner, outer = await with_codes(sale, Role.INNER), await with_codes(sale, Role.OUTER)
    packs = [both == (True, True) for both in zip(inner, outer, strict=True)]
    assert sum(packs) < sum(inner)
    assert [sum(packs[one.first : one.stop]) for one in page[:-1]] == [20] * (len(page) - 1)


async def test_spoiled_paper_is_in_no_pack(sale: Sale) -> None:
    await report(await an_exported_order(sale.batch), spoiled=[(10, 15), (100, 300)])

    await packed(sale)

    packs = await with_codes(sale, Role.INNER)
    packs[10:15], packs[100:300] = [False] * 5, [False] * 200
    page = await cartons.page(sale.batch.number, limit=200)
    assert {sum(packs[one.first : one.stop]) for one in page[:-1]} == {20}
    assert sum(packs) == sum(sum(packs[one.first : one.stop]) for one in page)


async def with_codes(sale: Sale, role: Role) -> list[bool]:
    """Of each index, whether it carries a code of this role."""
    _, key = await with_key(sale.batch.id)
    chunks = lines(key, role=role, start=0, stop=sale.batch.size, placeholders=True)
    return [line != b"-" * 16 for chunk in chunks for line in chunk.split()]


async def test_every_carton_and_pallet_has_a_number_of_its_own_and_stands_on_its_pallet(sale: Sale) -> None:
    made = await packed(sale, per_pallet=40)

    rows = await fetch("SELECT sscc, kind, first, stop, parent_id FROM code_run ORDER BY sscc")
    assert (made.cartons, made.pallets) == (100, 3)
    assert [row["sscc"] for row in rows] == sorted({numbered(PREFIX, serial) for serial in range(103)})
    assert all(checks(row["sscc"]) for row in rows)
    assert sorted(row["kind"] for row in rows) == ["carton"] * 100 + ["pallet"] * 3
    assert sum(row["parent_id"] is None for row in rows) == 3


async def test_numbers_go_on_where_they_ended_also_for_thirty_at_once(sale: Sale) -> None:
    runs = [(first, first + 50) for first in range(0, 1_500, 50)]

    made = await asyncio.gather(*(packed(sale, first=first, stop=stop) for first, stop in runs))

    numbers = {number for one in made for number in (one.first_sscc, one.last_sscc)}
    assert await fetch_value("SELECT count(DISTINCT sscc) FROM code_run") == sum(one.cartons for one in made)
    assert numbered(PREFIX, 0) in numbers


async def test_no_code_is_in_two_cartons(sale: Sale) -> None:
    await packed(sale, stop=500)

    with pytest.raises(RunsOverlap):
        await packed(sale, first=490)

    await packed(sale, first=500)


async def test_the_prefix_is_said_once(sale: Sale) -> None:
    with pytest.raises(CompanyPrefixNeeded):
        await packed(sale, company_prefix=None)

    await packed(sale, stop=100)
    made = await packed(sale, first=100, company_prefix=None)

    assert made.cartons > 90


async def test_a_prefix_that_is_used_up_makes_no_more_numbers(sale: Sale) -> None:
    await packed(sale, stop=100)
    await fetch("UPDATE company_prefix SET issued = 10000000000 - 3")

    with pytest.raises(TooManyRuns):
        await packed(sale, first=100)


async def test_a_packing_lines_file_names_cartons_and_what_they_stand_on(sale: Sale) -> None:
    one, two, pallet = (numbered(PREFIX, serial) for serial in range(3))

    made = await sheet(sale, "sscc,first,stop,parent", f"{one},0,20,{pallet}", f"{two},20,40,", f"{two},,,{pallet}"[:0])
    await sheet(sale, "sscc,parent", f"{two},{pallet}")

    assert (made.cartons, made.pallets) == (2, 1)
    assert await cartons.contents([pallet], program_id=sale.program_id) == {
        sale.batch.number: [Run(0, 20), Run(20, 40)]
    }


async def test_a_pack_finds_its_carton_and_its_pallet(sale: Sale) -> None:
    one, pallet = numbered(PREFIX, 0), numbered(PREFIX, 1)
    await sheet(sale, "sscc,first,stop,parent", f"{one},10,20,{pallet}")

    found = [[unit.sscc for unit in await cartons.holding(sale.batch.number, index)] for index in (9, 10, 19, 20)]

    assert found == [[], [one, pallet], [one, pallet], []]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (["sscc,first,stop", "046012340000000009,0,20"], "not an SSCC"),
        (["sscc,first,stop", "046012340000000000,20,20"], "stop is behind first"),
        (["sscc,first", "046012340000000000,20"], "stop is behind first"),
        (["sscc,first,stop", "046012340000000000,,"], "neither first and stop"),
        (["sscc,parent", "046012340000000000,046012340000000000"], "stand on itself"),
    ],
)
async def test_a_file_with_a_wrong_row_is_refused_whole_and_says_why(sale: Sale, rows: list[str], problem: str) -> None:
    with pytest.raises(SheetRefused) as refused:
        await sheet(sale, *rows)

    assert problem in str(refused.value.facts["problems"])
    assert await fetch("SELECT FROM code_run") == []


async def test_another_program_finds_no_unit_of_ours(sale: Sale) -> None:
    await packed(sale, stop=100)
    stranger = await a_sale(1)

    with pytest.raises(UnknownUnit):
        await cartons.contents([numbered(PREFIX, 0)], program_id=stranger.program_id)

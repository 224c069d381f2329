import asyncio
from collections.abc import Awaitable, Sequence
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes import activation, selections
from codes.activation import Change
from codes.keyring import Keyring
from codes.print_orders import PrintOrder, PrintOrderState, find
from codes.ranges import Run, joined
from codes.reconciliation import (
    AlreadySpoiled,
    BeyondOrder,
    ReportedRun,
    ReportOverlap,
    common,
    read_report,
    reconcile,
    without,
)
from codes.selections import Selected
from codes.transitions import RangeState
from core.db import execute, fetch_value
from programs.sheets import SheetRefused
from tests.packs import Batch, an_agent, said, scan
from tests.printing import a_sealed_batch, an_exported_order, an_order, audited, report, states_of
from tests.programs.stored import BY


@pytest.fixture
async def batch(proven: None) -> Batch:
    return await a_sealed_batch(500)


@pytest.fixture
async def order(batch: Batch) -> PrintOrder:
    """An order of 100 indexes whose codes have left."""
    return await an_exported_order(batch, first=100, stop=200)


async def test_what_was_printed_goes_on_and_what_was_spoiled_is_voided(batch: Batch, order: PrintOrder) -> None:
    told = await report(order, printed=[(100, 150)], spoiled=[(150, 160)])

    assert (told.state, told.printed, told.spoiled, told.unaccounted) == ("exported", 50, 10, 40)
    assert await states_of(batch) == [
        (0, 100, "sealed"),
        (100, 150, "printed"),
        (150, 160, "voided"),
        (160, 200, "exported"),
        (200, batch.size, "sealed"),
    ]
    assert await fetch_value("SELECT reason FROM code_range WHERE state = 'voided'") == "spoiled"
    assert await audited("print_order.reconcile") == [BY]


async def test_an_order_is_printed_once_all_of_it_is_accounted_for(order: PrintOrder) -> None:
    await report(order, printed=[(100, 190)])

    told = await report(order, spoiled=[(190, 200)])

    assert (told.state, told.unaccounted) == ("printed", 0)
    assert told.closed_at is not None


async def test_a_spoiled_code_never_pays_and_its_neighbour_does(batch: Batch, order: PrintOrder) -> None:
    await report(order, printed=[(100, 150)], spoiled=[(150, 200)])
    await activation.change_range(batch.id, first=100, stop=150, state="active", reason="", by=BY)
    agent_id, ring = await an_agent(), Keyring()

    answers = [said(await scan(agent_id, batch.code(index), keyring=ring)) for index in (149, 150)]

    assert answers[0] == "new accepted"
    assert answers[1] not in {"new accepted", "new held"}


async def test_the_same_report_again_changes_nothing(batch: Batch, order: PrintOrder) -> None:
    first = await report(order, printed=[(100, 150)], spoiled=[(150, 160)])
    before = await states_of(batch)

    again = await report(order, printed=[(120, 150)], spoiled=[(150, 155)])

    assert again == first
    assert await states_of(batch) == before
    assert await audited("print_order.reconcile") == [BY]


async def test_thirty_who_report_at_once_are_added_up(order: PrintOrder) -> None:
    runs = [(100 + 3 * n, 103 + 3 * n) for n in range(30)]

    await asyncio.gather(*(report(order, printed=[run]) for run in runs))

    told = await find(order.id)
    assert (told.printed, told.unaccounted) == (90, 10)
    assert await fetch_value("SELECT count(*) FROM printed_run") == 1


async def test_what_was_reported_as_printed_may_turn_out_spoiled_and_that_is_told(
    batch: Batch, order: PrintOrder
) -> None:
    await report(order, printed=[(100, 200)])

    told = await report(order, spoiled=[(120, 130)], by="key:press")

    assert (told.state, told.printed, told.spoiled) == ("printed", 90, 10)
    assert (120, 130, "voided") in await states_of(batch)
    assert await audited("print_order.correct") == ["key:press"]


async def test_what_was_spoiled_stays_spoiled(batch: Batch, order: PrintOrder) -> None:
    await report(order, spoiled=[(100, 110)])

    with pytest.raises(AlreadySpoiled) as refused:
        await report(order, printed=[(105, 150)])

    assert refused.value.facts == {"runs": [Run(105, 110)]}
    assert (await find(order.id)).printed == 0


async def test_goods_that_were_put_on_sale_before_the_report_stay_on_sale(batch: Batch, order: PrintOrder) -> None:
    await activation.change_range(batch.id, first=100, stop=120, state="active", reason="", by=BY)

    await report(order, printed=[(100, 150)])

    assert [one for one in await states_of(batch) if one[2] in {"active", "printed"}] == [
        (100, 120, "active"),
        (120, 150, "printed"),
    ]


@pytest.mark.parametrize("run", [(99, 110), (190, 201), (150, 150), (160, 150), (0, 50)])
async def test_a_report_speaks_of_the_order_alone(order: PrintOrder, run: tuple[int, int]) -> None:
    with pytest.raises(BeyondOrder):
        await report(order, printed=[run])


@pytest.mark.parametrize(
    "runs",
    [
        [ReportedRun(100, 110, "printed"), ReportedRun(109, 120, "spoiled")],
        [ReportedRun(100, 110, "printed"), ReportedRun(100, 110, "printed")],
        [ReportedRun(100, 150, "spoiled"), ReportedRun(120, 121, "spoiled")],
    ],
)
async def test_a_report_says_everything_once(order: PrintOrder, runs: list[ReportedRun]) -> None:
    with pytest.raises(ReportOverlap):
        await reconcile(order.id, runs, by=BY)

    assert (await find(order.id)).unaccounted == 100


async def test_what_has_not_left_cannot_have_been_printed(batch: Batch) -> None:
    order = await an_order(batch, stop=10)

    with pytest.raises(PrintOrderState):
        await report(order, printed=[(0, 10)])


async def test_the_database_keeps_what_is_reported_apart_by_itself(order: PrintOrder) -> None:
    await report(order, printed=[(100, 110)], spoiled=[(110, 120)])

    with pytest.raises(Exception, match="printed_run_apart"):
        await execute("UPDATE printed_run SET first = 109 WHERE first = 110")


@pytest.mark.parametrize("state", ["active", "suspended", "recalled"])
async def test_spoiled_paper_stops_nothing_of_the_goods_around_it(
    batch: Batch, order: PrintOrder, state: Change
) -> None:
    await report(order, printed=[(100, 150)], spoiled=[(150, 160)])

    await activation.change_range(batch.id, first=0, stop=None, state=state, reason="", by=BY)

    found = await states_of(batch)
    assert {one[2] for one in found} == {state, "voided"}
    assert [one for one in found if one[2] == "voided"] == [(150, 160, "voided")]


async def test_goods_around_spoiled_paper_are_put_on_sale_as_often_as_somebody_says_so(
    batch: Batch, order: PrintOrder
) -> None:
    await report(order, printed=[(100, 150)], spoiled=[(150, 160)])

    told = [await activation.activate(partial(_all_of, batch), reason="", by=BY) for _ in range(2)]

    assert [one.activated for one in told] == [batch.size - 10, 0]


async def test_spoiled_paper_by_itself_is_never_put_on_sale(batch: Batch, order: PrintOrder) -> None:
    await report(order, spoiled=[(150, 160)])

    with pytest.raises(RangeState):
        await activation.change_range(batch.id, first=152, stop=155, state="active", reason="", by=BY)


def _all_of(batch: Batch) -> Awaitable[list[Selected]]:
    return selections.by_range(batch.id, first=0, stop=None, program_id=None)


# The sheet.


def test_a_sheet_is_read_as_a_report() -> None:
    content = "\ufefffirst;stop;outcome\n0;99;printed\n\n99;100;spoiled\n".encode()

    assert read_report(content) == [ReportedRun(0, 99, "printed"), ReportedRun(99, 100, "spoiled")]


@pytest.mark.parametrize("row", ["-1,5,printed", "0,5,good", "0,,printed", "0,5 000,printed", "0,1e9,printed"])
def test_a_sheet_with_a_row_that_says_nothing_is_refused_by_its_row(row: str) -> None:
    with pytest.raises(SheetRefused) as refused:
        read_report(f"first,stop,outcome\n{row}\n".encode())

    assert [problem.row for problem in refused.value.facts["problems"]] == [2]


# Runs among each other.

RUNS = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), max_size=6)


def runs_of(pairs: Sequence[tuple[int, int]]) -> list[Run]:
    return joined(Run(first, first + length) for first, length in pairs)


def indexes(runs: Sequence[Run]) -> set[int]:
    return {index for run in runs for index in range(*run)}


@given(some=RUNS, others=RUNS)
def test_runs_are_cut_as_the_sets_of_their_indexes_are(
    some: list[tuple[int, int]], others: list[tuple[int, int]]
) -> None:
    one, other = runs_of(some), runs_of(others)

    assert indexes(common(one, other)) == indexes(one) & indexes(other)
    assert indexes(without(one, other)) == indexes(one) - indexes(other)
    assert without(one, other) == joined(without(one, other))

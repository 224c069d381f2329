import asyncio
from typing import Any
from uuid import uuid4

import pytest

from codes import activation, batches, downloads, recipients, unprinted
from codes.batches import BatchNotSealed, BatchWithoutKey
from codes.drawings.carriers import GtinMissing
from codes.layouts import Column
from codes.print_orders import (
    ColumnsWithoutCode,
    PrintOrderOverlap,
    PrintOrderState,
    find,
    listed,
)
from codes.printed_gtin import UnknownGtin
from codes.recipients import EncryptionMissing, RecipientWrong
from codes.transitions import BeyondBatch, RangeState
from core.db import execute, fetch_value
from core.refusals import DomainError, NotFound
from programs.products import NewProduct, put_product
from tests.packs import Batch, a_batch
from tests.printing import (
    PRINTER,
    a_sealed_batch,
    an_exported_order,
    an_order,
    audited,
    lines_of,
    report,
    states_of,
)
from tests.programs.stored import BY, a_product, a_program

GTINS = ["04601234567893", "04601234567909"]


@pytest.fixture
async def batch(proven: None) -> Batch:
    return await a_sealed_batch()


async def a_batch_of_a_product(*gtins: str) -> Batch:
    program_id = await a_program()
    new = NewProduct(sku="K", name_ru="К", name_en="B", gtins=frozenset(gtins))
    product, _ = await put_product(program_id, new, by=BY)
    return await a_batch(program_id, product.id, 20, on_sale=False)


async def test_an_order_is_open_and_nothing_of_it_has_left(batch: Batch) -> None:
    order = await an_order(batch, first=100, stop=200)

    assert (order.state, order.first, order.stop, order.printer) == ("open", 100, 200, PRINTER)
    assert (order.printed, order.spoiled, order.unaccounted) == (0, 0, 100)
    assert await states_of(batch) == [(0, batch.size, "sealed")]
    assert await audited("print_order.create") == [BY]


async def test_an_order_without_an_end_goes_to_the_end_of_the_batch(batch: Batch) -> None:
    order = await an_order(batch, first=100)

    assert order.stop == batch.size


async def test_the_file_of_an_order_holds_its_own_indexes_alone(batch: Batch) -> None:
    whole = await lines_of(await an_order(batch))
    await unprinted.cancel((await listed(batch.id))[0].id, reason="", by=BY)

    part = await lines_of(await an_order(batch, first=100, stop=200))

    assert part == whole[100:200]


@pytest.mark.parametrize("run", [(0, 101), (199, 300), (120, 130), (0, None), (100, 200)])
async def test_orders_that_live_have_no_index_in_common(batch: Batch, run: tuple[int, int | None]) -> None:
    order = await an_order(batch, first=100, stop=200)

    with pytest.raises(PrintOrderOverlap) as refused:
        await an_order(batch, first=run[0], stop=run[1])

    assert refused.value.facts == {"print_order_ids": [order.id]}


async def test_thirty_who_order_the_same_indexes_at_once_get_one_order(batch: Batch) -> None:
    made = await asyncio.gather(*(an_order(batch, first=n, stop=100 + n) for n in range(30)), return_exceptions=True)

    assert sum(isinstance(one, PrintOrderOverlap) for one in made) == 29
    assert len(await listed(batch.id)) == 1


async def test_the_database_keeps_orders_apart_by_itself(batch: Batch) -> None:
    await an_order(batch, first=0, stop=100)
    await an_order(batch, first=100, stop=200)

    with pytest.raises(Exception, match="print_order_apart"):
        await execute("UPDATE print_order SET first = 99 WHERE first = 100")


async def test_neighbours_and_the_indexes_of_a_canceled_order_are_free(batch: Batch) -> None:
    canceled = await an_order(batch, first=100, stop=200)
    await unprinted.cancel(canceled.id, reason="wrong printer", by=BY)

    orders = [await an_order(batch, first=first, stop=first + 100) for first in (0, 100, 200)]

    assert {order.state for order in orders} == {"open"}


async def test_what_is_on_sale_already_is_not_printed_again(batch: Batch) -> None:
    await activation.change_range(batch.id, first=0, stop=10, state="active", reason="", by=BY)

    with pytest.raises(RangeState):
        await an_order(batch, first=5, stop=50)


@pytest.mark.parametrize(
    ("details", "refusal"),
    [
        ({"first": 5, "stop": 5}, BeyondBatch),
        ({"stop": 10**6}, BeyondBatch),
        ({"columns": (Column.gtin,)}, ColumnsWithoutCode),
        ({"columns": (Column.inner_link,)}, GtinMissing),
        ({"gtin": GTINS[0]}, UnknownGtin),
        ({"recipient": "age1nobody"}, RecipientWrong),
    ],
    ids=str,
)
async def test_an_order_that_nobody_could_print_is_refused(
    batch: Batch, details: dict[str, Any], refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        await an_order(batch, **details)

    assert await listed(batch.id) == []


async def test_a_batch_that_is_not_sealed_or_whose_key_is_gone_is_not_printed(batch: Batch) -> None:
    found = await batches.find(batch.id)
    draft = await batches.order(found.program_id, product_id=found.product_id, count=5, by=BY, by_job=False)
    unsealed = Batch(draft.id, draft.number, 0, batch.key)

    with pytest.raises(BatchNotSealed):
        await an_order(unsealed)

    await execute("UPDATE code_batch SET wrapped_secret = NULL WHERE id = $1", batch.id)
    with pytest.raises(BatchWithoutKey):
        await an_order(batch)


async def test_without_the_extra_nobody_is_promised_an_encrypted_file(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipients, "pyrage", None)

    with pytest.raises(EncryptionMissing):
        await an_order(batch, recipient="age1q56akd6l5ux2524jtd0jzn4t8k34vu3dgv80u3xpsdecfu4zwegq7yxfpd")


async def test_the_only_gtin_of_a_product_is_printed_without_being_named(database: None) -> None:
    batch = await a_batch_of_a_product(GTINS[0])

    order = await an_order(batch, columns=(Column.inner_link,))

    assert order.gtin == GTINS[0]
    assert f"/01/{GTINS[0]}/21/" in (await lines_of(order))[0]


async def test_of_several_gtins_one_has_to_be_named_in_any_of_its_lengths(database: None) -> None:
    batch = await a_batch_of_a_product(*GTINS)

    with pytest.raises(UnknownGtin):
        await an_order(batch, columns=(Column.inner, Column.gtin))
    order = await an_order(batch, columns=(Column.inner, Column.gtin), gtin=GTINS[1].lstrip("0"))

    assert order.gtin == GTINS[1]


# The end of orders that nobody prints.


async def test_a_canceled_order_whose_codes_had_left_leaves_them_suspended(batch: Batch) -> None:
    order = await an_exported_order(batch, first=100, stop=200)

    canceled = await unprinted.cancel(order.id, reason="the press burnt down", by=BY)

    assert (canceled.state, canceled.reason) == ("canceled", "the press burnt down")
    assert await states_of(batch) == [(0, 100, "sealed"), (100, 200, "suspended"), (200, batch.size, "sealed")]
    with pytest.raises(RangeState):
        await an_order(batch, first=100, stop=200)


async def test_an_order_is_canceled_once_and_not_after_it_is_printed(batch: Batch) -> None:
    canceled, printed = await an_order(batch, stop=10), await an_exported_order(batch, first=10, stop=20)
    await unprinted.cancel(canceled.id, reason="", by=BY)
    await report(printed, printed=[(10, 20)])

    for order in (canceled, printed):
        with pytest.raises(PrintOrderState):
            await unprinted.cancel(order.id, reason="", by=BY)


async def test_what_is_not_printed_within_half_a_year_is_suspended_and_told(batch: Batch) -> None:
    late, young = await an_exported_order(batch, stop=100), await an_exported_order(batch, first=100, stop=200)
    untouched = await an_order(batch, first=200, stop=300)
    await report(late, printed=[(0, 30)])
    await execute("UPDATE print_order SET created_at = created_at - interval '200 days'")
    await execute("UPDATE print_order SET exported_at = now() - interval '185 days' WHERE id = $1", late.id)
    await execute("UPDATE print_order SET exported_at = now() - interval '179 days' WHERE id = $1", young.id)

    for _ in range(2):
        await unprinted.lapse_overdue()

    assert [(await find(one.id)).state for one in (late, young, untouched)] == ["lapsed", "exported", "open"]
    assert (await states_of(batch))[:3] == [(0, 30, "printed"), (30, 100, "suspended"), (100, 200, "exported")]
    assert await audited("print_order.lapsed") == [unprinted.WHO]
    suspended = await fetch_value("SELECT facts ->> 'suspended' FROM audit_entry WHERE action = 'print_order.lapsed'")
    assert suspended == "70"


async def test_goods_that_went_on_sale_unreported_stay_on_sale_when_their_order_lapses(batch: Batch) -> None:
    order = await an_exported_order(batch, stop=100)
    await activation.change_range(batch.id, first=0, stop=60, state="active", reason="", by=BY)
    await execute("UPDATE print_order SET exported_at = now() - interval '1 year'")

    await unprinted.lapse_overdue()

    assert (await find(order.id)).state == "lapsed"
    assert (await states_of(batch))[:2] == [(0, 60, "active"), (60, 100, "suspended")]


async def test_nobody_reads_or_reports_what_has_lapsed(batch: Batch) -> None:
    order = await an_exported_order(batch)
    await execute("UPDATE print_order SET exported_at = now() - interval '1 year'")
    await unprinted.lapse_overdue()

    with pytest.raises(PrintOrderState):
        await report(order, printed=[(0, 10)])
    with pytest.raises(PrintOrderState):
        await downloads.begin(order.id, by="somebody")


async def test_an_order_that_is_not_there_is_not_found(database: None) -> None:
    with pytest.raises(NotFound):
        await find(uuid4())


async def test_a_product_without_a_number_needs_none_for_its_codes_alone(database: None) -> None:
    program_id = await a_program()
    batch = await a_batch(program_id, await a_product(program_id), 20, on_sale=False)

    order = await an_order(batch, columns=(Column.inner, Column.inner, Column.outer_url))

    assert (order.gtin, order.columns) == (None, [Column.inner, Column.outer_url])

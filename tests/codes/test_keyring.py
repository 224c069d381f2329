from uuid import UUID

import pytest

from codes import keyring
from codes.activation import change_range
from codes.keyring import Item, Keyring
from codes.packaging_code import BatchKey, Role, encode
from core.db import execute, transaction
from tests.packs import Batch, a_batch, a_sale
from tests.programs.stored import BY, a_product, a_program


async def identified(ring: Keyring, *codes: str) -> list[Item | None]:
    async with transaction():
        return await (await ring.current()).identify([(code,) for code in codes])


async def put(batch: Batch, state: str, *, first: int = 0, stop: int | None = None) -> None:
    await change_range(batch.id, first=first, stop=stop, state=state, reason="", by=BY)  # type: ignore[arg-type]


async def test_a_code_is_known_by_its_batch_its_range_and_its_role(database: None) -> None:
    sale = await a_sale(on_sale=False)
    await put(sale.batch, "active", first=5, stop=8)

    found = await identified(Keyring(), sale.batch.code(4), sale.batch.code(5), sale.batch.code(7, Role.OUTER))

    seen = [(item.code.index, item.range.state, item.code.role) for item in found if item]
    assert seen == [(4, "sealed", Role.INNER), (5, "active", Role.INNER), (7, "active", Role.OUTER)]
    assert {(item.batch.program_id, item.batch.product_id) for item in found if item} == {
        (sale.program_id, sale.product_id)
    }


async def test_no_code_is_known_beyond_the_end_of_its_batch(database: None) -> None:
    batch = (await a_sale()).batch

    last, beyond = await identified(Keyring(), batch.code(batch.size - 1), batch.code(batch.size))

    assert last is not None
    assert beyond is None


@pytest.mark.parametrize(
    "change",
    [
        "state = 'draft', size = NULL",
        "state = 'voided'",
        "wrapped_secret = NULL",
    ],
    ids=["not sealed", "voided", "without its key"],
)
async def test_no_code_is_known_of_a_batch_that_is(database: None, change: str) -> None:
    batch = (await a_sale()).batch
    await execute(f"UPDATE code_batch SET {change}")

    assert await identified(Keyring(), batch.code(0)) == [None]


async def test_a_batch_confirms_no_text_of_another_series(database: None) -> None:
    one, other = (await a_sale()).batch, (await a_sale()).batch
    forged = BatchKey(other.key.series_key, one.number, one.key.secret)

    assert await identified(Keyring(), encode(forged, index=0, role=Role.INNER)) == [None]


async def test_the_second_reading_of_a_text_may_be_the_code(database: None) -> None:
    batch = (await a_sale()).batch

    async with transaction():
        [found] = await (await Keyring().current()).identify([(batch.code(batch.size + 1), batch.code(3))])

    assert found is not None
    assert found.code.index == 3


async def test_a_change_is_seen_by_whoever_remembered_the_state_before(database: None) -> None:
    batch, ring = (await a_sale()).batch, Keyring()
    [before] = await identified(ring, batch.code(0))

    await put(batch, "recalled")

    [after] = await identified(ring, batch.code(0))
    assert [item.range.state for item in (before, after) if item] == ["active", "recalled"]


async def test_a_claim_that_began_before_a_change_does_not_bring_back_what_it_remembered(database: None) -> None:
    sale, ring = await a_sale(), Keyring()
    other = await a_batch(sale.program_id, sale.product_id)
    slow = await ring.current()
    await slow.identify([(sale.batch.code(0),)])
    await put(sale.batch, "recalled")
    await ring.current()

    await slow.identify([(other.code(0),)])

    [found] = await identified(ring, sale.batch.code(0))
    assert found is not None
    assert found.range.state == "recalled"


async def test_whoever_holds_the_ranges_is_told_when_they_moved_before(database: None) -> None:
    batch, ring = (await a_sale()).batch, Keyring()
    async with transaction():
        known = await ring.current()
        assert await known.hold()

    await put(batch, "suspended")

    async with transaction():
        assert not await known.hold()


async def test_a_keyring_that_remembers_too_much_forgets_and_still_knows_every_code_of_a_claim(
    database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "_REMEMBERED_MAX", 2)
    program_id = await a_program()
    product_id: UUID = await a_product(program_id)
    batches = [await a_batch(program_id, product_id, 3) for _ in range(4)]
    ring = Keyring()
    await identified(ring, batches[0].code(0), batches[1].code(0))

    found = await identified(ring, *(batch.code(1) for batch in batches))

    assert [item.code.batch for item in found if item] == [batch.number for batch in batches]


async def test_codes_of_a_batch_with_more_ranges_than_are_remembered_are_known_all_the_same(
    database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "_RANGES_MAX", 3)
    sale, other = await a_sale(on_sale=False), await a_sale()
    for first in range(0, 12, 4):
        await put(sale.batch, "active", first=first, stop=first + 2)
    ring = Keyring()

    found = await identified(
        ring, sale.batch.code(1), other.batch.code(0), sale.batch.code(2), sale.batch.code(sale.batch.size)
    )
    await put(sale.batch, "recalled", first=1, stop=2)
    [after] = await identified(ring, sale.batch.code(1))

    assert [item and item.range.state for item in (*found, after)] == ["active", "active", "sealed", None, "recalled"]


async def test_nobody_looks_for_a_batch_whose_number_was_never_given_out(
    database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale, ring = await a_sale(), Keyring()
    await identified(ring, sale.batch.code(0))
    asked: list[object] = []
    monkeypatch.setattr(keyring, "_load_batches", lambda *numbers: asked.append(numbers))
    made_up = BatchKey(sale.batch.key.series_key, 2**20 - 1, bytes(16))

    found = await identified(ring, encode(made_up, index=0, role=Role.INNER), sale.batch.code(0, Role.OUTER))

    assert [item is None for item in found] == [True, False]
    assert asked == []

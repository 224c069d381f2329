from typing import Any

import pytest

from codes import batches, carton_files, cartons, packs
from codes.drawings.packing import NothingPacked, Packed, labels
from codes.ranges import Run
from codes.sscc import numbered
from tests.codes.drawings.paper import read, rendered, said
from tests.codes.files import imported, some_codes
from tests.packs import Batch, a_batch
from tests.printing import an_exported_order, report
from tests.programs.stored import BY, a_product, a_program

GTIN = "04600000000008"
PREFIX = "4601234"


@pytest.fixture
async def batch(proven: None) -> Batch:
    """Enough indexes that some have no code, in cartons of a hundred packs on pallets of four cartons."""
    program_id = await a_program()
    made = await a_batch(program_id, await a_product(program_id, gtins=frozenset({GTIN})), 1_000, on_sale=False)
    plain: dict[str, Any] = {"first": 0, "stop": None, "per_carton": 100, "per_pallet": 4, "company_prefix": PREFIX}
    await cartons.make(made.id, twins=False, by=BY, **plain)
    return made


async def drawn(batch: Batch, **packed: Any) -> bytes:
    found = await batches.find(batch.id)
    wanted = Packed(**({"twins": False} | packed))
    return b"".join(await labels(found, wanted, maker="Завод", size="a6", language="ru"))


async def test_each_carton_has_a_label_that_counts_its_packs_and_not_its_indexes(batch: Batch) -> None:
    printed = await drawn(batch)

    known = await cartons.page(batch.number, limit=200)
    assert batch.size > 1_000
    assert [read(page) for page in rendered(printed)] == [
        [f"(02){GTIN}(37)0100", f"(00){carton.sscc}"] for carton in known
    ]
    assert all(f"{one.first}–{(one.stop or 0) - 1}" in text for one, text in zip(known, said(printed), strict=True))


async def test_a_pack_with_both_codes_counts_only_if_it_has_both(batch: Batch) -> None:
    counts = [int(read(page)[0].rpartition(")")[2]) for page in rendered(await drawn(batch, twins=True))]

    assert 0 < sum(counts) < 1_000


async def test_spoiled_paper_is_no_pack(batch: Batch) -> None:
    carton = (await cartons.page(batch.number, limit=1))[0]
    await report(await an_exported_order(batch), spoiled=[(0, 40)])

    [page] = rendered(await drawn(batch, sscc=carton.sscc))

    key = await batches.key_of(batch.id)
    [(_, thrown)] = packs.packed(key, Run(0, 40), twins=False)
    assert read(page)[0] == f"(02){GTIN}(37){100 - thrown.sum()}"


async def test_pages_of_labels_follow_one_another(batch: Batch) -> None:
    known = [carton.sscc for carton in await cartons.page(batch.number, limit=200)]
    third = (await cartons.page(batch.number, limit=3))[-1]

    first, rest = await drawn(batch, limit=3), await drawn(batch, after=third.first)

    assert [text.partition("(00)")[2][:18] for text in said(first) + said(rest)] == known


async def test_a_pallet_has_a_label_of_its_own(batch: Batch) -> None:
    pages = rendered(await drawn(batch, kind="pallet"))

    assert [read(page)[0] for page in pages] == [f"(02){GTIN}(37)0400"] * 2 + [f"(02){GTIN}(37)0200"]


async def test_one_unit_is_found_by_its_number(batch: Batch) -> None:
    pallet = (await cartons.page(batch.number, limit=1))[0].parent

    [page] = rendered(await drawn(batch, sscc=pallet))

    assert read(page)[1] == f"(00){pallet}"


async def test_a_pallet_that_is_known_by_its_cartons_tells_their_runs(proven: None) -> None:
    program_id = await a_program()
    batch = await a_batch(program_id, await a_product(program_id), 1_000, on_sale=False)
    pallet, *those = (numbered(PREFIX, serial) for serial in range(4))
    runs = [(0, 100), (100, 200), (500, 600)]
    rows = [f"{one},{first},{stop},{pallet}" for one, (first, stop) in zip(those, runs, strict=True)]
    await carton_files.import_runs(batch.id, "\n".join(["sscc,first,stop,parent", *rows]).encode(), by=BY)

    [text] = said(await drawn(batch, kind="pallet"))

    assert [line for line in text.splitlines() if "·" in line and "Завод" not in line] == [
        f"Партия, номера {batch.number} · 0–199",
        f"{batch.number} · 500–599",
    ]


async def test_each_imported_code_is_a_pack(proven: None) -> None:
    program_id = await a_program()
    product_id = await a_product(program_id, gtins=frozenset({GTIN}))
    [made] = (await imported(program_id, some_codes(50), product_id=product_id)).batches
    plain: dict[str, Any] = {"first": 0, "stop": None, "per_carton": 20, "per_pallet": None, "company_prefix": PREFIX}
    await cartons.make(made.batch_id, twins=True, by=BY, **plain)

    printed = await labels(await batches.find(made.batch_id), Packed(), maker="Завод", size="a6", language="ru")

    counts = [read(page)[0] for page in rendered(b"".join(printed))]
    assert counts == [f"(02){GTIN}(37){count}" for count in (20, 20, 10)]


async def test_what_is_not_packed_has_no_labels(proven: None) -> None:
    program_id = await a_program()
    loose = await a_batch(program_id, await a_product(program_id), 10, on_sale=False)

    with pytest.raises(NothingPacked):
        await drawn(loose)


async def test_another_programs_carton_is_nothing_here(batch: Batch) -> None:
    carton = (await cartons.page(batch.number, limit=1))[0].sscc
    program_id = await a_program()
    other = await a_batch(program_id, await a_product(program_id), 10, on_sale=False)

    with pytest.raises(NothingPacked):
        await drawn(other, sscc=carton)

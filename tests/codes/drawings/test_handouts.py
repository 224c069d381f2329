from io import BytesIO

import pytest
from PIL import Image

from codes import downloads
from codes.drawings.carriers import Carrier, GtinMissing
from codes.drawings.colours import Ink, WeakContrast
from codes.drawings.handouts import (
    PAGES_MAX,
    IndexWithoutCode,
    RoleNotOrdered,
    Said,
    TooManyPages,
    Wanted,
    picture,
    sheet_of_batch,
    sheet_of_order,
)
from codes.drawings.pictures import Format, Look
from codes.drawings.symbols import Kind
from codes.drawings.templates import template
from codes.packaging_code import Role
from codes.printed_gtin import UnknownGtin
from codes.profanity import is_profane
from codes.transitions import BeyondBatch
from core.db import fetch_value
from tests.codes.drawings.paper import read, read_labels
from tests.packs import Batch, a_batch
from tests.printing import ORIGIN, a_sealed_batch, an_exported_order, audited
from tests.programs.stored import BY, a_product, a_program

URL = "HTTPS://N.EXAMPLE/C/"


@pytest.fixture
async def batch(proven: None) -> Batch:
    return await a_sealed_batch()


async def a_batch_of(*gtins: str) -> Batch:
    program_id = await a_program()
    return await a_batch(program_id, await a_product(program_id, gtins=frozenset(gtins)), 10, on_sale=False)


def an_index(batch: Batch, role: Role = Role.INNER) -> int:
    """The first index that has a code of this role: one in a hundred has none."""
    return next(index for index in range(batch.size) if not is_profane(batch.code(index, role)))


async def drawn(
    batch: Batch,
    index: int | None = None,
    *,
    said: Said = Said(),  # noqa: B008
    look: Look = Look(),  # noqa: B008
) -> list[str]:
    """What a decoder reads on the picture of one code, the first there is unless told otherwise."""
    index = an_index(batch, said.role) if index is None else index
    png = await picture(batch.id, index=index, said=said, look=look, format=Format.PNG, origin=ORIGIN, by=BY)
    return read(Image.open(BytesIO(png)))


def codes_of(batch: Batch, first: int, stop: int, role: Role = Role.INNER) -> list[str]:
    return [code for code in (batch.code(index, role) for index in range(first, stop)) if not is_profane(code)]


@pytest.mark.parametrize("role", Role)
async def test_one_code_is_drawn_by_its_index_and_that_is_written_down(batch: Batch, role: Role) -> None:
    index = an_index(batch, role)

    assert await drawn(batch, index, said=Said(role=role)) == [URL + batch.code(index, role)]

    assert await audited("code.draw") == [BY]


async def test_what_cannot_be_read_is_neither_drawn_nor_written_down(batch: Batch) -> None:
    with pytest.raises(WeakContrast):
        await drawn(batch, look=Look(ink=Ink("#FFFF00")))

    assert await audited("code.draw") == []


async def test_an_index_without_a_code_has_no_picture(batch: Batch) -> None:
    profane = next(index for index in range(batch.size) if is_profane(batch.code(index)))

    with pytest.raises(IndexWithoutCode):
        await drawn(batch, profane)


async def test_an_index_beyond_the_batch_has_no_picture(batch: Batch) -> None:
    with pytest.raises(BeyondBatch):
        await drawn(batch, batch.size)


async def test_a_till_reads_the_products_only_gtin(proven: None) -> None:
    batch = await a_batch_of("4600000000008")

    assert await drawn(batch, said=Said(Carrier.DIGITAL_LINK)) == [
        f"HTTPS://N.EXAMPLE/01/04600000000008/21/{batch.code(an_index(batch))}"
    ]


async def test_of_several_gtins_one_is_named(proven: None) -> None:
    batch = await a_batch_of("4600000000008", "4600000000015")

    with pytest.raises(UnknownGtin):
        await drawn(batch, said=Said(Carrier.DIGITAL_LINK))
    [text] = await drawn(batch, said=Said(Carrier.DIGITAL_LINK, gtin="4600000000015"))

    assert "/01/04600000000015/21/" in text


async def test_without_a_gtin_there_is_nothing_for_a_till(batch: Batch) -> None:
    with pytest.raises(GtinMissing):
        await drawn(batch, said=Said(Carrier.DIGITAL_LINK))


async def test_a_sheet_of_a_batch_has_a_label_for_each_code_of_the_run(batch: Batch) -> None:
    parts = await sheet_of_batch(batch.id, Wanted("a4-40"), first=100, stop=180, origin=ORIGIN, by=BY)

    assert read_labels(b"".join(parts), template("a4-40")) == [URL + code for code in codes_of(batch, 100, 180)]
    assert await audited("batch.sheet") == [BY]


async def test_a_sheet_of_an_order_is_read_under_its_session(batch: Batch) -> None:
    order = await an_exported_order(batch, first=50, stop=200, columns=("outer",))
    order, session_id = await downloads.may_read(order.id, by=BY, encrypted=False)
    wanted = Wanted("a4-65", Said(Carrier.PLAIN, Role.OUTER, Kind.DATA_MATRIX))

    parts = await sheet_of_order(order, session_id, wanted, first=60, stop=90, by=BY)

    assert read_labels(b"".join(parts), template("a4-65")) == codes_of(batch, 60, 90, Role.OUTER)
    assert await fetch_value("SELECT facts->>'format' FROM audit_entry WHERE action = 'download.read'") == "sheet"


@pytest.mark.parametrize(
    ("wanted", "first", "stop", "refusal"),
    [
        (Wanted(), 0, 100, BeyondBatch),
        (Wanted(), 50, 201, BeyondBatch),
        (Wanted(said=Said(role=Role.INNER)), 50, 200, RoleNotOrdered),
    ],
)
async def test_a_sheet_shows_nothing_but_what_was_ordered(
    batch: Batch, wanted: Wanted, first: int, stop: int, refusal: type[Exception]
) -> None:
    order = await an_exported_order(batch, first=50, stop=200, columns=("outer",))
    order, session_id = await downloads.may_read(order.id, by=BY, encrypted=False)

    with pytest.raises(refusal):
        await sheet_of_order(order, session_id, wanted, first=first, stop=stop, by=BY)

    assert await audited("download.read") == []


async def test_more_pages_than_one_request_draws_are_refused(proven: None) -> None:
    order = await an_exported_order(await a_sealed_batch(PAGES_MAX + 1))
    order, session_id = await downloads.may_read(order.id, by=BY, encrypted=False)

    with pytest.raises(TooManyPages) as refused:
        await sheet_of_order(order, session_id, Wanted("roll-58x40"), first=None, stop=None, by=BY)

    assert refused.value.facts == {"pages_max": PAGES_MAX, "stop": PAGES_MAX}

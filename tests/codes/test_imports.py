"""Imports: codes of somebody else's making become batches, whole or not at all."""

from uuid import uuid4

import pytest

from codes.batches import UnknownProduct, find
from codes.imports import CodesNotNew, CodesTooWeak
from codes.intake import ProductNeeded
from core.db import execute, fetch, fetch_value
from core.refusals import DomainError
from programs.sheets import SheetRefused
from tests.codes.files import GTIN, OTHER_GTIN, a_marked_product, imported, marking, some_codes, some_serials
from tests.packs import Sale, a_sale


@pytest.fixture
async def sale(proven: None) -> Sale:
    return await a_sale()


async def stored() -> int:
    count: int = await fetch_value("SELECT count(*) FROM imported_code")
    return count


async def test_a_makers_own_codes_become_a_batch_in_the_order_of_the_file(sale: Sale) -> None:
    done = await imported(sale.program_id, some_codes(50), product_id=sale.product_id)

    [made] = done.batches
    batch = await find(made.batch_id)
    assert (batch.kind, batch.form, batch.state, batch.size, batch.number) == (
        *("imported", "plain", "sealed", 50),
        made.number,
    )
    assert [(one.first, one.stop, one.state) for one in batch.ranges] == [(0, 50, "sealed")]
    rows = await fetch("SELECT index FROM imported_code WHERE batch_number = $1 ORDER BY index", made.number)
    assert [row["index"] for row in rows] == list(range(50))


async def test_no_text_of_an_imported_code_is_kept(sale: Sale) -> None:
    code = some_codes(50)[0]
    await imported(sale.program_id, some_codes(50), product_id=sale.product_id)

    hashes = [row["key_hash"] for row in await fetch("SELECT key_hash FROM imported_code")]

    assert len(set(hashes)) == 50
    assert all(len(one) == 32 and code.encode() not in one for one in hashes)


async def test_own_batches_go_on_being_numbered_as_if_nothing_was_imported(sale: Sale) -> None:
    await imported(sale.program_id, some_codes(50), product_id=sale.product_id)

    assert (await a_sale()).batch.number == sale.batch.number + 1


async def test_markings_go_to_the_products_of_their_gtins(sale: Sale) -> None:
    boiler = await a_marked_product(sale.program_id)
    pump = await a_marked_product(sale.program_id, OTHER_GTIN)
    serials = some_serials(60)

    done = await imported(
        sale.program_id,
        [marking(serial, gtin=OTHER_GTIN if place % 3 == 0 else GTIN) for place, serial in enumerate(serials)],
    )

    assert {one.product_id: one.codes for one in done.batches} == {pump: 20, boiler: 40}
    assert (await find(done.batches[0].batch_id)).form == "gs1"
    indexes = await fetch("SELECT max(index) FROM imported_code GROUP BY batch_number ORDER BY 1")
    assert [row["max"] for row in indexes] == [19, 39]


@pytest.mark.parametrize(
    ("lines", "refusal"),
    [
        (["# our codes", "!!", "A", "ABCDEFGHIJ"], SheetRefused),
        (["", " "], SheetRefused),
        ([f"{number:010d}" for number in range(2_000)], CodesTooWeak),
        ([f"BONUS{number:04d}" for number in range(20)], CodesTooWeak),
    ],
    ids=["no codes", "empty", "counted up", "counted up, few"],
)
async def test_nothing_is_taken_of_a_file_that_is_not_right(
    sale: Sale, lines: list[str], refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        await imported(sale.program_id, lines, product_id=sale.product_id)

    assert await stored() == 0
    assert await fetch_value("SELECT count(*) FROM code_batch WHERE kind = 'imported'") == 0


async def test_a_refused_file_says_which_lines_are_wrong_and_no_word_of_what_they_hold(sale: Sale) -> None:
    lines = some_codes(100)
    lines[3], lines[70] = "тоже-секрет!", "short"
    lines[10:40] = ["?"] * 30

    with pytest.raises(SheetRefused) as refused:
        await imported(sale.program_id, ["code", *lines], product_id=sale.product_id)

    problems = refused.value.facts["problems"]
    assert refused.value.facts["problems_count"] == 32
    assert [one.row for one in problems] == [5, *range(12, 31)]
    assert "секрет" not in str(refused.value.facts)


async def test_a_code_that_comes_twice_in_a_file_refuses_all_of_it(sale: Sale) -> None:
    codes = some_codes(50)

    with pytest.raises(CodesNotNew) as refused:
        await imported(
            sale.program_id, [*codes, codes[7].lower(), f"{codes[9][:6]}-{codes[9][6:]}"], product_id=sale.product_id
        )

    facts = refused.value.facts
    assert (facts["repeated"], facts["imported_before"]) == (2, 0)
    assert [one.row for one in facts["problems"]] == [51, 52]
    assert await stored() == 0


async def test_a_code_that_was_imported_before_refuses_the_file_whichever_program_has_it(sale: Sale) -> None:
    codes, other = some_codes(50), await a_sale()
    await imported(sale.program_id, codes, product_id=sale.product_id)

    with pytest.raises(CodesNotNew) as refused:
        await imported(other.program_id, [*some_codes(50, seed=2), codes[0]], product_id=other.product_id)

    facts = refused.value.facts
    assert (facts["repeated"], facts["imported_before"], [one.row for one in facts["problems"]]) == (0, 1, [51])
    assert await stored() == 50


async def test_the_tail_of_a_marking_is_no_part_of_it(sale: Sale) -> None:
    await a_marked_product(sale.program_id)
    serials = some_serials(20)
    await imported(sale.program_id, [marking(serial) for serial in serials])

    with pytest.raises(CodesNotNew):
        await imported(sale.program_id, [f"01{GTIN}21{serial}" for serial in serials])


async def test_markings_whose_separators_were_lost_are_not_guessed_at(sale: Sale) -> None:
    await a_marked_product(sale.program_id)

    with pytest.raises(SheetRefused, match="separator"):
        await imported(sale.program_id, [f"01{GTIN}21{serial[:6]}93wxYZ" for serial in some_serials(20)])


async def test_a_marking_of_a_product_that_is_not_meant_is_refused(sale: Sale) -> None:
    boiler = await a_marked_product(sale.program_id)
    await a_marked_product(sale.program_id, OTHER_GTIN)
    lines = [marking(serial) for serial in some_serials(10)]

    with pytest.raises(SheetRefused) as refused:
        await imported(
            sale.program_id, [*lines, marking("abc", gtin=OTHER_GTIN), f"01{GTIN[:-1]}021abc"], product_id=boiler
        )

    assert [one.row for one in refused.value.facts["problems"]] == [11, 12]


async def test_plain_codes_need_a_product_and_a_product_has_to_be_the_programs(sale: Sale) -> None:
    with pytest.raises(ProductNeeded):
        await imported(sale.program_id, some_codes(10))
    with pytest.raises(UnknownProduct):
        await imported(sale.program_id, some_codes(10), product_id=uuid4())


@pytest.mark.parametrize(
    ("head", "row", "column"),
    [
        ("code", "{}", None),
        ("\ufeffCode", "{}", None),
        ("number;code;shift", '1;"{}";A', None),
        ("Код маркировки,дата", "{},2026-01-01", None),
        ("a\tSecret Word\tb", "1\t{}\t2", "secret word"),
    ],
)
async def test_a_column_is_found_by_its_name(sale: Sale, head: str, row: str, column: str | None) -> None:
    codes = some_codes(50)

    done = await imported(
        sale.program_id, [head, *map(row.format, codes), ""], product_id=sale.product_id, column=column
    )

    assert done.codes == 50
    with pytest.raises(CodesNotNew):
        await imported(sale.program_id, codes, product_id=sale.product_id)


async def test_a_column_that_is_not_there_refuses_the_file(sale: Sale) -> None:
    with pytest.raises(SheetRefused) as refused:
        await imported(sale.program_id, ["number,code", "1,ABC"], product_id=sale.product_id, column="serial")

    assert refused.value.facts["missing_columns"] == ["serial"]


async def test_what_is_imported_stays_for_ever(sale: Sale, settings: object) -> None:
    await imported(sale.program_id, some_codes(10), product_id=sale.product_id)

    for statement in ("DELETE FROM imported_code", "UPDATE imported_code SET index = 0"):
        with pytest.raises(Exception, match="permission denied"):
            await execute(statement)


async def test_weak_codes_are_taken_with_a_word_of_warning(sale: Sale) -> None:
    strong = await imported(sale.program_id, some_codes(1_500), product_id=sale.product_id)
    weak = await imported(sale.program_id, some_codes(1_500, seed=3, length=7), product_id=sale.product_id)

    assert not strong.weak
    assert weak.weak
    assert 34 < weak.bits < 35

from typing import Any
from uuid import UUID

import pytest

from programs.products import NewProduct, put_product
from receipts import words
from receipts.claims import ClaimedLine, lines_of
from receipts.fiscal.frame import ReceiptLine
from receipts.matching import articles_in, match, plain, taught_key
from receipts.words import Words
from tests.programs.stored import a_product, a_program
from tests.receipts.purchases import GTIN, SELLER


def test_an_article_number_is_a_word_with_a_digit_or_two_of_them() -> None:
    assert articles_in("Котёл (kt-24F), белый 5 кг") == [
        "KT-24F",
        "КОТЁЛ KT-24F",
        "KT-24F БЕЛЫЙ",
        "БЕЛЫЙ 5",
        "5 КГ",
    ]


@pytest.mark.parametrize("name", ["Котёл  24", " КОТЁЛ 24 ", "котёл\t24"])
def test_a_name_is_the_same_however_its_letters_and_blanks_stand(name: str) -> None:
    assert plain(name) == "КОТЁЛ 24"


def test_two_sellers_may_call_different_things_alike() -> None:
    assert taught_key(SELLER, "Котёл") != taught_key("500100732259", "Котёл")


async def test_a_line_that_may_be_two_products_is_neither(database: None) -> None:
    program_id = await a_program()
    for sku in ("1", "2"):
        await a_product(program_id, sku, articles={"KT-24F"})
    lines = lines_of([ReceiptLine(name="KT-24F", amount_minor=1)])

    await match(lines, [program_id], seller=SELLER, catalogue=1)

    assert [(line.product_id, line.why) for line in lines] == [(None, "ambiguous")]


async def test_a_receipt_belongs_to_the_program_that_knows_most_of_it(database: None) -> None:
    small, large = await a_program(), await a_program()
    await a_product(small, "1", gtins={GTIN})
    product_id = await a_product(large, "1", gtins={GTIN}, articles={"KT-24F"})
    lines = lines_of([ReceiptLine(name="", gtin=GTIN, amount_minor=1), ReceiptLine(name="KT-24F", amount_minor=1)])

    found = await match(lines, [small, large], seller=SELLER, catalogue=1)

    assert found == large
    assert [line.product_id for line in lines] == [product_id] * 2


async def in_the_catalogue(*programs: UUID) -> list[UUID]:
    """A boiler and a hose in each program; the last boiler and the last hose."""
    made: list[UUID] = []
    for program_id in programs:
        boiler = await put(program_id, "B", "Котёл настенный двухконтурный Огонь", brand="Огонь", price_minor_max=900)
        made = [boiler, await put(program_id, "H", "Шланг садовый армированный")]
    return made


async def put(program_id: UUID, sku: str, name: str, **more: Any) -> UUID:
    product, _ = await put_product(program_id, NewProduct(sku, name, sku, **more), by="key:test")
    return product.id


def named(*names: str, amount: int = 900) -> list[ClaimedLine]:
    return lines_of([ReceiptLine(name=name, amount_minor=amount) for name in names])


async def test_a_name_that_is_like_one_product_only_is_taken_for_it_and_says_how_much(database: None) -> None:
    program_id = await a_program()
    boiler, hose = await in_the_catalogue(program_id)
    lines = named("КОТЕЛ НАСТЕННЫЙ ДВУХКОНТУРНЫЙ ОГОНЬ", "Шланг садовый армированый", "Молоко 3,2%")

    await match(lines, [program_id], seller=SELLER, catalogue=1)

    assert [(line.product_id, line.matched_by) for line in lines] == [
        (boiler, "likeness"),
        (hose, "likeness"),
        (None, None),
    ]
    assert [line.likeness for line in lines] == [1000, 980, None]
    assert words.of_line(lines[1].why, lines[1].likeness) == Words(
        "узнан по похожему названию (98 %)", "known by its name, which is 98 % alike"
    )


async def test_what_speaks_against_a_product_leaves_it_as_a_suggestion(database: None) -> None:
    program_id = await a_program()
    boiler, _ = await in_the_catalogue(program_id)
    lines = named("Котёл настенный двухконтурный Огонь", amount=901)

    await match(lines, [program_id], seller=SELLER, catalogue=1)

    assert [(line.product_id, line.likest_id, line.why) for line in lines] == [(None, boiler, "price_differs")]


async def test_a_surer_sign_is_not_overruled_by_likeness(database: None) -> None:
    program_id = await a_program()
    await in_the_catalogue(program_id)
    other = await a_product(program_id, "1", articles={"KT-24F"})
    lines = named("Шланг садовый армированный KT-24F")

    await match(lines, [program_id], seller=SELLER, catalogue=1)

    assert [(line.product_id, line.matched_by, line.likeness) for line in lines] == [(other, "article", None)]


async def test_where_two_programs_know_a_name_the_first_has_it_and_where_none_does_nobody(database: None) -> None:
    programs = sorted([await a_program(), await a_program()])
    await in_the_catalogue(*programs)

    known = await match(named("Шланг садовый армированный"), programs, seller=SELLER, catalogue=1)
    unknown = await match(named("Молоко"), programs, seller=SELLER, catalogue=1)

    assert (known, unknown) == (programs[0], None)


async def test_a_product_is_known_from_the_moment_at_which_it_is_in_the_catalogue(database: None) -> None:
    program_id = await a_program()
    before, after = named("Шланг садовый армированный"), named("Шланг садовый армированный")

    await match(before, [program_id], seller=SELLER, catalogue=1)
    await in_the_catalogue(program_id)
    await match(after, [program_id], seller=SELLER, catalogue=2)

    assert [line.product_id is not None for line in (*before, *after)] == [False, True]

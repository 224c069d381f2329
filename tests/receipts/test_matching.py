import pytest

from receipts.claims import lines_of
from receipts.fiscal.frame import ReceiptLine
from receipts.matching import articles_in, match, plain, taught_key
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

    await match(lines, [program_id], seller=SELLER)

    assert [(line.product_id, line.why) for line in lines] == [(None, "ambiguous")]


async def test_a_receipt_belongs_to_the_program_that_knows_most_of_it(database: None) -> None:
    small, large = await a_program(), await a_program()
    await a_product(small, "1", gtins={GTIN})
    product_id = await a_product(large, "1", gtins={GTIN}, articles={"KT-24F"})
    lines = lines_of([ReceiptLine(name="", gtin=GTIN, amount_minor=1), ReceiptLine(name="KT-24F", amount_minor=1)])

    found = await match(lines, [small, large], seller=SELLER)

    assert found == large
    assert [line.product_id for line in lines] == [product_id] * 2

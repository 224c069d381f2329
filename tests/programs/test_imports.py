import pytest

from core.ids import uuid7
from core.refusals import NotFound
from programs import sheets
from programs.imports import import_products, import_shops
from programs.products import NewProduct, Put, products
from programs.sheets import RowProblem, SheetRefused, read
from programs.shops import NewShop, shops
from tests.programs.stored import BY, a_program

SHEET = """sku;name_ru;name_en;gtins;aliases
K-24;Котёл «24»;Boiler 24;4006381333931|96385074;КОТЕЛ 24 | КОТЁЛ24
P-1;"Насос; синий";Pump;;

"""


async def test_a_sheet_of_products_is_taken_and_taking_it_again_changes_nothing(database: None) -> None:
    program_id = await a_program()

    first = await import_products(program_id, SHEET.encode("utf-8-sig"), by=BY)
    again = await import_products(program_id, SHEET.replace("\n", "\r\n").encode(), by=BY)

    assert (first, again) == (Put(2, 0, 0), Put(0, 0, 2))
    boiler, pump = await products(program_id)
    assert boiler.gtins == ["00000096385074", "04006381333931"]
    assert boiler.aliases == ["КОТЁЛ24", "КОТЕЛ 24"]
    assert pump.name_ru == "Насос; синий"


async def test_prices_in_a_sheet_are_numbers(database: None) -> None:
    program_id = await a_program()
    sheet = "sku,name_ru,name_en,brand,price_minor_min,price_minor_max\n1,К,B,Огонь,100,900\n2,К,B,,,\n"

    await import_products(program_id, sheet.encode(), by=BY)

    assert [(one.brand, one.price_minor_min, one.price_minor_max) for one in await products(program_id)] == [
        ("Огонь", 100, 900),
        (None, None, None),
    ]


async def test_a_sheet_of_shops_is_taken(database: None) -> None:
    program_id = await a_program()

    done = await import_shops(program_id, b"code,name,region\n77-01,Shop,77\n77-02,Other,\n", by=BY)

    assert done == Put(2, 0, 0)
    assert [(shop.code, shop.region) for shop in await shops(program_id)] == [("77-01", "77"), ("77-02", None)]


async def test_one_bad_row_takes_nothing_of_the_sheet(database: None) -> None:
    program_id = await a_program()

    with pytest.raises(SheetRefused):
        await import_products(program_id, (SHEET + f"{'x' * 65};а;b\n").encode(), by=BY)

    assert await products(program_id) == []


async def test_a_sheet_for_a_program_that_is_not_there_is_refused(database: None) -> None:
    with pytest.raises(NotFound):
        await import_products(uuid7(), SHEET.encode(), by=BY)


def test_bad_rows_are_named_by_their_number() -> None:
    sheet = "code,name\n1,one\n,nameless\n1,again\n2,\0\n" + "3," + "x" * 121

    with pytest.raises(SheetRefused) as refused:
        read(sheet.replace("\0", "\x07").encode(), into=NewShop, key="code")

    problems: list[RowProblem] = refused.value.facts["problems"]
    assert [problem.row for problem in problems] == [3, 4, 5, 6]
    assert problems[1].problem == "the code 1 stands in a row above already"


def test_only_the_first_hundred_problems_are_told() -> None:
    with pytest.raises(SheetRefused) as refused:
        read(b"code,name\n" + b",x\n" * 150, into=NewShop, key="code")

    assert (len(refused.value.facts["problems"]), refused.value.facts["problems_count"]) == (100, 150)


@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_a_sheet_may_be_cut_by_commas_semicolons_or_tabs(between: str) -> None:
    sheet = f"code{between}name\n1{between}one\n"

    assert read(sheet.encode(), into=NewShop, key="code") == [NewShop("1", "one")]


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b"", "the first row has to name the columns, each once"),
        (b"code,nme\n1,x\n", "the first row has to name the columns, each once"),
        (b"code,name,name\n", "the first row has to name the columns, each once"),
        ("code,name\n1,Магазин\n".encode("cp1251"), "the file is not UTF-8: save it as CSV UTF-8"),
        (b'code,name\n1,"x\n', "row 2: unexpected end of data"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused(content: bytes, detail: str) -> None:
    with pytest.raises(SheetRefused) as refused:
        read(content, into=NewShop, key="code")

    assert refused.value.detail == detail


def test_a_sheet_is_bounded_in_bytes_and_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SheetRefused, match="larger"):
        read(b"x" * (sheets.BYTES_MAX + 1), into=NewShop, key="code")

    monkeypatch.setattr(sheets, "ROWS_MAX", 2)
    assert len(read(b"code,name\n1,a\n2,b\n", into=NewShop, key="code")) == 2
    with pytest.raises(SheetRefused, match="more than 2 rows"):
        read(b"code,name\n1,a\n2,b\n3,c\n", into=NewShop, key="code")


def test_a_formula_in_a_cell_stays_text() -> None:
    [product] = read(b"sku,name_ru,name_en\n=1+1,@x,-y\n", into=NewProduct, key="sku")

    assert (product.sku, product.name_ru) == ("=1+1", "@x")

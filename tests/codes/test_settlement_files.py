import csv
import io
from collections.abc import AsyncIterator

import pypdfium2
import pytest
from python_calamine import CalamineWorkbook

from codes.settlement_files import SettlementFormat, heading, streamed
from codes.settlements import Settlement, close
from core.cells import inert
from core.settings import Settings
from referrals.words import Language
from tests.codes.months import a_month_passes
from tests.codes.tills import a_till, an_order, redeemed

EVIL = ("=cmd|'/c calc'!A1", "+1", "-1", "@x", " =1", "＝1", '"quoted",x')


@pytest.fixture
async def settlement(settings: Settings, database: None) -> Settlement:
    """A month with an order for each reference that a spreadsheet could misread."""
    till = await a_till()
    for ref in EVIL:
        await redeemed(till, an_order(till.code, ref=ref))
    return await close(till.shop_id, await a_month_passes(settings), by="key:f")


async def whole(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


async def test_no_cell_of_a_csv_is_a_formula_and_its_amounts_are_numbers(settlement: Settlement) -> None:
    content = await whole(streamed(await heading(settlement.id, "en"), SettlementFormat.CSV))

    head, *rows, last = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))

    assert head[-1] == "Owed"
    assert {row[3] for row in rows} == {inert(ref) for ref in EVIL}
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    assert last[-1] == "350.00"


async def test_no_cell_of_a_workbook_is_a_formula(settlement: Settlement) -> None:
    content = await whole(streamed(await heading(settlement.id, "ru"), SettlementFormat.XLSX))

    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    _, *rows, last = book.get_sheet_by_index(0).to_python()

    assert {row[3] for row in rows} == {inert(ref) for ref in EVIL}
    assert b"<f>" not in content
    assert (last[-1], {row[-1] for row in rows}) == (350.0, {50.0})


@pytest.mark.parametrize(("language", "words"), [("ru", "Отчёт о расчётах"), ("en", "Statement of discounts")])
async def test_a_paper_is_in_its_readers_language_and_has_every_line(
    settlement: Settlement, language: Language, words: str
) -> None:
    content = await whole(streamed(await heading(settlement.id, language), SettlementFormat.PDF))

    document = pypdfium2.PdfDocument(content)
    text = "".join(page.get_textpage().get_text_range() for page in document)

    assert words in text
    assert "Тёплый дом" in text
    assert all(ref.strip() in text for ref in EVIL if ref != "＝1")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\t=1", "' =1"),
        ("\r=1", "' =1"),
        ("a\u202eb", "a b"),
        ("\u200b=1", "' =1"),
        ("plain = text", "plain = text"),
        ("a\nb", "a b"),
        ("", ""),
    ],
)
def test_a_cell_is_one_line_of_text_that_nobody_runs(text: str, shown: str) -> None:
    assert inert(text) == shown

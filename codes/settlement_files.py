"""Settlement files: a closed statement as PDF, CSV or XLSX, put together line by line and sent as it was written."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from enum import StrEnum
from typing import BinaryIO, Final
from uuid import UUID

import xlsxwriter

from codes import settlements
from codes.settlement_pdf import Heading, SettlementPaper
from codes.settlement_words import WORDS, day, decimal
from codes.settlements import SettlementLine
from core.cells import csv_rows, inert
from programs.installation import find_program
from programs.shops import find_shop
from referrals.words import MINOR_UNITS, Language

_PIECE_BYTES: Final = 1 << 16
_MONEY: Final = "#,##0.00"


class SettlementFormat(StrEnum):
    PDF = "pdf"
    CSV = "csv"
    XLSX = "xlsx"


MEDIA_TYPES: Final[dict[SettlementFormat, str]] = {
    SettlementFormat.PDF: "application/pdf",
    SettlementFormat.CSV: "text/csv; charset=utf-8",
    SettlementFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def streamed(about: Heading, wanted: SettlementFormat) -> AsyncIterator[bytes]:
    """A statement's file, piece by piece."""
    if wanted is SettlementFormat.CSV:
        return _csv(about)
    return _paper(about) if wanted is SettlementFormat.PDF else _workbook(about)


async def _csv(about: Heading) -> AsyncIterator[bytes]:
    # With this mark spreadsheets take the letters for what they are.
    yield b"\xef\xbb\xbf" + csv_rows([WORDS[about.language].columns])
    async for some in settlements.every_line(about.settlement.id):
        yield csv_rows([*_told(line, about), *(decimal(minor) for minor in _amounts(line))] for line in some)
    yield csv_rows(
        [["", "", "", "", WORDS[about.language].closing, "", "", "", decimal(about.settlement.closing_minor)]]
    )


async def _paper(about: Heading) -> AsyncIterator[bytes]:
    with tempfile.TemporaryFile() as file:
        paper = await asyncio.to_thread(SettlementPaper, file, about)
        async for some in settlements.every_line(about.settlement.id):
            await asyncio.to_thread(paper.add, some)
        await asyncio.to_thread(paper.end)
        async for piece in _pieces(file):
            yield piece


async def _workbook(about: Heading) -> AsyncIterator[bytes]:
    with tempfile.TemporaryFile() as file:
        # Rows leave for the disk as they come; nothing that looks like a formula or an address is made one.
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        book = xlsxwriter.Workbook(file, options)
        sheet = _Sheet(book, about)
        async for some in settlements.every_line(about.settlement.id):
            await asyncio.to_thread(sheet.add, some)
        await asyncio.to_thread(sheet.end)
        async for piece in _pieces(file):
            yield piece


class _Sheet:
    """The one sheet of a workbook, written from its first row to its last."""

    def __init__(self, book: xlsxwriter.Workbook, about: Heading) -> None:
        self._book, self._about = book, about
        self._sheet = book.add_worksheet(about.settlement.month)
        self._money = book.add_format({"num_format": _MONEY})
        self._bold = book.add_format({"bold": True, "num_format": _MONEY})
        self._sheet.set_column(0, 3, 14)
        self._sheet.set_column(4, 4, 40)
        self._sheet.set_column(5, 8, 14)
        for place, name in enumerate(WORDS[about.language].columns):
            self._sheet.write_string(0, place, name, self._bold)
        self._row = 1

    def add(self, lines: Sequence[SettlementLine]) -> None:
        for line in lines:
            for place, text in enumerate(_told(line, self._about)):
                self._sheet.write_string(self._row, place, inert(text))
            for place, minor in enumerate(_amounts(line), start=5):
                self._sheet.write_number(self._row, place, minor / MINOR_UNITS, self._money)
            self._row += 1

    def end(self) -> None:
        self._sheet.write_string(self._row, 4, WORDS[self._about.language].closing, self._bold)
        self._sheet.write_number(self._row, 8, self._about.settlement.closing_minor / MINOR_UNITS, self._bold)
        self._book.close()


def _told(line: SettlementLine, about: Heading) -> tuple[str, ...]:
    words = WORDS[about.language]
    return (
        str(line.place),
        words.kinds[line.kind],
        day(line.at, about.program.zone, about.language),
        line.ref,
        line.told,
    )


def _amounts(line: SettlementLine) -> Iterator[int]:
    yield from (line.goods_minor, line.discount_minor, line.shop_minor, line.owed_minor)


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    file.seek(0)
    while piece := file.read(_PIECE_BYTES):
        yield piece


async def heading(settlement_id: UUID, language: Language) -> Heading:
    """Whose statement it is; NotFound."""
    settlement = await settlements.find(settlement_id)
    shop = await find_shop(settlement.shop_id)
    return Heading(settlement, await find_program(shop.program_id), shop, language)

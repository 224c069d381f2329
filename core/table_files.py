"""Table files: a table of any length as CSV or XLSX, written row by row, in which no text is ever a formula."""

import asyncio
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

import xlsxwriter

from core.cells import csv_rows, inert

_PIECE_BYTES: Final = 1 << 16
_COLUMN_LETTERS: Final = 18

Cell = str | int | Decimal
Rows = AsyncIterable[Sequence[Sequence[Cell]]]


class TableFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


MEDIA_TYPES: Final[dict[TableFormat, str]] = {
    TableFormat.CSV: "text/csv; charset=utf-8",
    TableFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def written(heads: Sequence[str], rows: Rows, wanted: TableFormat) -> AsyncIterator[bytes]:
    """The file, piece by piece; `rows` come some at a time."""
    return _csv(heads, rows) if wanted is TableFormat.CSV else _workbook(heads, rows)


async def _csv(heads: Sequence[str], rows: Rows) -> AsyncIterator[bytes]:
    # With this mark spreadsheets take the letters for what they are.
    yield b"\xef\xbb\xbf" + csv_rows([heads])
    async for some in rows:
        yield csv_rows(some)


async def _workbook(heads: Sequence[str], rows: Rows) -> AsyncIterator[bytes]:
    with tempfile.TemporaryFile() as file:
        # Rows leave for the disk as they come; nothing that looks like a formula or an address is made one.
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        book = xlsxwriter.Workbook(file, options)
        sheet = book.add_worksheet()
        sheet.set_column(0, len(heads) - 1, _COLUMN_LETTERS)
        sheet.freeze_panes(1, 0)
        bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
        for column, head in enumerate(heads):
            sheet.write_string(0, column, inert(head), bold)
        first = 1
        async for some in rows:
            await asyncio.to_thread(_write, sheet, some, first, money)
            first += len(some)
        await asyncio.to_thread(book.close)
        file.seek(0)
        while piece := file.read(_PIECE_BYTES):
            yield piece


def _write(sheet: Any, some: Sequence[Sequence[Cell]], first: int, money: Any) -> None:
    for place, row in enumerate(some, start=first):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(place, column, inert(cell))
            elif isinstance(cell, Decimal):
                sheet.write_number(place, column, float(cell), money)
            else:
                sheet.write_number(place, column, cell)

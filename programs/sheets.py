"""Sheets: CSV files as people save them, read row by row into what they describe, or refused by the row. Pure."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, TypeVar, get_type_hints

import msgspec

from core.refusals import Unprocessable

BYTES_MAX = 10_000_000
ROWS_MAX = 20_000
PROBLEMS_MAX = 100
# Several values in one cell, as in "4601234567893|4601234567909".
BETWEEN = "|"

# A cell that holds a count or a place: every cell is text.
Digits = Annotated[str, msgspec.Meta(pattern="^[0-9]{1,10}(?![\\s\\S])")]

Row = TypeVar("Row", bound=msgspec.Struct)


class RowProblem(msgspec.Struct, frozen=True):
    """What is wrong in a row; rows are counted as a spreadsheet counts them, the header is row 1."""

    row: int
    problem: str


class SheetRefused(Unprocessable):
    slug = "sheet_refused"
    title = "The file cannot be read; nothing of it was taken"


def read(content: bytes, *, into: type[Row], key: str) -> list[Row]:
    """Every row of a CSV file as `rows` reads it; `key` may not come twice."""
    numbered, problems = _rows(content, into)
    found: dict[object, Row] = {}
    for number, row in numbered:
        if getattr(row, key) in found:
            problems.append(RowProblem(number, f"the {key} {getattr(row, key)} stands in a row above already"))
        found[getattr(row, key)] = row
    refuse(problems)
    return list(found.values())


def rows(content: bytes, *, into: type[Row]) -> list[tuple[int, Row]]:
    """Every row of a CSV file (UTF-8; commas, semicolons or tabs) with its number, or SheetRefused with the bad rows.

    The header names the fields of `into`; a cell of a field with many values is cut at "|".
    """
    numbered, problems = _rows(content, into)
    refuse(problems)
    return numbered


def _rows(content: bytes, into: type[Row]) -> tuple[list[tuple[int, Row]], list[RowProblem]]:
    found: list[tuple[int, Row]] = []
    problems: list[RowProblem] = []
    for number, cells in _cells(_text(content), into):
        try:
            # Every cell is text; a column of numbers holds them as digits.
            found.append((number, msgspec.convert(cells, into, strict=False)))
        except msgspec.ValidationError as wrong:
            problems.append(RowProblem(number, str(wrong)))
    return found, problems


def refuse(problems: Sequence[RowProblem]) -> None:
    """SheetRefused, which names the first hundred rows, if there is any problem."""
    if problems:
        problems = sorted(problems, key=lambda one: one.row)
        raise SheetRefused(problems=problems[:PROBLEMS_MAX], problems_count=len(problems))


def _text(content: bytes) -> str:
    if len(content) > BYTES_MAX:
        raise SheetRefused(detail=f"the file is larger than {BYTES_MAX} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SheetRefused(detail="the file is not UTF-8: save it as CSV UTF-8") from None


def _cells(text: str, into: type[msgspec.Struct]) -> Iterator[tuple[int, Mapping[str, object]]]:
    """The filled cells of each row that has any, by the name of their column."""
    header, _, _ = text.partition("\n")
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=header.count), strict=True)
    fields = {field.encode_name: _is_many(into, field.name) for field in msgspec.structs.fields(into)}
    try:
        columns = [name.strip().lower() for name in next(lines, [])]
        _check_header(columns, into)
        for number, line in enumerate(lines, start=2):
            if number > ROWS_MAX + 1:
                raise SheetRefused(detail=f"the file has more than {ROWS_MAX} rows")
            filled = {name: cell.strip() for name, cell in zip(columns, line, strict=False) if cell.strip()}
            if filled:
                yield number, {name: _values(cell) if fields[name] else cell for name, cell in filled.items()}
    except csv.Error as broken:
        raise SheetRefused(detail=f"row {lines.line_num}: {broken}") from None


def _check_header(columns: Sequence[str], into: type[msgspec.Struct]) -> None:
    fields = msgspec.structs.fields(into)
    missing = [field.encode_name for field in fields if field.required and field.encode_name not in columns]
    unknown = sorted(set(columns) - {field.encode_name for field in fields})
    if missing or unknown or len(set(columns)) < len(columns):
        raise SheetRefused(
            detail="the first row has to name the columns, each once", missing_columns=missing, unknown_columns=unknown
        )


def _is_many(into: type[msgspec.Struct], field: str) -> bool:
    kind = get_type_hints(into)[field]
    return getattr(kind, "__origin__", None) is frozenset


def _values(cell: str) -> list[str]:
    return [value.strip() for value in cell.split(BETWEEN) if value.strip()]

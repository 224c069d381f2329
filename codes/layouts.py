"""Layouts: what each line of a print order's file holds, byte by byte: a line's place follows from its index."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Final, Literal

import msgspec

from codes.drawings.carriers import Carrier, prefix
from codes.packaging_code import TEXT_LENGTH, Role

Format = Literal["txt", "csv", "ndjson"]
FORMATS: Final[tuple[Format, ...]] = ("txt", "csv", "ndjson")
# Enough for every index that a batch can have.
INDEX_DIGITS: Final = 10
_DASH: Final = "-"
_GS1_GTIN: Final = "01"
_GS1_SERIAL: Final = "21"
_CARRIERS: Final = {"": Carrier.PLAIN, "url": Carrier.URL, "link": Carrier.DIGITAL_LINK}


class Column(StrEnum):
    """What a line can hold of an item: a code, its printed address, its GS1 forms, the product's number.

    `inner_…` is the hidden code that pays, `outer_…` the visible twin that never does.
    """

    inner = "inner"
    outer = "outer"
    inner_url = "inner_url"
    outer_url = "outer_url"
    inner_link = "inner_link"
    outer_link = "outer_link"
    inner_gs1 = "inner_gs1"
    outer_gs1 = "outer_gs1"
    gtin = "gtin"


ROLES: Final = {
    column: Role.INNER if column.startswith("inner") else Role.OUTER for column in Column if column != Column.gtin
}
NEED_GTIN: Final = frozenset(column for column in Column if column.endswith(("_link", "_gs1"))) | {Column.gtin}


class Hole(msgspec.Struct, frozen=True):
    """Where in a line a code of a role goes."""

    place: int
    role: Role


class Layout(msgspec.Struct, frozen=True):
    """A file's head, the line of an index that has codes, that of one that has none, and what is put into them."""

    head: bytes
    line: bytes
    skipped: bytes
    holes: tuple[Hole, ...]
    # The index stands at the same place in every line, or nowhere; JSON knows no number with a zero in front.
    index_place: int | None
    index_filler: Literal["0", " "]


class _Cell(msgspec.Struct, frozen=True):
    """One column's text before and behind the code, or all of its text where it holds no code."""

    column: Column
    before: str
    role: Role | None

    @property
    def text(self) -> str:
        return self.before + ("" if self.role is None else _DASH * TEXT_LENGTH)


def layout(columns: Sequence[Column], *, format: Format, origin: str, gtin: str | None) -> Layout:  # noqa: A002 - it is one.
    """How a file of these columns is laid out; printed addresses begin with `origin`."""
    cells = [_cell(column, origin=origin, gtin=gtin) for column in columns]
    return _LAYOUTS[format](cells)


def _cell(column: Column, *, origin: str, gtin: str | None) -> _Cell:
    if column == Column.gtin:
        return _Cell(column, gtin or "", None)
    _, _, form = column.partition("_")
    if form == "gs1":
        return _Cell(column, f"{_GS1_GTIN}{gtin}{_GS1_SERIAL}", ROLES[column])
    return _Cell(column, prefix(_CARRIERS[form], origin=origin, gtin=gtin), ROLES[column])


def _txt(cells: Sequence[_Cell]) -> Layout:
    return _laid("", [("\t" if place else "", cell, "") for place, cell in enumerate(cells)], blank=_dashes)


def _csv(cells: Sequence[_Cell]) -> Layout:
    head = ",".join(["index", *(cell.column for cell in cells)]) + "\n"
    index = "0" * INDEX_DIGITS
    parts = [(f"{index}," if place == 0 else ",", cell, "") for place, cell in enumerate(cells)]
    return msgspec.structs.replace(_laid(head, parts, blank=_dashes), index_place=0)


def _ndjson(cells: Sequence[_Cell]) -> Layout:
    opening = '{"index":'
    index = opening + " " * INDEX_DIGITS
    parts = [(f'{index if place == 0 else ""},"{cell.column}":', cell, '"') for place, cell in enumerate(cells)]
    laid = _laid("", parts, blank=_null, end="}\n")
    return msgspec.structs.replace(laid, index_place=len(opening), index_filler=" ")


def _laid(
    head: str, parts: Sequence[tuple[str, _Cell, str]], *, blank: Callable[[int], str], end: str = "\n"
) -> Layout:
    """Put the cells behind one another, each behind its separator and within its quotes."""
    line, skipped, holes = "", "", []
    for separator, cell, quote in parts:
        whole = quote + cell.text + quote
        if cell.role is not None:
            place = len(line) + len(separator) + len(quote) + len(cell.before)
            holes.append(Hole(place, cell.role))
        line += separator + whole
        skipped += separator + (whole if cell.role is None else blank(len(whole)))
    return Layout(head.encode(), (line + end).encode(), (skipped + end).encode(), tuple(holes), None, "0")


def _dashes(width: int) -> str:
    return _DASH * width


def _null(width: int) -> str:
    return "null".ljust(width)


_LAYOUTS: Final[dict[Format, Callable[[Sequence[_Cell]], Layout]]] = {"txt": _txt, "csv": _csv, "ndjson": _ndjson}

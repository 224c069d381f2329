"""Cells: text on its way into a spreadsheet, where nothing of it may be run or turned around."""

import csv
import io
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

# What a spreadsheet begins a formula with, wide forms included; blanks before it do not save anybody.
_FORMULA: Final = re.compile(r"^\s*[=+\-@|%＝＋－＠]")
# Controls, and what hides letters or turns the direction of those behind it.
_UNSEEN: Final = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u2069\\ufeff\\ud800-\\udfff]+"
)


def on_one_line(text: str) -> str:
    """A text without what nobody sees in it."""
    return _UNSEEN.sub(" ", text)


def inert(text: str) -> str:
    """A text as a cell may hold it: on one line, and behind an apostrophe where it would be taken for a formula."""
    seen = on_one_line(text)
    return f"'{seen}" if _FORMULA.match(seen) else seen


def csv_rows(rows: Iterable[Iterable[str | int | Decimal]]) -> bytes:
    """Rows as RFC 4180 has them; texts are made inert, numbers are numbers."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerows([inert(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return written.getvalue().encode()

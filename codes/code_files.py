"""Code files: one code a line, or one column of a table, read piece by piece as they come. Pure."""

import csv
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from programs.sheets import SheetRefused

LINE_BYTES_MAX: Final = 4_096
# How the column is called where nobody says so, in makers' files and in those of the Russian marking system.
_KNOWN_COLUMNS: Final = ("code", "codes", "km", "cis", "ki", "код", "коды", "код маркировки", "км", "ки")
_DELIMITERS: Final = ",;\t"


class Line(NamedTuple):
    """What stands where a code should, and on which line of the file; the first one is 1."""

    number: int
    text: str


class CodeFile:
    """A file on its way in. A table has a head that names its column; without one, each line is a code."""

    def __init__(self, column: str | None = None) -> None:
        self._wanted = column
        self._columns = (column.strip().casefold(),) if column else _KNOWN_COLUMNS
        self._rest = b""
        self._number = 0
        self._delimiter = ""
        self._place = -1

    def feed(self, piece: bytes) -> list[Line]:
        """The lines that end in this piece."""
        whole, found, rest = (self._rest + piece).rpartition(b"\n")
        self._rest = rest
        if len(rest) > LINE_BYTES_MAX:
            raise SheetRefused(detail=f"line {self._number + 1} is longer than {LINE_BYTES_MAX} bytes")
        return self._read(whole) if found else []

    def end(self) -> list[Line]:
        """The last line, if nothing ends it."""
        rest, self._rest = self._rest, b""
        return self._read(rest) if rest else []

    def _read(self, whole: bytes) -> list[Line]:
        try:
            texts = whole.decode("utf-8-sig" if self._number == 0 else "utf-8").split("\n")
        except UnicodeDecodeError:
            raise SheetRefused(detail="the file is not UTF-8: save it as CSV UTF-8 or as plain text") from None
        first, self._number = self._number + 1, self._number + len(texts)
        if first == 1 and self._is_head(texts[0]):
            first, texts = 2, texts[1:]
        numbered = zip(range(first, self._number + 1), texts, self._cells(texts), strict=True)
        return [Line(number, cell) for number, text, cell in numbered if cell or text.strip()]

    def _is_head(self, text: str) -> bool:
        """Whether the first line names the column that is meant; then it says how the file is cut too."""
        delimiter = max(_DELIMITERS, key=text.count)
        names = [cell.strip().casefold() for cell in next(csv.reader([text], delimiter=delimiter), [])]
        for name in self._columns:
            if name in names:
                self._place = names.index(name)
                self._delimiter = delimiter
                return True
        if self._wanted:
            raise SheetRefused(detail="the first row has to name the columns", missing_columns=[self._wanted])
        return False

    def _cells(self, texts: Sequence[str]) -> Iterator[str]:
        if not self._delimiter:
            # Markings hold commas and quotation marks, so a line without a head is taken as it stands.
            return map(_unquoted, texts)
        rows = (next(csv.reader([text], delimiter=self._delimiter), []) for text in texts)
        return (row[self._place].strip(" \r") if len(row) > self._place else "" for row in rows)


def _unquoted(text: str) -> str:
    text = text.strip(" \r\t")
    return text[1:-1].replace('""', '"') if text[:1] == '"' == text[-1:] and len(text) > 1 else text

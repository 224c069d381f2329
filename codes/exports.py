"""Exports: the bytes of a print order's file, any part of them, computed from the indexes; no file is stored."""

import hashlib
from collections.abc import Iterator
from functools import reduce
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from codes.layouts import INDEX_DIGITS, Layout
from codes.lines import LINE_BYTES, PLACEHOLDER, lines
from codes.packaging_code import TEXT_LENGTH, BatchKey, Role, SeriesKey
from codes.profanity import FINGERPRINT

# What a change of the layouts has to change too, so that no download goes on with another file than it began.
_VERSION: Final = 1
_HALF_DIGITS: Final = INDEX_DIGITS // 2
_HALF: Final = 10**_HALF_DIGITS
_CODE: Final = f"V{TEXT_LENGTH}"
_DIGITS: Final = f"V{_HALF_DIGITS}"

Fields = NDArray[np.void]


class Export(msgspec.Struct, frozen=True):
    """The file of some indexes of a batch in one layout."""

    key: BatchKey
    layout: Layout
    first: int
    stop: int

    @property
    def size(self) -> int:
        """How many bytes the whole file has."""
        return len(self.layout.head) + (self.stop - self.first) * len(self.layout.line)

    @property
    def etag(self) -> str:
        """A strong entity tag: another one for every file that differs in a byte."""
        known = (_VERSION, self.key.series_key.series, self.key.batch, self.first, self.stop)
        said = msgspec.json.encode((known, FINGERPRINT.hex(), msgspec.to_builtins(self.layout)))
        return f'"{hashlib.sha256(said).hexdigest()[:32]}"'

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """The file's bytes `start` up to `stop`, chunk by chunk; nothing is computed before it is asked for."""
        head, width = self.layout.head, len(self.layout.line)
        if start < len(head):
            yield head[start:stop]
        first = self.first + max(start - len(head), 0) // width
        place = len(head) + (first - self.first) * width
        last = self.first + -(-(stop - len(head)) // width)
        for chunk in self._lines(first, min(last, self.stop)):
            yield chunk[max(start - place, 0) : stop - place]
            place += len(chunk)

    def _lines(self, first: int, stop: int) -> Iterator[bytes]:
        # AES contexts belong to one reader at a time, so each makes its own.
        series = SeriesKey(self.key.series_key.series, self.key.series_key.secret)
        key = BatchKey(series, self.key.batch, self.key.secret)
        roles = sorted({hole.role for hole in self.layout.holes})
        sources = [lines(key, role=role, start=first, stop=stop, placeholders=True) for role in roles]
        if self.layout.line == PLACEHOLDER:
            yield from sources[0]
            return
        sheet = _Sheet(self.layout)
        for chunks in zip(*sources, strict=True):
            yield sheet.filled(first, dict(zip(roles, chunks, strict=True)))
            first += len(chunks[0]) // LINE_BYTES


class _Sheet:
    """One chunk's lines, laid out once and filled anew for every next chunk."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._names = {f"hole{place}": hole for place, hole in enumerate(layout.holes)}
        places = [(name, _CODE, hole.place) for name, hole in self._names.items()]
        if layout.index_place is not None:
            at = layout.index_place
            places += [("high", _DIGITS, at), ("low", _DIGITS, at + _HALF_DIGITS)]
        names, formats, offsets = zip(*places, strict=True)
        self._fields = np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": len(layout.line)})
        self._whole = np.dtype(f"V{len(layout.line)}")
        self._lines = np.empty(0, dtype=self._whole)

    def filled(self, first: int, codes: dict[Role, bytes]) -> bytes:
        """The lines of one chunk, which has as many codes of each role, from an index on."""
        count = len(next(iter(codes.values()))) // LINE_BYTES
        if count > len(self._lines):
            self._lines = np.full(count, np.void(self._layout.line))
        rows = self._lines[:count]
        fields = rows.view(self._fields)
        for name, hole in self._names.items():
            fields[name] = np.frombuffer(codes[hole.role], dtype=_SOURCE)["code"]
        skipped = reduce(np.bitwise_or, (_skipped(chunk) for chunk in codes.values()))
        rows[skipped] = np.void(self._layout.skipped)
        if self._layout.index_place is not None:
            self._number(fields, first)
        filled = rows.tobytes()
        rows[skipped] = np.void(self._layout.line)
        return filled

    def _number(self, rows: Fields, first: int) -> None:
        """Write each line's index, run by run of those that begin with the same digits."""
        place = 0
        while place < len(rows):
            high, low = divmod(first + place, _HALF)
            run = slice(place, place + _HALF - low)
            digits = _ZEROED if high or self._layout.index_filler == "0" else _SPACED
            part = rows[run]
            part["high"] = np.void(f"{high or '':{self._layout.index_filler}>{_HALF_DIGITS}}".encode())
            part["low"] = digits[low : low + len(part)]
            place += len(part)


def _skipped(chunk: bytes) -> NDArray[np.bool_]:
    """Which lines of a chunk are placeholders."""
    return np.equal(np.frombuffer(chunk, dtype=np.uint8)[::LINE_BYTES], PLACEHOLDER[0])


def _numbers(filler: str) -> NDArray[np.void]:
    return np.array([f"{number:{filler}>{_HALF_DIGITS}}".encode() for number in range(_HALF)]).view(_DIGITS)


_SOURCE: Final = np.dtype([("code", _CODE), ("end", "V1")])
_ZEROED: Final = _numbers("0")
_SPACED: Final = _numbers(" ")

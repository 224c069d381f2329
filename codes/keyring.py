"""The keyring: series, batches and ranges as one process remembers them, until the revision says otherwise."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from codes.decoding import by_series, decode_all, halves_of
from codes.identities import ImportedCode
from codes.packaging_code import BATCH_COUNT, BatchKey, Deciphered, PackagingCode, Role, SeriesKey, confirms
from core import keys
from core.db import fetch, fetch_value
from core.rewrapping import Wrapped

SERIES_PURPOSE = "code series"
BATCH_PURPOSE = "code batch"
WRAPPED = (
    Wrapped("code_series", "number", "smallint", SERIES_PURPOSE),
    Wrapped("code_batch", "id", "uuid", BATCH_PURPOSE),
)
_REMEMBERED_MAX = 100_000
# A batch that went out by cartons has a hundred thousand ranges: of such a one each code's own is asked for.
_RANGES_MAX = 500


class Range(msgspec.Struct, frozen=True):
    """Indexes `first` up to `stop` of a batch, what may be done with them, and where they are meant to be sold."""

    first: int
    stop: int
    state: str
    since: datetime
    territory: str | None = None
    channel: str | None = None


class Batch(msgspec.Struct, frozen=True):
    """A sealed batch with its key, which an imported one lacks, and its ranges unless they are too many."""

    key: BatchKey | None
    program_id: UUID
    product_id: UUID
    ranges: tuple[Range, ...] | None

    def range_of(self, index: int) -> Range | None:
        """The range that an index lies in, or a stand-in if that is not remembered; None beyond the batch's end."""
        if self.ranges is None:
            return STAND_IN
        place = bisect_right(self.ranges, index, key=lambda one: one.first) - 1
        if place < 0 or index >= self.ranges[place].stop:
            return None
        return self.ranges[place]


# Lies nowhere; `placed` puts the range itself in its place.
STAND_IN: Final = Range(0, 0, "", datetime.min.replace(tzinfo=UTC))


class Item(msgspec.Struct, frozen=True):
    """A code that is one of ours or was imported, with its batch and its range."""

    code: PackagingCode | ImportedCode
    batch: Batch
    range: Range
    # How a text that could not be right as it was typed has been read.
    read_as: str | None = None


class Known:
    """What one revision says of batches, read as it is needed; other claims may go on with an older one meanwhile."""

    def __init__(self, revision: int, series: dict[int, SeriesKey], last_batch: int = 0) -> None:
        self.revision = revision
        self.series = series
        # Batches are numbered in order: a number beyond the last one was made up, and nobody is kept waiting for it.
        self.last_batch = last_batch
        # What imported codes look like, once somebody has asked.
        self.shapes: frozenset[tuple[str, int]] | None = None
        self._batches: dict[int, Batch] = {}

    async def identify(self, texts: Sequence[tuple[str, ...]]) -> list[Item | None]:
        """For the readings of each text, the code that verifies, or None; joins the caller's transaction."""
        found = await self._proven(texts, role=Role.INNER)
        # Few are outer twins or none of ours: only they are read a second time.
        left = [place for place, item in enumerate(found) if item is None]
        if left:
            twins = await self._proven([texts[place] for place in left], role=Role.OUTER)
            for place, item in zip(left, twins, strict=True):
                found[place] = item
        return found

    async def outer(self, readings: tuple[str, ...]) -> Item | None:
        """The outer code that a text is, or None: nobody looks whether it is an inner one; joins the transaction."""
        [found] = await self._proven([readings], role=Role.OUTER)
        return found

    async def batches(self, numbers: set[int]) -> dict[int, Batch]:
        """Those of the numbers that batches of ours have; joins the caller's transaction."""
        found = {number: self._batches[number] for number in numbers if number in self._batches}
        missing = numbers - found.keys()
        if missing:
            # Only what there is gets remembered: whoever guesses makes up numbers without end.
            loaded = await _load_batches(list(missing), self.series)
            if len(self._batches) + len(loaded) > _REMEMBERED_MAX:
                self._batches = {}
            self._batches.update(loaded)
            found |= loaded
        return found

    async def hold(self) -> bool:
        """Let nobody change a range until the caller's transaction ends; False when somebody has done so already."""
        return bool(await fetch_value("SELECT revision FROM code_revision FOR SHARE") == self.revision)

    async def _proven(self, texts: Sequence[tuple[str, ...]], *, role: Role) -> list[Item | None]:
        said = self._said([text for readings in texts for text in readings], role)
        batches = await self.batches({one.batch for _, one in filter(None, said) if one.batch <= self.last_batch})
        items = iter([item_of(*one, batches) if one else None for one in said])
        return await placed([next(filter(None, [next(items) for _ in readings]), None) for readings in texts])

    def _said(self, texts: Sequence[str], role: Role) -> list[tuple[SeriesKey, Deciphered] | None]:
        said: list[tuple[SeriesKey, Deciphered] | None] = [None] * len(texts)
        for series, places in by_series(texts, self.series):
            decoded = decode_all(halves_of([texts[place] for place in places]), series.aes, role=role)
            for place, one in zip(places, decoded, strict=True):
                said[place] = series, one
        return said


class Keyring:
    """What this process remembers of batches, for as long as nothing about them changes."""

    def __init__(self) -> None:
        self._known = Known(-1, {})

    async def current(self) -> Known:
        """What is known by now; joins the caller's transaction, which leans on what it got and on nothing newer."""
        return await self.of(await fetch_value("SELECT revision FROM code_revision"))

    async def of(self, revision: int) -> Known:
        """What a revision says that the caller's transaction has just read."""
        known = self._known
        if revision != known.revision:
            known = self._known = await _load(revision)
        return known


def item_of(series: SeriesKey, said: Deciphered, batches: Mapping[int, Batch]) -> Item | None:
    """The code that a deciphered text is, if its batch confirms it."""
    batch = batches.get(said.batch)
    found = batch.range_of(said.index) if batch is not None else None
    if batch is None or batch.key is None or found is None:
        return None
    # A batch confirms texts of its own series only, or each series would be one more way to guess its codes.
    if batch.key.series_key is not series or not confirms(batch.key, said):
        return None
    return Item(PackagingCode(series.series, said.batch, said.index, said.role), batch, found)


async def placed(items: list[Item | None]) -> list[Item | None]:
    """The items with their own ranges where their batches have too many; joins the caller's transaction."""
    left = [place for place, item in enumerate(items) if item is not None and item.range is STAND_IN]
    if not left:
        return items
    codes = [item.code for item in items if item is not None and item.range is STAND_IN]
    rows = await fetch(
        """SELECT one.* FROM unnest($1::int[], $2::bigint[]) WITH ORDINALITY AS asked (batch, index, place)
           LEFT JOIN LATERAL (
               SELECT first, stop, state, coalesce(on_sale_at, since), territory, channel FROM code_range
               WHERE batch_number = asked.batch AND first <= asked.index ORDER BY first DESC LIMIT 1) AS one
               ON one.stop > asked.index
           ORDER BY place""",
        [code.batch for code in codes],
        [code.index for code in codes],
    )
    for place, row in zip(left, rows, strict=True):
        item = items[place]
        if item is not None:
            there = row["first"] is not None
            items[place] = msgspec.structs.replace(item, range=Range(*row.values())) if there else None
    return items


async def _load(revision: int) -> Known:
    rows = await fetch(
        """SELECT number, wrapped_secret, (SELECT max(number) FROM code_batch WHERE number < $1) AS last_batch
           FROM code_series""",
        BATCH_COUNT,
    )
    series = {
        row["number"]: SeriesKey(row["number"], keys.unwrap(row["wrapped_secret"], purpose=SERIES_PURPOSE))
        for row in rows
    }
    return Known(revision, series, rows[0]["last_batch"] or 0 if rows else 0)


async def _load_batches(numbers: Sequence[int], series: dict[int, SeriesKey]) -> dict[int, Batch]:
    rows = await fetch(
        """SELECT number, series, program_id, product_id, wrapped_secret,
                  ARRAY(SELECT (first, stop, state, coalesce(on_sale_at, since), territory, channel)
                        FROM code_range
                        WHERE batch_number = number ORDER BY first LIMIT $2) AS ranges
           FROM code_batch
           WHERE number = ANY($1) AND state = 'sealed' AND (wrapped_secret IS NOT NULL OR kind = 'imported')""",
        numbers,
        _RANGES_MAX + 1,
    )
    return {
        row["number"]: Batch(
            _key_of(row, series),
            row["program_id"],
            row["product_id"],
            tuple(Range(*one) for one in row["ranges"]) if len(row["ranges"]) <= _RANGES_MAX else None,
        )
        for row in rows
        # A series that came after the caller's revision has no codes for him yet.
        if row["series"] is None or row["series"] in series
    }


def _key_of(row: Any, series: dict[int, SeriesKey]) -> BatchKey | None:
    if row["series"] is None:
        return None
    secret = keys.unwrap(row["wrapped_secret"], purpose=BATCH_PURPOSE)
    return BatchKey(series[row["series"]], row["number"], secret)

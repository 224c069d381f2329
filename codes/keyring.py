"""The keyring: series, batches and ranges as one process remembers them, until the revision says otherwise."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from codes.alphabet import VALUES
from codes.packaging_code import BatchKey, Deciphered, PackagingCode, Role, SeriesKey, confirms, decode
from core import keys
from core.db import fetch, fetch_value

SERIES_PURPOSE = "code series"
BATCH_PURPOSE = "code batch"
_REMEMBERED_MAX = 100_000


class Range(msgspec.Struct, frozen=True):
    """Indexes `first` up to `stop` of a batch, and what may be done with them."""

    first: int
    stop: int
    state: str
    since: datetime


class Batch(msgspec.Struct, frozen=True):
    """A sealed batch with its key."""

    key: BatchKey
    program_id: UUID
    product_id: UUID
    ranges: tuple[Range, ...]

    def range_of(self, index: int) -> Range | None:
        """The range that an index lies in; None beyond the batch's end."""
        place = bisect_right(self.ranges, index, key=lambda one: one.first) - 1
        if place < 0 or index >= self.ranges[place].stop:
            return None
        return self.ranges[place]


class Item(msgspec.Struct, frozen=True):
    """A code that is one of ours, with its batch and its range."""

    code: PackagingCode
    batch: Batch
    range: Range


class Keyring:
    """What this process knows of batches; `refresh` first, in the transaction that leans on it."""

    def __init__(self) -> None:
        self._revision = -1
        self._series: dict[int, SeriesKey] = {}
        self._batches: dict[int, Batch | None] = {}

    async def refresh(self) -> None:
        """Forget everything if anything has changed since; joins the caller's transaction."""
        revision = await fetch_value("SELECT revision FROM code_revision")
        if revision != self._revision:
            self._series = await _load_series()
            self._batches = {}
            self._revision = revision

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

    async def _proven(self, texts: Sequence[tuple[str, ...]], *, role: Role) -> list[Item | None]:
        said = [[self._said(text, role) for text in readings] for readings in texts]
        await self._load({one.batch for each in said for one in each if one is not None})
        return [next(filter(None, map(self._confirmed, each)), None) for each in said]

    def _said(self, text: str, role: Role) -> Deciphered | None:
        series = self._series.get(VALUES[text[0]])
        return None if series is None else decode(text, series, role=role)

    def _confirmed(self, said: Deciphered | None) -> Item | None:
        if said is None:
            return None
        batch = self._batches.get(said.batch)
        found = batch.range_of(said.index) if batch is not None else None
        if batch is None or found is None or not confirms(batch.key, said):
            return None
        code = PackagingCode(batch.key.series_key.series, said.batch, said.index, said.role)
        return Item(code, batch, found)

    async def _load(self, numbers: set[int]) -> None:
        missing = [number for number in numbers if number not in self._batches]
        if not missing:
            return
        if len(self._batches) + len(missing) > _REMEMBERED_MAX:
            self._batches = {}
            missing = list(numbers)
        self._batches |= dict.fromkeys(missing)
        self._batches |= await _load_batches(missing, self._series)


async def _load_series() -> dict[int, SeriesKey]:
    rows = await fetch("SELECT number, wrapped_secret FROM code_series")
    return {
        row["number"]: SeriesKey(row["number"], keys.unwrap(row["wrapped_secret"], purpose=SERIES_PURPOSE))
        for row in rows
    }


async def _load_batches(numbers: Sequence[int], series: dict[int, SeriesKey]) -> dict[int, Batch]:
    rows = await fetch(
        """SELECT number, series, program_id, product_id, wrapped_secret,
                  ARRAY(SELECT (first, stop, state, since) FROM code_range
                        WHERE batch_number = number ORDER BY first) AS ranges
           FROM code_batch WHERE number = ANY($1) AND state = 'sealed' AND wrapped_secret IS NOT NULL""",
        numbers,
    )
    return {
        row["number"]: Batch(
            BatchKey(
                series[row["series"]],
                row["number"],
                keys.unwrap(row["wrapped_secret"], purpose=BATCH_PURPOSE),
            ),
            row["program_id"],
            row["product_id"],
            tuple(Range(*one) for one in row["ranges"]),
        )
        for row in rows
    }

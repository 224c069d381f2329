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


class Known:
    """What one revision says of batches, read as it is needed; other claims may go on with an older one meanwhile."""

    def __init__(self, revision: int, series: dict[int, SeriesKey]) -> None:
        self.revision = revision
        self._series = series
        self._batches: dict[int, Batch | None] = {}

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

    async def hold(self) -> bool:
        """Let nobody change a range until the caller's transaction ends; False when somebody has done so already."""
        return bool(await fetch_value("SELECT revision FROM code_revision FOR SHARE") == self.revision)

    async def _proven(self, texts: Sequence[tuple[str, ...]], *, role: Role) -> list[Item | None]:
        said = [[self._said(text, role) for text in readings] for readings in texts]
        batches = await self._batches_of({one.batch for each in said for _, one in filter(None, each)})
        return [next(filter(None, (_confirmed(one, batches) for one in each)), None) for each in said]

    def _said(self, text: str, role: Role) -> tuple[SeriesKey, Deciphered] | None:
        series = self._series.get(VALUES[text[0]])
        return None if series is None else (series, decode(text, series, role=role))

    async def _batches_of(self, numbers: set[int]) -> dict[int, Batch | None]:
        found = {number: self._batches[number] for number in numbers if number in self._batches}
        missing = numbers - found.keys()
        if missing:
            loaded = dict.fromkeys(missing) | await _load_batches(list(missing), self._series)
            if len(self._batches) + len(loaded) > _REMEMBERED_MAX:
                self._batches = {}
            self._batches.update(loaded)
            found |= loaded
        return found


class Keyring:
    """What this process remembers of batches, for as long as nothing about them changes."""

    def __init__(self) -> None:
        self._known = Known(-1, {})

    async def current(self) -> Known:
        """What is known by now; joins the caller's transaction, which leans on what it got and on nothing newer."""
        known, revision = self._known, await fetch_value("SELECT revision FROM code_revision")
        if revision != known.revision:
            known = self._known = Known(revision, await _load_series())
        return known


def _confirmed(read: tuple[SeriesKey, Deciphered] | None, batches: dict[int, Batch | None]) -> Item | None:
    if read is None:
        return None
    series, said = read
    batch = batches[said.batch]
    found = batch.range_of(said.index) if batch is not None else None
    # A batch confirms texts of its own series only, or each series would be one more way to guess its codes.
    if batch is None or found is None or batch.key.series_key is not series or not confirms(batch.key, said):
        return None
    return Item(PackagingCode(series.series, said.batch, said.index, said.role), batch, found)


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
        # A series that came after the caller's revision has no codes for him yet.
        if row["series"] in series
    }

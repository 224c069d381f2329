"""Packs: which indexes of a run are in one, by the codes that they carry and by what the printer threw away."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from codes.lines import LINE_BYTES, PLACEHOLDER, lines
from codes.packaging_code import BatchKey, Role, SeriesKey
from codes.ranges import Run
from core.db import fetch

# With twins a pack carries both its codes, so that an index that lacks either is in none.
_CARRIED: Final = {True: tuple(Role), False: (Role.INNER,)}


async def spoiled(batch_number: int, run: Run) -> list[Run]:
    """The runs of spoiled paper that touch a run, in order."""
    rows = await fetch(
        """SELECT first, stop FROM printed_run
           WHERE batch_number = $1 AND outcome = 'spoiled' AND first < $3 AND stop > $2 ORDER BY first""",
        batch_number,
        *run,
    )
    return [Run(*row) for row in rows]


def packed(
    key: BatchKey, run: Run, *, twins: bool, without: Sequence[Run] = ()
) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """Whether each index of a run is in a pack, chunk by chunk with where it begins; `without` is spoiled paper."""
    # AES contexts belong to one thread, so this one makes its own.
    own = BatchKey(SeriesKey(key.series_key.series, key.series_key.secret), key.batch, key.secret)
    sources = [lines(own, role=role, start=run.first, stop=run.stop, placeholders=True) for role in _CARRIED[twins]]
    first = run.first
    for chunks in zip(*sources, strict=True):
        carried = [np.frombuffer(chunk, dtype=np.uint8)[::LINE_BYTES] != PLACEHOLDER[0] for chunk in chunks]
        inside = np.logical_and.reduce(carried)
        for hole in without:
            inside[max(hole.first - first, 0) : max(hole.stop - first, 0)] = False
        yield first, inside
        first += len(inside)

"""Verifying one packaging code, from the text that somebody typed to the code behind it."""

import os
import time

from bench.figures import Figure, at_most
from bench.installation import Installation
from bench.rounds import in_turn
from codes.packaging_code import BatchKey, Role, SeriesKey, encode, verify
from codes.readings import readings

_COUNT = 10_000


async def measure(_installation: Installation) -> list[Figure]:
    """A code without the database: what a wrong guess costs us at least."""
    inner, outer, read = await in_turn(lambda: _verify(Role.INNER), lambda: _verify(Role.OUTER), _read)
    return [
        Figure(what="verify one inner code", unit="µs", ours=inner, target=at_most(15)),
        Figure(what="verify one outer code", unit="µs", ours=outer),
        Figure(what="read one code as it was typed", unit="µs", ours=read),
    ]


async def _verify(role: Role) -> float:
    series = SeriesKey(1, os.urandom(16))
    key = BatchKey(series, 1, os.urandom(16))
    texts = [encode(key, index=index, role=role) for index in range(_COUNT)]
    series_key, batch_key = {1: series}.get, {1: key}.get
    started = time.perf_counter()
    found = [verify(text, series_key=series_key, batch_key=batch_key) for text in texts]
    seconds = time.perf_counter() - started
    if None in found:
        raise RuntimeError("a code of ours did not verify")
    return seconds / _COUNT * 1e6


async def _read() -> float:
    key = BatchKey(SeriesKey(1, os.urandom(16)), 1, os.urandom(16))
    texts = [encode(key, index=index, role=Role.INNER).lower() for index in range(_COUNT)]
    started = time.perf_counter()
    for text in texts:
        readings(text)
    return (time.perf_counter() - started) / _COUNT * 1e6

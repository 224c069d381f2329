"""Repairing what was typed: how long a misspelled code takes beside one that is right, alone and in a phone's queue."""

import os
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from bench.figures import Figure, at_most
from bench.installation import Installation
from bench.rounds import in_turn
from codes.alphabet import ALPHABET
from codes.keyring import Batch, Known, Range
from codes.packaging_code import INDEX_COUNT, TEXT_LENGTH, BatchKey, Role, SeriesKey, encode
from codes.readings import meaning
from codes.repair import repaired
from core.ids import uuid7

_ALONE, _QUEUE = 300, 500


async def measure(_installation: Installation) -> list[Figure]:
    """Without the database: candidates, deciphering, and the batch's own confirmation."""
    alone, queued = await in_turn(lambda: _repair(1, _ALONE), lambda: _repair(_QUEUE, 1))
    return [
        Figure(what="repair one typed code", unit="ms", ours=alone, target=at_most(0.5)),
        Figure(what=f"repair one of {_QUEUE} in a queue", unit="ms", ours=queued),
    ]


async def _repair(at_once: int, times: int) -> float:
    """The milliseconds of one code."""
    chance = random.Random(4)
    key = BatchKey(SeriesKey(1, os.urandom(16)), 1, os.urandom(16))
    known = _OneBatch(key)
    typed = [[_with_a_wrong_symbol(key, chance) for _ in range(at_once)] for _ in range(times)]
    started = time.perf_counter()
    found = [await _read(texts, known) for texts in typed]
    seconds = time.perf_counter() - started
    if not all(found):
        raise RuntimeError("a code of ours was not repaired")
    return seconds / (at_once * times) * 1e3


async def _read(texts: Sequence[str], known: Known) -> bool:
    return None not in await repaired([meaning(text).misspelled for text in texts], known)


class _OneBatch(Known):
    """What a process knows that has had a scan of its only batch."""

    def __init__(self, key: BatchKey) -> None:
        super().__init__(0, {key.series_key.series: key.series_key}, last_batch=key.batch)
        everything = Range(0, INDEX_COUNT, "active", datetime.now(UTC))
        self._only = {key.batch: Batch(key, uuid7(), uuid7(), (everything,))}

    async def batches(self, numbers: set[int]) -> dict[int, Batch]:
        return {number: batch for number, batch in self._only.items() if number in numbers}


def _with_a_wrong_symbol(key: BatchKey, chance: random.Random) -> str:
    code, place = encode(key, index=chance.randrange(10**9), role=Role.INNER), chance.randrange(TEXT_LENGTH)
    return code[:place] + chance.choice(ALPHABET.replace(code[place], "")) + code[place + 1 :]

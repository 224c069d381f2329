"""Reading codes from photos of twelve megapixels, as they are and degraded, through the child process that looks."""

import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from itertools import count, islice

from bench.figures import Figure, at_least, at_most
from bench.installation import Installation
from bench.pictures import DEGRADED, Symbology, degraded
from bench.rounds import in_turn
from core.photos import NothingRead, Photos

_ROUNDS = 3
_PHOTOS_A_ROUND = 3
_TEXTS: dict[Symbology, str] = {"QRCode": "HTTPS://MAKER.EXAMPLE/C/8WBJF619H3AR21VM", "DataMatrix": "8WBJF619H3AR21VM"}
_CLEAN = "as it is"


async def measure(_installation: Installation) -> list[Figure]:
    """Which part of the photos is read, and how long one takes."""
    photos, seeds = Photos(readers=1, places=1), count()
    wanted = [(symbology, how) for symbology in _TEXTS for how in DEGRADED]
    try:
        await _look(photos, "QRCode", _CLEAN, seed=0)
        sides: list[Callable[[], Awaitable[tuple[float, float]]]] = [
            partial(_round, photos, symbology, how, seeds) for symbology, how in wanted
        ]
        measured = await in_turn(*sides, rounds=_ROUNDS)
    finally:
        await photos.close()
    return [
        figure
        for (symbology, how), rounds in zip(wanted, measured, strict=True)
        for figure in _figures(symbology, how, rounds)
    ]


def _figures(symbology: Symbology, how: str, rounds: list[tuple[float, float]]) -> list[Figure]:
    rates, milliseconds = [rate for rate, _ in rounds], [ms for _, ms in rounds]
    whole = at_least(100) if how == _CLEAN else None
    quick = at_most(150) if (symbology, how) == ("QRCode", _CLEAN) else None
    return [
        Figure(what=f"{symbology} {how}: read", unit="%", ours=rates, target=whole),
        Figure(what=f"{symbology} {how}: one photo", unit="ms", ours=milliseconds, target=quick),
    ]


async def _round(photos: Photos, symbology: Symbology, how: str, seeds: Iterator[int]) -> tuple[float, float]:
    """The percentage that was read, and the milliseconds of a photo; every round has photos of its own."""
    seen = [await _look(photos, symbology, how, seed=seed) for seed in islice(seeds, _PHOTOS_A_ROUND)]
    return 100 * sum(read for read, _ in seen) / len(seen), 1e3 * sum(took for _, took in seen) / len(seen)


async def _look(photos: Photos, symbology: Symbology, how: str, *, seed: int) -> tuple[bool, float]:
    picture = degraded(_TEXTS[symbology], symbology, how, seed=seed)
    started = time.perf_counter()
    try:
        found = [sighting.text for sighting in await photos.look(picture)]
    except NothingRead:
        found = []
    return _TEXTS[symbology] in found, time.perf_counter() - started

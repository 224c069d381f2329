"""Receipts: their texts read and judged, and photos of their codes, as they are and degraded, through the child."""

import json
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from itertools import count, islice

from bench.catalogue import SAMPLES
from bench.figures import Figure, at_least, at_most
from bench.installation import Installation
from bench.pictures import DEGRADED, degraded
from bench.rounds import in_turn
from codes.recognition import ours
from core.photos import Photos
from core.refusals import DomainError
from receipts.fiscal.keyring import KeyRing, read_keys
from receipts.fiscal.registry import judge
from receipts.slips import look

_ROUNDS = 3
_PHOTOS_A_ROUND = 3
_JUDGED_A_ROUND = 200
_CLEAN = "as it is"
_RUSSIAN = "t=20260320T2303&s=5803.00&fn=7384440300007971&i=141637&fp=4087570038&n=1"
_KAZAKH = "http://consumer.oofd.kz/?i=3718502959&f=010103560410&s=4930.00&t=20260705T025119"


async def measure(_installation: Installation) -> list[Figure]:
    """What a text costs, which part of the photos is read, and how long one takes."""
    texts = {"Russia": (_RUSSIAN, KeyRing()), "Kazakhstan": (_KAZAKH, KeyRing())} | _signed()
    judged = await in_turn(*(partial(_judge, text, keys) for text, keys in texts.values()), rounds=_ROUNDS)
    figures = [
        Figure(what=f"{country}: a text judged", unit="ms", ours=rounds, target=at_most(1))
        for country, rounds in zip(texts, judged, strict=True)
    ]
    return figures + await _of_photos()


def _signed() -> dict[str, tuple[str, KeyRing]]:
    """Texts that are proven by a signature, where the samples are."""
    if not SAMPLES.is_dir():
        return {}
    german = (SAMPLES / "de" / "qr.jsonl").read_text(encoding="utf-8").splitlines()
    folder = SAMPLES / "at" / "asit_open"
    austrian = json.loads((folder / "qr-code-rep.json").read_text(encoding="utf-8"))
    keys = read_keys((folder / "cryptographicMaterialContainer.json").read_bytes())
    valid = next(row["qr"] for row in map(json.loads, german) if row["valid"])
    return {"Germany": (valid, KeyRing()), "Austria, by its key": (austrian[0], keys)}


async def _judge(text: str, keys: KeyRing) -> float:
    started = time.perf_counter()
    for _ in range(_JUDGED_A_ROUND):
        judge(text, keys)
    return (time.perf_counter() - started) / _JUDGED_A_ROUND * 1e3


async def _of_photos() -> list[Figure]:
    photos, seeds = Photos(readers=1, places=1), count()
    try:
        await _look(photos, _CLEAN, seed=0)
        sides: list[Callable[[], Awaitable[tuple[float, float]]]] = [
            partial(_round, photos, how, seeds) for how in DEGRADED
        ]
        measured = await in_turn(*sides, rounds=_ROUNDS)
    finally:
        await photos.close()
    return [figure for how, rounds in zip(DEGRADED, measured, strict=True) for figure in _figures(how, rounds)]


def _figures(how: str, rounds: list[tuple[float, float]]) -> list[Figure]:
    rates, milliseconds = [rate for rate, _ in rounds], [ms for _, ms in rounds]
    whole, quick = (at_least(100), at_most(150)) if how == _CLEAN else (None, None)
    return [
        Figure(what=f"photo {how}: read", unit="%", ours=rates, target=whole),
        Figure(what=f"photo {how}: one of 12 MP", unit="ms", ours=milliseconds, target=quick),
    ]


async def _round(photos: Photos, how: str, seeds: Iterator[int]) -> tuple[float, float]:
    """The percentage that was read, and the milliseconds of a photo; every round has photos of its own."""
    seen = [await _look(photos, how, seed=seed) for seed in islice(seeds, _PHOTOS_A_ROUND)]
    return 100 * sum(read for read, _ in seen) / len(seen), 1e3 * sum(took for _, took in seen) / len(seen)


async def _look(photos: Photos, how: str, *, seed: int) -> tuple[bool, float]:
    picture = degraded(_RUSSIAN, "QRCode", how, seed=seed)
    started = time.perf_counter()
    try:
        text = (await look(photos, picture, ours)).text
    except DomainError:
        text = ""
    return text == _RUSSIAN, time.perf_counter() - started

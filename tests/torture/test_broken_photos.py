"""Photos with bytes, bits and stretches changed at random, for as long as one likes: a reader may die, nothing else."""

import os
import random
import time
from uuid import UUID

import pytest

from core.photos import NothingRead, Photos
from core.refusals import DomainError
from tests.photos import Formats, label, photo, saved, sheet

pytestmark = pytest.mark.torture

SECONDS = float(os.environ.get("PHOTO_FUZZ_SECONDS", "120"))
CODE = "8WBJF619H3AR21VM"
AGENT = UUID(int=1)


def originals() -> list[bytes]:
    codes = sheet([label(CODE), label(CODE, Formats.DataMatrix)])
    return [photo(CODE), *(saved(codes, kind) for kind in ("JPEG", "PNG", "WEBP"))]


def broken(picture: bytes, chance: random.Random) -> bytes:
    """One to sixty-four places changed, and now and then a stretch doubled, moved or cut out."""
    content = bytearray(picture)
    for _ in range(2 ** chance.randrange(7)):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    if chance.random() < 0.3:
        first, last = sorted(chance.randrange(len(content)) for _ in range(2))
        stretch = content[first : min(last, first + 4_096)]
        place = chance.randrange(len(content))
        content[place:place] = stretch if chance.random() < 0.5 else b""
        del content[first : first + chance.randrange(64)]
    return bytes(content)


@pytest.mark.timeout(SECONDS + 120)
async def test_no_broken_photo_does_more_than_end_its_reader() -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance, photos, goods = random.Random(seed), Photos(readers=2, places=4), originals()
    looked, refusals = 0, dict[str, int]()
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        try:
            with photos.place(AGENT):
                await photos.look(broken(chance.choice(goods), chance))
        except DomainError as refused:
            refusals[refused.slug] = refusals.get(refused.slug, 0) + 1
        looked += 1

    # Whatever they have been through, the readers still read.
    assert [one.text for one in await photos.look(goods[0])] == [CODE]
    await photos.close()
    print(f"{looked} photos, {refusals}")
    assert refusals.keys() & {NothingRead.slug, "photo_unreadable"}

"""Repair: a typed text whose check symbol does not fit, read as the one code of ours that it may have been."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final, TypeVar

import msgspec

from codes.alphabet import checks, repairs
from codes.claims import ScanRequest
from codes.keyring import Item, Known

Found = TypeVar("Found")

# What each symbol looks like to somebody who holds the label upside down.
_TURNED: Final = dict(zip("01689HMNSWXZ", "01986HWNSMXZ", strict=True))
_TURN: Final = str.maketrans(_TURNED)


async def identified(requests: Sequence[ScanRequest], known: Known) -> list[Item | None]:
    """The code behind each request, a misspelled one repaired; joins the caller's transaction."""
    items = await known.identify([request.readings for request in requests])
    places = [place for place, request in enumerate(requests) if request.misspelled]
    if places:
        mended = await repaired([requests[place].misspelled for place in places], known)
        for place, item in zip(places, mended, strict=True):
            items[place] = item
    return items


def candidates(spellings: Sequence[str]) -> tuple[str, ...]:
    """The codes that a misspelled text can have been, at most 32 for each of its spellings and 17 as a rule.

    One symbol of it is wrong, or two neighbours are swapped, or all of it stands on its head.
    """
    found = chain.from_iterable((*repairs(spelling), *_upside_down(spelling)) for spelling in spellings)
    return tuple(dict.fromkeys(found))


def _upside_down(spelling: str) -> Iterator[str]:
    if _TURNED.keys() >= set(spelling):
        turned = spelling.translate(_TURN)[::-1]
        if checks(turned):
            yield turned


async def repaired(misspelled: Sequence[Sequence[str]], known: Known) -> list[Item | None]:
    """For each text the code that it was, if one of its candidates verifies and no other does."""
    tried = [(place, text) for place, spellings in enumerate(misspelled) for text in candidates(spellings)]
    found: defaultdict[int, list[Item]] = defaultdict(list)
    items = await known.identify([(text,) for _, text in tried])
    for (place, text), item in zip(tried, items, strict=True):
        if item is not None:
            found[place].append(msgspec.structs.replace(item, read_as=text))
    return [the_only(found[place]) for place in range(len(misspelled))]


def the_only(found: Sequence[Found]) -> Found | None:
    """Where two codes can be meant, nobody knows which."""
    return found[0] if len(found) == 1 else None

"""Likeness: which product a till's name for goods is most like, and what speaks against it. Pure.

How sure it is, is measured by `python -m bench likeness`; the thresholds are where it makes no mistakes that matter.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, Literal, NamedTuple
from uuid import UUID

import msgspec
import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

# In parts of a hundred: from where on a name is taken for a product's, how far behind the next product has to be, and
# from where on a person is told of it.
SURE: Final = 93.0
MARGIN: Final = 5.0
WORTH_A_LOOK: Final = 75.0
# Tills cut names off; what is shorter than this is short by itself.
CUT_FROM: Final = 20
WORD_SURE: Final = 75.0
_CANDIDATES_MAX: Final = 8
_BEGINNING: Final = 3
_BRAND_CLIPPED_MIN: Final = 4
_BRAND_SURE: Final = 85.0

_LOOKS: Final = str.maketrans("ABCEHKMOPTXYЁ", "АВСЕНКМОРТХУЕ")
_WORDS: Final = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_]+|%")
_SIZE: Final = re.compile(r"(\d+(?:[.,]\d+)?)\s*(МЛ|Л|L|МL|КГ|КG|ГР|Г|G|ММ|СМ|М|ШТ|ВТ|КВТ)(?![^\W\d_])")
# The shop's own number for it, before the name.
_LEADING_NUMBER: Final = re.compile(rf"(?!\W*{_SIZE.pattern})\W*(?:\d{{3,}}|\d+[:.)*])[\s:.)*]+")
_FIGURE: Final = re.compile(r"[^\W_]*\d[^\W_]*(?:[.,]\d+)?")
# What a piece is measured in, in the smallest unit of its kind.
_UNITS: Final[dict[str, tuple[str, int]]] = {
    "МЛ": ("МЛ", 1),
    "МL": ("МЛ", 1),
    "Л": ("МЛ", 1_000),
    "L": ("МЛ", 1_000),
    "Г": ("Г", 1),
    "G": ("Г", 1),
    "ГР": ("Г", 1),
    "КГ": ("Г", 1_000),
    "КG": ("Г", 1_000),
    "ММ": ("ММ", 1),
    "СМ": ("ММ", 10),
    "М": ("ММ", 1_000),
    "ШТ": ("ШТ", 1),
    "ВТ": ("ВТ", 1),
    "КВТ": ("ВТ", 1_000),
}

Why = Literal[
    "likeness",
    "too_unlike",
    "too_close",
    "size_differs",
    "figures_differ",
    "words_differ",
    "brand_missing",
    "price_differs",
]


class Ware(msgspec.Struct, frozen=True):
    """A product under one of its names, with what it has to agree in."""

    product_id: UUID
    name: str
    brand: str | None = None
    price_minor_min: int | None = None
    price_minor_max: int | None = None


class Likeness(NamedTuple):
    """The product that a name is most like, in parts of a thousand, and whether or why not it is taken for it."""

    product_id: UUID
    permille: int
    why: Why

    @property
    def is_sure(self) -> bool:
        return self.why == "likeness"


class Shelf(msgspec.Struct, frozen=True):
    """A program's products under all their names, and where each beginning of a word is met among them."""

    wares: tuple[Ware, ...]
    names: tuple[str, ...]
    places: dict[str, NDArray[np.int32]]

    def near(self, said: str) -> list[int]:
        """The places of the names that share enough of their words' beginnings to be worth comparing."""
        known = [self.places[beginning] for beginning in _beginnings(said) if beginning in self.places]
        if not known:
            return []
        shared = np.bincount(np.concatenate(known))
        found: list[int] = np.flatnonzero(shared >= max(1, len(_beginnings(said)) // 2)).tolist()
        return found


def shelf(wares: Iterable[Ware]) -> Shelf:
    """Products, ready to be compared with."""
    named = tuple(ware for ware in wares if normal(ware.name))
    names = tuple(normal(ware.name) for ware in named)
    places: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        for beginning in _beginnings(name):
            places.setdefault(beginning, []).append(place)
    return Shelf(named, names, {beginning: np.array(found, np.int32) for beginning, found in places.items()})


def _beginnings(plain: str) -> set[str]:
    return {word[:_BEGINNING] for word in plain.split()}


def likest(name: str, price_minor: int | None, among: Shelf) -> Likeness | None:
    """What a name on a receipt is most like, None where nothing is worth a look; the price is of one piece."""
    said = normal(name)
    ranked = _ranked(said, among)
    if not ranked:
        return None
    # Whoever is out of the question for his size or his price is no rival of the others.
    fitting = [one for one in ranked if _objection(said, price_minor, one.ware) is None]
    best = (fitting or ranked)[0]
    permille = round(best.score * 10)
    if not fitting:
        return Likeness(best.ware.product_id, permille, _objection(said, price_minor, best.ware) or "too_unlike")
    if best.score < SURE:
        return Likeness(best.ware.product_id, permille, "too_unlike")
    if normal(best.ware.name) == said:
        return Likeness(best.ware.product_id, permille, "likeness")
    rival = next((one.score for one in fitting if one.ware.product_id != best.ware.product_id), 0.0)
    is_close = best.score - rival < MARGIN or _is_cut_before_figures(said, normal(best.ware.name))
    return Likeness(best.ware.product_id, permille, "too_close" if is_close else "likeness")


class _Ranked(NamedTuple):
    score: float
    ware: Ware


def _ranked(said: str, among: Shelf) -> list[_Ranked]:
    """The likest wares, each product once by its likest name."""
    near = among.near(said)
    found = dict[int, float]()
    for names in _ways(said, [among.names[place] for place in near]):
        for _, score, which in process.extract(
            said, names, scorer=fuzz.ratio, score_cutoff=WORTH_A_LOOK, limit=_CANDIDATES_MAX
        ):
            found[near[which]] = max(score, found.get(near[which], 0.0))
    likest_name: dict[UUID, _Ranked] = {}
    for one in sorted((_Ranked(score, among.wares[place]) for place, score in found.items()), key=_order):
        likest_name.setdefault(one.ware.product_id, one)
    return list(likest_name.values())


def _order(one: _Ranked) -> tuple[float, UUID]:
    return -one.score, one.ware.product_id


def _ways(said: str, names: Sequence[str]) -> Iterator[Sequence[str]]:
    """The names as they are, and as long as one that a till has cut."""
    yield names
    if len(said) >= CUT_FROM:
        yield [name[: len(said)] for name in names]


def _objection(said: str, price_minor: int | None, ware: Ware) -> Why | None:
    """What speaks against a ware, however much its name is like."""
    mine, theirs = sizes(said), sizes(normal(ware.name))
    if any(kind in theirs and theirs[kind] != size for kind, size in mine.items()):
        return "size_differs"
    if not _figures_agree(said, normal(ware.name)):
        return "figures_differ"
    if not _words_agree(said, normal(ware.name)):
        return "words_differ"
    if ware.brand and not _is_branded(said, normal(ware.brand)):
        return "brand_missing"
    if price_minor is not None and _is_dear_or_cheap(price_minor, ware):
        return "price_differs"
    return None


def _is_dear_or_cheap(price_minor: int, ware: Ware) -> bool:
    cheap = ware.price_minor_min is not None and price_minor < ware.price_minor_min
    return cheap or (ware.price_minor_max is not None and price_minor > ware.price_minor_max)


def _figures_agree(said: str, name: str) -> bool:
    """A model is known by its figures: those that the till prints stand in the name, in their order."""
    left = iter(figures(name))
    return all(any(theirs == mine for theirs in left) for mine in figures(said))


def _is_cut_before_figures(said: str, name: str) -> bool:
    """A till that has cut the figures off leaves no model to be known by."""
    return len(name) > len(said) and not figures(said) and bool(figures(name[len(said) :]))


def _words_agree(said: str, name: str) -> bool:
    """Each word that the till prints is one of the name's, maybe clipped, maybe with a slip; the last one maybe cut."""
    theirs = [word for word in name.split() if word.isalpha()]
    mine = [word for word in said.split() if word.isalpha()]
    return all(any(_is_same_word(word, other) for other in theirs) for word in mine)


def _is_same_word(mine: str, theirs: str) -> bool:
    shorter, longer = sorted((mine, theirs), key=len)
    return longer.startswith(shorter) or fuzz.ratio(mine, theirs) >= WORD_SURE


def _is_branded(said: str, brand: str) -> bool:
    if brand in said:
        return True
    return any(
        (len(word) >= _BRAND_CLIPPED_MIN and brand.startswith(word)) or fuzz.ratio(word, brand) >= _BRAND_SURE
        for word in said.split()
    )


@lru_cache(maxsize=65_536)
def normal(name: str) -> str:
    """A name without what tills add to it: in one alphabet's letters, without the shop's own number before it."""
    plain = name.upper().translate(_LOOKS)
    number = _LEADING_NUMBER.match(plain)
    bare = plain[number.end() :] if number else plain
    words = " ".join(_WORDS.findall(bare or plain)).replace(",", ".")
    return _SIZE.sub(lambda found: "{:g}{}".format(*_smallest(*found.groups())), words)


def figures(plain: str) -> list[str]:
    """The figures of a normal name that are no sizes, in their order."""
    return _FIGURE.findall(_SIZE.sub(" ", plain))


def sizes(plain: str) -> dict[str, float]:
    """How much of it there is, by kind, in the smallest units; what is said twice in different ways counts once."""
    return {unit: amount for amount, unit in (_smallest(*found) for found in _SIZE.findall(plain))}


def _smallest(number: str, unit: str) -> tuple[float, str]:
    smallest, times = _UNITS[unit]
    return round(float(number.replace(",", ".")) * times, 3), smallest

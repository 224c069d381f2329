"""A labelled catalogue: products, and what tills would print for them and for others; made by rule from any names."""

import json
import os
import random
import re
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from receipts.likeness import Shelf, Ware, normal, shelf

# Goods of real receipts, where the shared samples are.
SAMPLES: Final = Path(os.environ.get("NAPARNIK_SAMPLES", Path(__file__).resolve().parents[2] / "shared" / "receipts"))
_GOODS: Final = SAMPLES / "ru" / "fns_bulk_goods.jsonl"

_LOOKS: Final = dict(zip("АВСЕНКМОРТХУасеорху", "ABCEHKMOPTXYaceopxy", strict=True))
Printing = Callable[[str, random.Random], str]


class Query(NamedTuple):
    """What a till prints, and the product that it is; None for goods that are none of the maker's."""

    printing: str
    name: str
    product_id: UUID | None


class Labels(NamedTuple):
    shelf: Shelf
    queries: list[Query]


def _cut(name: str, chance: random.Random) -> str:
    return name[: chance.randrange(24, 41)]


def _clipped(name: str, chance: random.Random) -> str:
    return " ".join(word if len(word) < 7 or chance.random() < 0.5 else f"{word[:5]}." for word in name.split())


def _looking_alike(name: str, chance: random.Random) -> str:
    return "".join(_LOOKS.get(letter, letter) if chance.random() < 0.3 else letter for letter in name)


def _numbered(name: str, chance: random.Random) -> str:
    return f"{chance.randrange(1_000, 999_999)} {name}"


def _everything(name: str, chance: random.Random) -> str:
    return _numbered(_looking_alike(_cut(_clipped(name, chance), chance), chance), chance)


PRINTINGS: Final[dict[str, Printing]] = {
    "as it is": lambda name, _chance: name,
    "capitals": lambda name, _chance: name.upper(),
    "cut": _cut,
    "clipped": _clipped,
    "look-alikes": _looking_alike,
    "numbered": _numbered,
    "all of it": _everything,
}


def labelled(names: Sequence[str] = (), *, size: int = 10_000, seed: int = 1) -> Labels:
    """Half of the names are products, half are not; the catalogue is filled with what differs from them by a word.

    Every name is printed in every way, so that a shelf is asked as often for what it has as for what it has not.
    """
    chance = random.Random(seed)
    plain = {normal(name): name for name in names or _invented()}
    shuffled = sorted(plain)
    chance.shuffle(shuffled)
    sold, others = shuffled[: len(shuffled) // 2], shuffled[len(shuffled) // 2 :]
    catalogue = {key: plain[key] for key in sold}
    while len(catalogue) < size:
        neighbour = _neighbour(chance.choice(list(catalogue.values())[:2_000]), plain[chance.choice(sold)], chance)
        if len(normal(neighbour)) >= 8 and normal(neighbour) not in others:
            catalogue.setdefault(normal(neighbour), neighbour)
    ids = {key: UUID(int=number) for number, key in enumerate(catalogue)}
    queries = [
        Query(how, printing(plain[key], chance), ids.get(key))
        for how, printing in PRINTINGS.items()
        for key in (*sold, *others)
    ]
    return Labels(shelf(Ware(ids[key], name) for key, name in catalogue.items()), queries)


def _neighbour(name: str, other: str, chance: random.Random) -> str:
    """A product beside another: another figure, or another word."""
    if re.search(r"\d", name) and chance.random() < 0.5:
        return re.sub(r"\d+", lambda found: str(int(found[0]) + chance.choice((1, 2, 5, 10, 50))), name, count=1)
    words = name.split()
    words[chance.randrange(len(words))] = chance.choice(other.split())
    return " ".join(words)


def real_names() -> list[str]:
    """The names on real receipts that have some letters; none where the samples are missing."""
    if not _GOODS.is_file():
        return []
    receipts = [json.loads(line)["receipt"] for line in _GOODS.read_text(encoding="utf-8").splitlines()]
    names = (" ".join(str(item.get("name", "")).split()) for receipt in receipts for item in receipt.get("items", ()))
    return [name for name in dict.fromkeys(names) if len(name) >= 8 and sum(map(str.isalpha, name)) >= 5]


def _invented() -> list[str]:
    """Goods of nobody, for those who have no samples."""
    kinds = ("Котёл настенный", "Радиатор биметаллический", "Насос циркуляционный", "Клапан термостатический")
    brands, models = ("Огонь", "Тепловей", "Aquaterm"), ("Стандарт 24", "Комфорт 28", "Элит 500", "Мини 350")
    return [" ".join(parts) for parts in product(kinds, brands, models)]

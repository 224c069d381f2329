"""Likeness: how many of a catalogue's products are known by what tills print for them, and how many wrongly."""

import time

from bench.catalogue import Labels, labelled, real_names
from bench.figures import Figure, at_least, at_most
from bench.installation import Installation
from receipts.likeness import Likeness, likest

_SEEDS = range(5)
_SIZE = 10_000


async def measure(_installation: Installation) -> list[Figure]:
    """Every round halves the names anew: one half is sold, the other is not, and both are asked for in every way."""
    names = real_names()
    whose = "names of real receipts" if names else "invented names, without the samples"
    rounds = [_round(labelled(names, size=_SIZE, seed=seed)) for seed in _SEEDS]
    precision, recall, first, milliseconds = (list(figures) for figures in zip(*rounds, strict=True))
    return [
        Figure(what=f"of {whose}: taken rightly of those taken", unit="%", ours=precision, target=at_least(99.5)),
        Figure(what="taken rightly of those that are sold", unit="%", ours=recall, target=at_least(75)),
        Figure(what="the right product first, taken or suggested", unit="%", ours=first),
        Figure(what=f"one line among {_SIZE} products", unit="ms", ours=milliseconds, target=at_most(10)),
    ]


def _round(labels: Labels) -> tuple[float, float, float, float]:
    started = time.perf_counter()
    found = [likest(query.name, None, labels.shelf) for query in labels.queries]
    seconds = time.perf_counter() - started
    pairs = list(zip(found, [query.product_id for query in labels.queries], strict=True))
    sure = [(one.product_id, right) for one, right in pairs if one is not None and one.is_sure]
    right = sum(taken == wanted for taken, wanted in sure)
    sold = [(one, wanted) for one, wanted in pairs if wanted is not None]
    first = sum(isinstance(one, Likeness) and one.product_id == wanted for one, wanted in sold)
    return 100 * right / len(sure), 100 * right / len(sold), 100 * first / len(sold), 1e3 * seconds / len(pairs)

"""Figures: what was measured round by round, what it is held against, and whether it holds."""

from statistics import median
from typing import Literal

import msgspec


class Target(msgspec.Struct, frozen=True):
    """A limit for our own figure, or for its ratio to what it is held against."""

    of: Literal["figure", "ratio"]
    least: float | None = None
    most: float | None = None

    def admits(self, value: float) -> bool:
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table. `ours` and `theirs` have an entry for each round, measured in turn."""

    what: str
    unit: str
    ours: list[float]
    against: str = ""
    theirs: list[float] = []
    target: Target | None = None

    @property
    def our_median(self) -> float:
        return median(self.ours)

    @property
    def their_median(self) -> float | None:
        return median(self.theirs) if self.theirs else None

    @property
    def ratio(self) -> float | None:
        """The median of the rounds' own ratios: what else the machine did in a round met both of its sides."""
        if not self.theirs:
            return None
        return median(ours / theirs for ours, theirs in zip(self.ours, self.theirs, strict=True))

    @property
    def holds(self) -> bool | None:
        """None where nothing was promised, and the figure only stands beside others."""
        if self.target is None:
            return None
        judged = self.our_median if self.target.of == "figure" else self.ratio
        return judged is not None and self.target.admits(judged)


def at_least(least: float) -> Target:
    """Our figure reaches this."""
    return Target("figure", least=least)


def at_most(most: float) -> Target:
    """Our figure stays below this."""
    return Target("figure", most=most)


def ratio_at_least(least: float) -> Target:
    """We reach this part, or this multiple, of the other side."""
    return Target("ratio", least=least)


def ratio_at_most(most: float) -> Target:
    """We stay below this multiple of the other side."""
    return Target("ratio", most=most)

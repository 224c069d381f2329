"""Seats: who still fits into budgets and limits when all ask in order, each for everything or nothing. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from uuid import UUID

import msgspec

from core.ids import derived
from programs.decision import Demand
from programs.reasons import Reason

Claim = Sequence[Demand]


class Refused(msgspec.Struct, frozen=True):
    """The campaign that had no room for a claim, and what of it was full."""

    campaign_id: UUID
    reason: Reason


class Seats(msgspec.Struct):
    """One budget or one use of a limit: what was taken before, what is being taken, and up to where."""

    count: int = 0
    minor: int = 0
    count_max: int | None = None
    minor_max: int | None = None
    added_count: int = 0
    added_minor: int = 0

    def fits(self, count: int, minor: int, *, count_max: int | None, minor_max: int | None) -> bool:
        """Whether there is room for this much more."""
        taken_count, taken_minor = self.count + self.added_count, self.minor + self.added_minor
        return (count_max is None or taken_count + count <= count_max) and (
            minor_max is None or taken_minor + minor <= minor_max
        )

    def take(self, count: int, minor: int, *, count_max: int | None, minor_max: int | None) -> None:
        """Take it; versions of a campaign may allow different maxima, and the last one taken by is the one to keep."""
        self.added_count += count
        self.added_minor += minor
        self.count_max, self.minor_max = count_max, minor_max


# What is not there has no room: a campaign without a budget in its asset pays nothing.
NO_SEATS = Seats(minor_max=0)


def seat(claims: Iterable[Claim], budgets: Mapping[UUID, Seats], limits: Mapping[UUID, Seats]) -> list[Refused | None]:
    """Seat the claims one after the other, exactly as if each came alone; the seats remember what was added."""
    verdicts = []
    for claim in claims:
        refused = next(_refusals(claim, budgets, limits), None)
        if refused is None:
            _sit(claim, budgets, limits)
        verdicts.append(refused)
    return verdicts


def _refusals(claim: Claim, budgets: Mapping[UUID, Seats], limits: Mapping[UUID, Seats]) -> Iterator[Refused]:
    for demand in claim:
        for limit in demand.limits:
            seats = limits[limit.id]
            if not seats.fits(demand.count, demand.amount_minor, count_max=limit.max_count, minor_max=limit.max_minor):
                yield Refused(demand.campaign_id, Reason(f"limit_{limit.scope}"))
        budget = budgets.get(budget_id(demand.campaign_id, demand.asset), NO_SEATS)
        if not budget.fits(0, demand.amount_minor, count_max=None, minor_max=budget.minor_max):
            yield Refused(demand.campaign_id, Reason.BUDGET_EXHAUSTED)


def _sit(claim: Claim, budgets: Mapping[UUID, Seats], limits: Mapping[UUID, Seats]) -> None:
    for demand in claim:
        for limit in demand.limits:
            limits[limit.id].take(
                demand.count, demand.amount_minor, count_max=limit.max_count, minor_max=limit.max_minor
            )
        # A use that costs nothing needs no budget.
        if demand.amount_minor:
            budget = budgets[budget_id(demand.campaign_id, demand.asset)]
            budget.take(0, demand.amount_minor, count_max=None, minor_max=budget.minor_max)


# A batch asks for each id several times, while it locks, seats and writes.
@lru_cache(maxsize=4_096)
def budget_id(campaign_id: UUID, asset: str) -> UUID:
    """The one id that a campaign's budget in an asset can have."""
    return derived(b"budget", str(campaign_id), asset)

"""Campaigns as the rules see them: versions by date, and an index by which an activity meets few of them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from programs.conditions import Condition, SegmentIn, TrustAtLeast
from programs.facts import ActivityKind, Facts
from programs.reasons import Reason
from programs.rules import Rules

BEGINNING = datetime.min.replace(tzinfo=UTC)
END = datetime.max.replace(tzinfo=UTC)


class CampaignState(StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"
    KILLED = "killed"


_DECIDED_BY_DATE = (CampaignState.ACTIVE, CampaignState.ENDED)


class CampaignVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One version of the rules with what follows from them, worked out once."""

    campaign_id: UUID
    version: int
    effective_from: datetime
    rules: Rules
    conditions: tuple[Condition, ...]
    opens_at: datetime
    closes_at: datetime
    offline_window: timedelta
    needs_standing: bool

    def is_for(self, segments: frozenset[str]) -> bool:
        """Whether it can ever be about an agent who is in these segments."""
        asked = [condition.segments for condition in self.conditions if isinstance(condition, SegmentIn)]
        return all(not one.isdisjoint(segments) for one in asked)


class Campaign(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A campaign with all its versions, the earliest first."""

    id: UUID
    program_id: UUID
    name: str
    state: CampaignState
    versions: tuple[CampaignVersion, ...]
    activated_at: datetime | None = None
    ended_at: datetime | None = None

    @cached_property
    def needs_standing(self) -> bool:
        """Whether a version looks beyond the activity itself."""
        return any(version.needs_standing for version in self.versions)

    @cached_property
    def asks_segments(self) -> bool:
        """Whether a version looks at the segments that an agent is in."""
        return any(version.rules.segments for version in self.versions)

    @property
    def place(self) -> tuple[int, UUID]:
        """Where it stands among the campaigns that are asked: by priority, then for ever the same."""
        return (-self.versions[-1].rules.priority, self.id)

    def version_for(self, facts: Facts) -> "Placed | Reason":
        """The version in force when the activity happened, or why there is none."""
        if self.state is CampaignState.KILLED:
            return Reason.STOPPED
        if self.state not in _DECIDED_BY_DATE:
            return Reason.NOT_ACTIVE
        version = self._version_at(facts.accepted_at)
        if version is None or self.activated_at is None:
            return Reason.NOT_STARTED
        moment = moment_of(facts, version.offline_window)
        if moment < version.effective_from:
            version = self._version_at(moment)
        if version is None or moment < self.activated_at or moment < version.opens_at:
            return Reason.NOT_STARTED
        if moment >= version.closes_at or (self.ended_at is not None and moment >= self.ended_at):
            return Reason.EXPIRED
        return Placed(version, moment)

    def version_at(self, moment: datetime) -> CampaignVersion:
        """The version in force at a moment; before them all it is the first."""
        return self._version_at(moment) or self.versions[0]

    def numbered(self, version: int) -> CampaignVersion:
        """The version of that number."""
        return next(found for found in self.versions if found.version == version)

    def _version_at(self, moment: datetime) -> CampaignVersion | None:
        for version in reversed(self.versions):
            if version.effective_from <= moment:
                return version
        return None


class Placed(msgspec.Struct, frozen=True):
    """A version, and the moment at which it looks at the activity."""

    version: CampaignVersion
    moment: datetime


def moment_of(facts: Facts, offline_window: timedelta) -> datetime:
    """When an activity counts as having happened: the phone's own time is believed for a while, and never ahead."""
    accepted_at, occurred_at = facts.accepted_at, facts.occurred_at
    return occurred_at if accepted_at - offline_window <= occurred_at < accepted_at else accepted_at


def prepare(
    rules: Rules, *, campaign_id: UUID, version: int, effective_from: datetime, zone: ZoneInfo
) -> CampaignVersion:
    """A version ready to be decided by."""
    conditions = (*rules.eligibility.conditions(), *rules.conditions)
    if rules.trigger is ActivityKind.RECEIPT_MATCHED:
        conditions = (*conditions, TrustAtLeast(rules.trust))
    eligibility = rules.eligibility
    return CampaignVersion(
        campaign_id=campaign_id,
        version=version,
        effective_from=effective_from,
        rules=rules,
        conditions=conditions,
        opens_at=_midnight(eligibility.starts_on, zone) if eligibility.starts_on else BEGINNING,
        closes_at=_midnight(eligibility.ends_on + timedelta(days=1), zone) if eligibility.ends_on else END,
        offline_window=timedelta(days=rules.offline_window_days),
        needs_standing=any(part.needs_standing for part in (*conditions, *rules.effects, *rules.repeated.effects)),
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


Shelf = tuple[UUID, ActivityKind, UUID | None]


class CampaignIndex:
    """Campaigns by program, trigger and product; those that are over for good stand apart, for activities as old."""

    def __init__(self, campaigns: Iterable[Campaign], *, taken_at: datetime) -> None:
        everyone = tuple(campaigns)
        self._horizon = taken_at - timedelta(days=1)
        live = [campaign for campaign in everyone if accepts_until(campaign) >= self._horizon]
        # The programs for which somebody has to ask what segments an agent is in.
        self.asks_segments = frozenset(campaign.program_id for campaign in live if campaign.asks_segments)
        self._live = _shelved(live)
        self._all = _shelved(everyone)

    def candidates(self, facts: Facts) -> tuple[Campaign, ...]:
        """The campaigns that this activity may concern, in the order in which they are decided."""
        shelves = self._live if facts.accepted_at >= self._horizon else self._all
        any_product = shelves.get((facts.program_id, facts.kind, None), ())
        products = {line.product_id for line in facts.lines}
        found = [shelves.get((facts.program_id, facts.kind, product_id), any_product) for product_id in products]
        if len(found) <= 1:
            return found[0] if found else any_product
        return _merged(found)

    def needs_standing(self, facts: Facts) -> bool:
        """Whether any candidate looks beyond the activity itself."""
        return any(campaign.needs_standing for campaign in self.candidates(facts))


def _place(campaign: Campaign) -> tuple[int, UUID]:
    return campaign.place


def accepts_until(campaign: Campaign) -> datetime:
    """The last moment at which an activity may arrive and still concern the campaign."""
    latest = campaign.versions[-1]
    over_at = min(max(latest.closes_at, latest.effective_from), campaign.ended_at or END)
    return over_at if over_at == END else over_at + max(version.offline_window for version in campaign.versions)


def _shelved(campaigns: Iterable[Campaign]) -> Mapping[Shelf, tuple[Campaign, ...]]:
    """A shelf for each product that some campaign names; the campaigns for any product stand on each of them."""
    shelves: dict[Shelf, list[Campaign]] = {}
    for campaign in campaigns:
        for shelf in _shelves_of(campaign):
            shelves.setdefault(shelf, []).append(campaign)
    return {
        (program_id, kind, product_id): _merged([shelf, shelves.get((program_id, kind, None), ())])
        for (program_id, kind, product_id), shelf in shelves.items()
    }


def _merged(shelves: Iterable[Iterable[Campaign]]) -> tuple[Campaign, ...]:
    found = {campaign.id: campaign for shelf in shelves for campaign in shelf}
    return tuple(sorted(found.values(), key=_place))


def _shelves_of(campaign: Campaign) -> set[Shelf]:
    return {
        (campaign.program_id, version.rules.trigger, product_id)
        for version in campaign.versions
        for product_id in (version.rules.eligibility.products or (None,))
    }

"""Stories: what became of each thing an agent did, bonus by bonus, and why."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

import msgspec

from core.db import fetch
from core.refusals import NotFound
from programs.facts import Line, decode_facts
from programs.told_sales import Sum, lines_told, sum_told
from referrals.sentences import hold_in_words, reason_in_words
from referrals.words import Reader


class StoryState(StrEnum):
    """How far a bonus is, ordered from what an agent most wants to see."""

    pending = "pending"
    available = "available"
    spent = "spent"
    expired = "expired"
    clawed_back = "clawed_back"
    waiting = "waiting"
    in_review = "in_review"
    denied = "denied"
    canceled = "canceled"


class Bonus(msgspec.Struct, frozen=True, kw_only=True):
    """One bonus of a story: what a campaign gave, or the reason why it gave nothing, by its slug and in words.

    A pending one that is held says why in `held_…`: somebody looks into it, and an appeal may be made.
    """

    accrual_id: UUID
    campaign_id: UUID | None
    campaign_name: str | None
    campaign_version: int | None
    beneficiary: str
    asset: str | None
    amount_minor: int
    remaining_minor: int
    clawed_minor: int
    state: StoryState
    reason: str | None
    reason_ru: str | None
    reason_en: str | None
    releases_at: datetime | None
    expires_at: datetime | None
    held_for: str | None = None
    held_ru: str | None = None
    held_en: str | None = None


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """One activity and the agent's own bonuses for it; others' are not his to see.

    Of a sale at a till `lines` and `total` say what its campaign lets the agent know: a `total` with `below_minor` is a
    band, and then no line has a price.
    """

    activity_id: UUID
    kind: str
    program_id: UUID
    occurred_at: datetime
    accepted_at: datetime
    lines: tuple[Line, ...]
    total: Sum | None
    state: StoryState
    bonuses: tuple[Bonus, ...]


_RUSSIAN, _ENGLISH = Reader("ru"), Reader("en")
_TELL = """
WITH told AS ({which})
SELECT told.*, queue.activity_id IS NOT NULL AS is_queued, queue.parked_at IS NOT NULL AS is_parked,
       accrual.id AS accrual_id, accrual.campaign_id, campaign.name AS campaign_name, accrual.campaign_version,
       accrual.beneficiary, accrual.asset, accrual.amount_minor, accrual.clawed_minor, accrual.state AS accrual_state,
       accrual.reason,
       coalesce(lot.releases_at, accrual.releases_at) AS releases_at, lot.state AS lot_state,
       coalesce(lot.remaining_minor, 0) AS remaining_minor, lot.expires_at,
       coalesce(lot.expiries > 0 OR lot.expires_at <= now(), false) AS has_expired,
       CASE WHEN lot.holds > 0 AND lot.remaining_minor > 0 THEN (
           SELECT min(lot_hold.reason) FROM lot_hold WHERE lot_id = lot.id AND lifted_at IS NULL) END AS held_for
FROM told
LEFT JOIN activity_queue queue ON queue.activity_id = told.id
LEFT JOIN accrual ON accrual.activity_id = told.id AND accrual.agent_id = $1
LEFT JOIN lot ON lot.id = accrual.id
LEFT JOIN campaign ON campaign.id = accrual.campaign_id
ORDER BY told.id DESC, accrual.created_at, accrual.effect, accrual.id
"""
_COLUMNS = "SELECT id, kind, program_id, occurred_at, accepted_at, facts FROM activity"
_PAGE = _TELL.format(
    which=f"{_COLUMNS} WHERE agent_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3"
)
_ONE = _TELL.format(
    which=f"""{_COLUMNS} WHERE id = $2 AND (agent_id = $1 OR EXISTS (
                  SELECT FROM accrual WHERE accrual.activity_id = activity.id AND accrual.agent_id = $1))"""
)


async def page(agent_id: UUID, *, before: UUID | None, limit: int) -> list[Story]:
    """What the agent did, the newest first."""
    return _stories(await fetch(_PAGE, agent_id, before, limit))


async def find(agent_id: UUID, activity_id: UUID) -> Story:
    """One story, of whoever did it or has a bonus from it."""
    stories = _stories(await fetch(_ONE, agent_id, activity_id))
    if not stories:
        raise NotFound
    return stories[0]


def _stories(rows: Iterable[Any]) -> list[Story]:
    return [_story(list(group)) for _, group in groupby(rows, key=itemgetter("id"))]


def _story(rows: Sequence[Any]) -> Story:
    first = rows[0]
    facts = decode_facts(first["facts"])
    bonuses = tuple(_bonus(row) for row in rows if row["accrual_id"] is not None)
    return Story(
        activity_id=first["id"],
        kind=first["kind"],
        program_id=first["program_id"],
        occurred_at=first["occurred_at"],
        accepted_at=first["accepted_at"],
        lines=lines_told(facts.lines, facts.tells),
        total=sum_told(facts.lines, facts.tells),
        state=_story_state(first, bonuses),
        bonuses=bonuses,
    )


def _story_state(row: Any, bonuses: Sequence[Bonus]) -> StoryState:
    """The best of its bonuses; while none is paid, a story that waits for the rules says so."""
    unsettled = StoryState.in_review if row["is_parked"] else StoryState.waiting
    states = [bonus.state for bonus in bonuses]
    if row["is_queued"] or not states:
        states.append(unsettled)
    return min(states, key=list(StoryState).index)


def _bonus(row: Any) -> Bonus:
    return Bonus(
        accrual_id=row["accrual_id"],
        campaign_id=row["campaign_id"],
        campaign_name=row["campaign_name"],
        campaign_version=row["campaign_version"],
        beneficiary=row["beneficiary"],
        asset=row["asset"],
        amount_minor=row["amount_minor"],
        remaining_minor=row["remaining_minor"],
        clawed_minor=row["clawed_minor"],
        state=_state(row),
        reason=row["reason"],
        reason_ru=reason_in_words(row["reason"], _RUSSIAN) if row["reason"] else None,
        reason_en=reason_in_words(row["reason"], _ENGLISH) if row["reason"] else None,
        releases_at=row["releases_at"],
        expires_at=row["expires_at"],
        held_for=row["held_for"],
        held_ru=hold_in_words(row["held_for"], _RUSSIAN) if row["held_for"] else None,
        held_en=hold_in_words(row["held_for"], _ENGLISH) if row["held_for"] else None,
    )


def _state(row: Any) -> StoryState:
    """The accrual's state until it has money; from then on its lot's."""
    if row["lot_state"] is None or row["accrual_state"] == "clawed_back":
        return StoryState(row["accrual_state"])
    if row["has_expired"]:
        return StoryState.expired
    if row["lot_state"] == "available" and row["remaining_minor"] == 0:
        return StoryState.spent
    return StoryState(row["lot_state"])

"""Promo codes: an agent makes them for a campaign, pauses and archives them, and sees what they bring."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from codes.promo_text import NUMBER_MAX, chosen, ean13, generated, number_of, shown, skeleton
from core.db import execute, fetch, fetch_row, fetch_value, transaction
from core.ids import uuid7
from core.refusals import Conflict, NotFound, Unprocessable
from programs import terms
from programs.campaign import Campaign, CampaignState
from programs.facts import ActivityKind
from programs.revision import Revision
from programs.snapshot import Snapshot, current_snapshot
from referrals.segments import NO_SEGMENTS, segments_of
from referrals.standings import Owner

LIVE_PER_AGENT_MAX = 50
# Archived codes keep their texts for ever, so nobody may go through all the good ones.
MADE_PER_AGENT_MAX = 500
_TRIES_MAX = 20

State = Literal["active", "paused", "archived"]


class PromoTextTaken(Conflict):
    slug = "promo_text_taken"
    title = "Another code looks like this one"


class TooManyPromoCodes(Conflict):
    slug = "too_many_promo_codes"
    title = "There are as many codes as an agent may have"


class NoSuchOffer(Unprocessable):
    slug = "no_such_offer"
    title = "There is no campaign to make codes for, or it is not open to this agent"


class PromoCodeArchived(Conflict):
    slug = "promo_code_archived"
    title = "An archived code stays archived"


class PromoCode(msgspec.Struct, frozen=True):
    """A promo code with its counts: how often its page was opened, how many orders it brought, what they earned."""

    id: UUID
    campaign_id: UUID
    text: str
    bars: str
    state: State
    created_at: datetime
    seen: int
    redeemed: int
    earned_minor: int


class Found(msgspec.Struct, frozen=True):
    """A promo code as a till finds it."""

    id: UUID
    agent_id: UUID
    campaign_id: UUID
    program_id: UUID
    text: str
    state: State


class Look(msgspec.Struct, frozen=True):
    """What has to be known before an order is decided: the time, the rules in force, its codes by their texts."""

    now: datetime
    rules: Revision
    codes: dict[str, Found]


# There is a row at least, whether or not there is a code.
_LOOK = """
SELECT now() AS now, (SELECT rules FROM program_revision) AS rules,
       (SELECT catalogue FROM program_revision) AS catalogue,
       code.id, code.agent_id, code.campaign_id, code.program_id, code.text, code.state, code.skeleton, code.number
FROM (VALUES (1)) AS once LEFT JOIN promo_code AS code ON code.skeleton = ANY($1) OR code.number = ANY($2)
"""
_VIEW = """
SELECT promo_code.id, promo_code.campaign_id, text, number AS bars, promo_code.state, promo_code.created_at, seen,
       (SELECT count(*) FROM promo_order o
        WHERE o.promo_code_id = promo_code.id AND o.redeemed_at IS NOT NULL) AS redeemed,
       (SELECT coalesce(sum(amount_minor - clawed_minor), 0)::bigint FROM promo_order o
        JOIN accrual a ON a.activity_id = o.id AND a.agent_id = promo_code.agent_id AND a.state = 'credited'
        WHERE o.promo_code_id = promo_code.id) AS earned_minor
FROM promo_code
"""


async def create(agent_id: UUID, *, campaign_id: UUID, text: str | None = None) -> PromoCode:
    """Make a code with the agent's own text, or with one that is made for him.

    Raises NoSuchOffer, TermsNotAccepted, PromoTextRefused, PromoTextTaken, TooManyPromoCodes.
    """
    async with transaction() as now:
        snapshot = await current_snapshot(age_seconds_max=0)
        campaign = await _open(campaign_id, snapshot, agent_id=agent_id, now=now)
        terms_id = campaign.version_at(now).rules.terms_id
        if terms_id is not None:
            await terms.refuse_unaccepted(terms_id, agent_id=agent_id)
        wanted = None if text is None else chosen(text, reserved=[snapshot.programs[campaign.program_id].name])
        await _refuse_too_many(agent_id)
        for _ in range(_TRIES_MAX):
            code_id = await _insert(agent_id, campaign, wanted or generated())
            if code_id is not None:
                return await find(agent_id, code_id)
            if wanted is not None and await _is_taken(wanted):
                raise PromoTextTaken
    raise RuntimeError("no free text was found in many tries")


async def offers(snapshot: Snapshot, *, agent_id: UUID, now: datetime) -> list[Campaign]:
    """The campaigns that an agent can make codes for now."""
    found = await segments_of([Owner(agent_id, program_id) for program_id in snapshot.programs], snapshot)
    return [
        campaign
        for campaign in snapshot.campaigns.values()
        if _is_offered(campaign, now)
        and campaign.version_at(now).is_for(found.get(Owner(agent_id, campaign.program_id), NO_SEGMENTS))
    ]


def _is_offered(campaign: Campaign, now: datetime) -> bool:
    version = campaign.version_at(now)
    return (
        campaign.state is CampaignState.ACTIVE
        and version.rules.trigger is ActivityKind.PROMO_REDEEMED
        and now < version.closes_at
    )


async def change_state(agent_id: UUID, code_id: UUID, state: State) -> PromoCode:
    """Pause a code, let it work again, or archive it for good. PromoCodeArchived, NotFound."""
    async with transaction():
        changed = await fetch_value(
            """UPDATE promo_code SET state = $3 WHERE id = $2 AND agent_id = $1 AND (state <> 'archived' OR $3 = state)
               RETURNING id""",
            agent_id,
            code_id,
            state,
        )
        if changed is None:
            await find(agent_id, code_id)
            raise PromoCodeArchived
        return await find(agent_id, code_id)


async def find(agent_id: UUID, code_id: UUID) -> PromoCode:
    """One of an agent's codes; NotFound for another's."""
    row = await fetch_row(f"{_VIEW} WHERE id = $1 AND agent_id = $2", code_id, agent_id)
    if row is None:
        raise NotFound
    return _view(row)


async def page(agent_id: UUID, *, before: UUID | None = None, limit: int = 50) -> list[PromoCode]:
    """An agent's codes, the newest first."""
    rows = await fetch(
        f"{_VIEW} WHERE agent_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        agent_id,
        before,
        limit,
    )
    return [_view(row) for row in rows]


async def found(texts: list[str]) -> dict[str, Found]:
    """By text the codes that texts mean: as they are typed, the digits of their bars, or their printed address."""
    return (await look(texts)).codes


async def look(texts: list[str]) -> Look:
    """The same with the time and the rules in force, in one way to the database."""
    numbers = {text: number for text in texts if (number := number_of(text.strip())) is not None}
    skeletons = {text: skeleton(shown(text)) for text in texts}
    rows = await fetch(_LOOK, list(skeletons.values()), list(numbers.values()))
    by_skeleton = {row["skeleton"]: row for row in rows}
    by_number = {row["number"]: row for row in rows}
    meant = {text: by_number.get(numbers.get(text, -1)) or by_skeleton.get(skeletons[text]) for text in texts}
    return Look(
        rows[0]["now"],
        Revision(rows[0]["rules"] or 0, rows[0]["catalogue"] or 0),
        {
            text: Found(*(row[name] for name in Found.__struct_fields__))
            for text, row in meant.items()
            if row is not None
        },
    )


async def count_seen(openings: Mapping[UUID, int]) -> None:
    """The pages of these codes were opened so many times more."""
    async with transaction():
        # In one order for everybody, so that two processes that count the same codes never wait for each other.
        await execute("SELECT FROM promo_code WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE", list(openings))
        await execute(
            """UPDATE promo_code SET seen = seen + opened.count
               FROM unnest($1::uuid[], $2::bigint[]) AS opened(id, count) WHERE promo_code.id = opened.id""",
            list(openings),
            list(openings.values()),
        )


async def _open(campaign_id: UUID, snapshot: Snapshot, *, agent_id: UUID, now: datetime) -> Campaign:
    campaign = snapshot.campaigns.get(campaign_id)
    if campaign is None or not _is_offered(campaign, now):
        raise NoSuchOffer
    owner = Owner(agent_id, campaign.program_id)
    if not campaign.version_at(now).is_for((await segments_of([owner], snapshot)).get(owner, NO_SEGMENTS)):
        raise NoSuchOffer
    return campaign


async def _refuse_too_many(agent_id: UUID) -> None:
    """Until the transaction ends no other code of the agent is made."""
    await execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 1))", str(agent_id))
    [made] = await fetch(
        """SELECT count(*) AS whole, count(*) FILTER (WHERE state <> 'archived') AS live
           FROM promo_code WHERE agent_id = $1""",
        agent_id,
    )
    if made["live"] >= LIVE_PER_AGENT_MAX or made["whole"] >= MADE_PER_AGENT_MAX:
        raise TooManyPromoCodes(live_max=LIVE_PER_AGENT_MAX, made_max=MADE_PER_AGENT_MAX)


async def _insert(agent_id: UUID, campaign: Campaign, text: str) -> UUID | None:
    made: UUID | None = await fetch_value(
        """INSERT INTO promo_code (id, agent_id, campaign_id, program_id, text, skeleton, number)
           VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING id""",
        uuid7(),
        agent_id,
        campaign.id,
        campaign.program_id,
        text,
        skeleton(text),
        secrets.randbelow(NUMBER_MAX + 1),
    )
    return made


async def _is_taken(text: str) -> bool:
    return bool(await fetch_value("SELECT EXISTS (SELECT FROM promo_code WHERE skeleton = $1)", skeleton(text)))


def _view(row: Any) -> PromoCode:
    return PromoCode(**dict(row) | {"bars": ean13(row["bars"])})

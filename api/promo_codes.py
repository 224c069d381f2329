"""Promo codes over HTTP: an agent sees what codes can be made for, makes his own, pauses and archives them."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery

from api.callers import agent_of, agents
from api.cursors import Limit, next_page
from api.examples import AN_ID, like
from api.idempotent import IdempotencyKey, once
from api.openapi import AGENT
from api.problems import refuses
from api.proven import READS, WRITES
from codes import promo_codes
from codes.promo_codes import (
    NoSuchOffer,
    PromoCode,
    PromoCodeArchived,
    PromoTextTaken,
    State,
    TooManyPromoCodes,
)
from codes.promo_text import PromoTextRefused
from core.db import transaction
from core.refusals import NotFound
from core.text import Key
from programs import terms
from programs.campaign import Campaign
from programs.discounts import AnyDiscount
from programs.effects import AnyEffect
from programs.rules import Attribution
from programs.snapshot import current_snapshot
from programs.terms import TermsNotAccepted


class NewPromoCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A campaign to make a code for, and the agent's own text for it; without one a text is made."""

    campaign_id: UUID
    text: Key | None = None


class NewState(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to become of a code; `archived` is for good."""

    state: State


class PromoCodes(msgspec.Struct, frozen=True):
    """Codes, the newest first; `before` asks for those behind this page."""

    promo_codes: list[PromoCode]
    before: UUID | None


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign that codes can be made for: what a customer gets off, and what its agent earns.

    `terms_id` names the text, as it is in force, that whoever takes part agrees to first. `attribution` tells for how
    long a customer stays his, `agent_basis_points` what of a customer's discount comes off his bonus for that order.
    """

    campaign_id: UUID
    program_id: UUID
    name: str
    starts_on: date | None
    ends_on: date | None
    discounts: tuple[AnyDiscount, ...]
    effects: tuple[AnyEffect, ...]
    currency: str
    asset: str
    wait_seconds: int
    terms_id: UUID | None
    attribution: Attribution | None
    agent_basis_points: int


class Offers(msgspec.Struct, frozen=True):
    """Everything that is on offer now."""

    offers: list[Offer]


@get(
    "/v1/offers",
    guards=[agents],
    security=AGENT,
    tags=["promo codes"],
    operation_id="list_offers",
    responses=refuses(*READS),
)
async def list_offers(request: Request[Any, Any, Any]) -> Offers:
    """The campaigns that you can make codes for, in the order of their priority."""
    async with transaction() as now:
        snapshot = await current_snapshot(age_seconds_max=0)
        offered = await promo_codes.offers(snapshot, agent_id=agent_of(request).agent_id, now=now)
        found = sorted(offered, key=lambda campaign: campaign.place)
        texts = {one: (await terms.in_force(one)).id for one in {_terms_id(campaign, now) for campaign in found} if one}
    currencies = {campaign.id: snapshot.programs[campaign.program_id].currency for campaign in found}
    return Offers([_offer(one, now, currency=currencies[one.id], texts=texts) for one in found])


@post(
    "/v1/promo-codes",
    guards=[agents],
    security=AGENT,
    tags=["promo codes"],
    operation_id="create_promo_code",
    status_code=201,
    responses={201: ResponseSpec(PromoCode, generate_examples=False, description="The code, which works at once.")}
    | refuses(*WRITES, NoSuchOffer, TermsNotAccepted, PromoTextRefused, PromoTextTaken, TooManyPromoCodes),
)
async def create_promo_code(
    request: Request[Any, Any, Any],
    data: Annotated[NewPromoCode, like(campaign_id=AN_ID, text="МАСТЕР10")],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Make a code for a campaign. A text of the agent's own is kept in capitals, without spaces and dashes."""
    agent_id = agent_of(request).agent_id
    return await once(
        request,
        lambda: promo_codes.create(agent_id, campaign_id=data.campaign_id, text=data.text),
        secret=True,
    )


@get(
    "/v1/promo-codes",
    guards=[agents],
    security=AGENT,
    tags=["promo codes"],
    operation_id="list_promo_codes",
    responses=refuses(*READS),
)
async def list_promo_codes(
    request: Request[Any, Any, Any], *, before: FromQuery[UUID | None] = None, limit: Limit = 50
) -> PromoCodes:
    """The agent's own codes, with how often each was looked at, what it sold and what it earned."""
    page = await promo_codes.page(agent_of(request).agent_id, before=before, limit=limit)
    return PromoCodes(page, next_page(page, limit, cursor=lambda code: code.id))


@post(
    "/v1/promo-codes/{promo_code_id:uuid}/state",
    guards=[agents],
    security=AGENT,
    tags=["promo codes"],
    operation_id="change_promo_code",
    status_code=200,
    responses={200: ResponseSpec(PromoCode, generate_examples=False, description="The code in its new state.")}
    | refuses(*WRITES, NotFound, PromoCodeArchived),
)
async def change_promo_code(
    request: Request[Any, Any, Any],
    promo_code_id: FromPath[UUID],
    data: Annotated[NewState, like(state="paused")],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Pause a code, let it work again, or archive it for good; nobody else ever gets its text."""
    agent_id = agent_of(request).agent_id
    return await once(
        request, lambda: promo_codes.change_state(agent_id, promo_code_id, data.state), status=200, secret=True
    )


def _terms_id(campaign: Campaign, now: datetime) -> UUID | None:
    return campaign.version_at(now).rules.terms_id


def _offer(campaign: Campaign, now: datetime, *, currency: str, texts: dict[UUID, UUID]) -> Offer:
    rules = campaign.version_at(now).rules
    return Offer(
        campaign_id=campaign.id,
        program_id=campaign.program_id,
        name=campaign.name,
        starts_on=rules.eligibility.starts_on,
        ends_on=rules.eligibility.ends_on,
        discounts=rules.discounts,
        effects=rules.effects,
        currency=currency,
        asset=rules.asset,
        wait_seconds=rules.wait_seconds,
        terms_id=texts[rules.terms_id] if rules.terms_id else None,
        attribution=rules.attribution,
        agent_basis_points=rules.funding.agent_basis_points,
    )


ROUTES = [list_offers, create_promo_code, list_promo_codes, change_promo_code]

"""Attribution over HTTP: whose sales are in a program, why one was somebody else's, and what is an agent's own."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from api import confines, proven
from api.callers import Scoped, agent_of, agents, holder
from api.confines import everywhere, within
from api.examples import like
from api.idempotent import IdempotencyKey, once
from api.openapi import AGENT, KEY
from api.problems import refuses
from codes.customers import Customer, CustomerUnreadable, named
from core.access import Scope
from core.refusals import NotFound
from programs import attribution_policies
from programs.attribution import AttributionPolicy
from programs.attribution_policies import EvidenceRepeated
from referrals import attributions, own_cards
from referrals.attributions import AttributionView
from referrals.own_cards import OwnCard, TooManyOwnCards


class OwnCards(msgspec.Struct, frozen=True):
    """What an agent has called his own, or somebody of the maker's has."""

    own_cards: list[OwnCard]


_CARD = {"kind": "phone", "value": "+7 912 000-00-00"}


@get(
    "/v1/programs/{program_id:uuid}/attribution",
    guards=[Scoped(Scope.campaigns_read)],
    security=KEY,
    tags=["programs"],
    operation_id="read_attribution_policy",
    responses=refuses(*confines.READS),
)
async def read_attribution_policy(request: Request[Any, Any, Any], program_id: FromPath[UUID]) -> AttributionPolicy:
    """Which evidence of a sale is the strongest in a program, and whose a customer is who comes with another code."""
    return await attribution_policies.policy_of(within(request, program_id))


@put(
    "/v1/programs/{program_id:uuid}/attribution",
    guards=[Scoped(Scope.campaigns_write)],
    security=KEY,
    tags=["programs"],
    operation_id="set_attribution_policy",
    responses={200: ResponseSpec(AttributionPolicy, generate_examples=False, description="The policy from now on.")}
    | refuses(*confines.WRITES, EvidenceRepeated),
)
async def set_attribution_policy(
    request: Request[Any, Any, Any],
    program_id: FromPath[UUID],
    data: Annotated[AttributionPolicy, like(priority=["promo_code", "customer_key"], takeover=False)],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Set it, all at once; what is left out is the default. Sales of before stay as they are."""
    within(request, program_id)

    async def set_() -> AttributionPolicy:
        return await attribution_policies.set_policy(program_id, data, by=holder(request).who)

    return await once(request, set_, status=200)


@get(
    "/v1/activities/{activity_id:uuid}/attribution",
    guards=[agents],
    security=AGENT,
    tags=["activities"],
    operation_id="read_attribution",
    responses=refuses(*proven.READS, NotFound),
)
async def read_attribution(request: Request[Any, Any, Any], activity_id: FromPath[UUID]) -> AttributionView:
    """Whether the agent has a sale that he had a claim to, and why not; of whoever has it he learns nothing."""
    view = await attributions.view_of(agent_of(request).agent_id, activity_id)
    if view is None:
        raise NotFound
    return view


@get(
    "/v1/own-cards",
    guards=[agents],
    security=AGENT,
    tags=["agents"],
    operation_id="list_own_cards",
    responses=refuses(*proven.READS),
)
async def list_own_cards(request: Request[Any, Any, Any]) -> OwnCards:
    """What the agent has called his own; never what it is, which nobody keeps."""
    return OwnCards(await own_cards.listed(agent_of(request).agent_id))


@post(
    "/v1/own-cards",
    guards=[agents],
    security=AGENT,
    tags=["agents"],
    operation_id="declare_own_card",
    status_code=201,
    responses={201: ResponseSpec(OwnCard, generate_examples=False, description="The card, by its kind alone.")}
    | refuses(*proven.WRITES, CustomerUnreadable, TooManyOwnCards),
)
async def declare_own_card(
    request: Request[Any, Any, Any],
    data: Annotated[Customer, like(**_CARD)],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Say which phone or card one buys with oneself: such purchases are paid as the campaign says of own ones."""
    agent_id, buyer = agent_of(request).agent_id, named(data)

    async def declare() -> OwnCard:
        return await own_cards.declare(agent_id, buyer, kind=data.kind)

    return await once(request, declare, fingerprint=buyer.fingerprint.encode())


@put(
    "/v1/agents/{agent_id:uuid}/own-cards",
    guards=[Scoped(Scope.risks_decide)],
    security=KEY,
    tags=["risks"],
    operation_id="confirm_own_card",
    responses={200: ResponseSpec(OwnCard, generate_examples=False, description="The card, confirmed.")}
    | refuses(*confines.WRITES, CustomerUnreadable, TooManyOwnCards),
)
async def confirm_own_card(
    request: Request[Any, Any, Any],
    agent_id: FromPath[UUID],
    data: Annotated[Customer, like(**_CARD)],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Somebody has seen that a phone or card is the agent's own, whether or not he has said so."""
    everywhere(request)
    buyer = named(data)

    async def confirm() -> OwnCard:
        return await own_cards.confirm(agent_id, buyer, kind=data.kind, by=holder(request).who)

    return await once(request, confirm, status=200, fingerprint=buyer.fingerprint.encode())


@delete(
    "/v1/agents/{agent_id:uuid}/own-cards/{card_id:uuid}",
    guards=[Scoped(Scope.risks_decide)],
    security=KEY,
    tags=["risks"],
    operation_id="remove_own_card",
    status_code=200,
    responses={200: ResponseSpec(OwnCards, generate_examples=False, description="What is left of his own.")}
    | refuses(*confines.WRITES),
)
async def remove_own_card(
    request: Request[Any, Any, Any],
    agent_id: FromPath[UUID],
    card_id: FromPath[UUID],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """It is not the agent's own after all."""
    everywhere(request)

    async def remove() -> OwnCards:
        await own_cards.remove(agent_id, card_id, by=holder(request).who)
        return OwnCards(await own_cards.listed(agent_id))

    return await once(request, remove, status=200)


ROUTES = [
    read_attribution_policy,
    set_attribution_policy,
    read_attribution,
    list_own_cards,
    declare_own_card,
    confirm_own_card,
    remove_own_card,
]

"""Reward orders over HTTP: an agent looks at what bonuses buy, orders, and is shown what he bought."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery

from api.callers import agent_of, agents
from api.cursors import Limit, next_page
from api.examples import AN_ID, like
from api.idempotent import IdempotencyKey, intent, once
from api.openapi import AGENT, AGENT_PROOF
from api.problems import refuses
from api.process import process_of
from api.proven import PROVEN, READS, SPENDS, prove, prove_settled
from core.refusals import NotFound
from rewards import catalogue, orders
from rewards.catalogue import Offered
from rewards.orders import Language, OutOfStock, RewardLimit, RewardOff, RewardOrder, Shown
from wallets.spends import InsufficientFunds, SpendingFrozen


class Catalogue(msgspec.Struct, frozen=True):
    """What bonuses buy, the cheapest first."""

    rewards: list[Offered]


class NewOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is wanted, and the language in which the wallet speaks of it."""

    reward_id: UUID
    language: Language = "ru"


class RewardOrders(msgspec.Struct, frozen=True):
    """Orders, the newest first; `before` asks for those behind this page."""

    reward_orders: list[RewardOrder]
    before: UUID | None


@get(
    "/v1/rewards",
    guards=[agents],
    security=AGENT,
    tags=["rewards"],
    operation_id="list_offered_rewards",
    responses=refuses(*READS),
)
async def list_offered_rewards() -> Catalogue:
    """What can be ordered for bonuses now."""
    return Catalogue(await catalogue.offered())


@post(
    "/v1/reward-orders",
    guards=[agents],
    security=AGENT_PROOF,
    tags=["rewards"],
    operation_id="order_reward",
    status_code=201,
    responses={201: ResponseSpec(RewardOrder, generate_examples=False, description="The order; its price is paid.")}
    | refuses(*SPENDS, NotFound, RewardOff, RewardLimit, OutOfStock, InsufficientFunds, SpendingFrozen),
)
async def order_reward(
    request: Request[Any, Any, Any],
    data: Annotated[NewOrder, like(reward_id=AN_ID, language="ru")],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Order a reward. A gift card is paid and yours at once; a service is paid when it is given, until then set aside.

    What was ordered is shown by another request, so that no stored answer holds it.
    """
    agent_id = agent_of(request).agent_id
    spend_id = intent(request, agent_id)

    async def place() -> RewardOrder:
        await prove_settled(request)
        return await orders.place(data.reward_id, agent_id=agent_id, language=data.language, spend_id=spend_id)

    async with process_of(request).wallets.passed(agent_id):
        return await once(request, place, required=True)


@get(
    "/v1/reward-orders",
    guards=[agents],
    security=AGENT,
    tags=["rewards"],
    operation_id="list_reward_orders",
    responses=refuses(*READS),
)
async def list_reward_orders(
    request: Request[Any, Any, Any], before: FromQuery[UUID | None] = None, limit: Limit = 50
) -> RewardOrders:
    """What the agent has ordered, and how far it is."""
    page = await orders.orders(agent_of(request).agent_id, before=before, limit=limit)
    return RewardOrders(page, next_page(page, limit, cursor=lambda order: order.id))


@get(
    "/v1/reward-orders/{order_id:uuid}/secret",
    guards=[agents],
    security=AGENT_PROOF,
    tags=["rewards"],
    operation_id="show_reward",
    responses={200: ResponseSpec(Shown, generate_examples=False, description="The card's code, or the voucher.")}
    | refuses(*PROVEN, NotFound),
)
async def show_reward(request: Request[Any, Any, Any], order_id: FromPath[UUID]) -> Response[Shown]:
    """What was bought, to the owner's own phone alone, as often as he asks: whoever sees it can spend it."""
    await prove(request)
    shown = await orders.show(order_id, agent_id=agent_of(request).agent_id)
    return Response(shown, headers={"Cache-Control": "no-store"})


ROUTES = [list_offered_rewards, order_reward, list_reward_orders, show_reward]

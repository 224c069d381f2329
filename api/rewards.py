"""Rewards over HTTP, for the maker: the catalogue, the stock of partners' codes, money back for what was no good."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, patch, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from api.callers import Scoped, holder
from api.confines import MOVES, READS, WRITES, reach, within
from api.csv_body import sheet
from api.examples import like
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import refuses
from core.access import Scope
from core.text import Name
from programs.sheets import BYTES_MAX, SheetRefused
from rewards import cards, catalogue, orders
from rewards.cards import CardsNotNew, NoGiftCard, Taken
from rewards.catalogue import NewReward, Reward, RewardChange, RewardIncomplete, UnknownShops
from rewards.orders import RewardOrder
from wallets.spends import SpendSettled


class Rewards(msgspec.Struct, frozen=True):
    """Every reward of a program, the newest first."""

    rewards: list[Reward]


class Why(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why it is done; it stands in the audit."""

    reason: Name


@post(
    "/v1/programs/{program_id:uuid}/rewards",
    guards=[Scoped(Scope.rewards_write)],
    security=KEY,
    tags=["rewards"],
    operation_id="add_reward",
    status_code=201,
    responses={201: ResponseSpec(Reward, generate_examples=False, description="The reward; it is not on offer yet.")}
    | refuses(*WRITES, RewardIncomplete, UnknownShops),
)
async def add_reward(
    request: Request[Any, Any, Any],
    program_id: FromPath[UUID],
    data: Annotated[
        NewReward, like(kind="gift_card", name_ru="Карта на 500 ₽", name_en="Gift card, 500 RUB", price_minor=50_000)
    ],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Add a gift card or a service to what bonuses buy. It is paused until it is put on offer."""
    within(request, program_id)
    return await once(request, lambda: catalogue.add_reward(program_id, data, by=holder(request).who))


@get(
    "/v1/programs/{program_id:uuid}/rewards",
    guards=[Scoped(Scope.programs_read)],
    security=KEY,
    tags=["rewards"],
    operation_id="list_rewards",
    responses=refuses(*READS),
)
async def list_rewards(request: Request[Any, Any, Any], program_id: FromPath[UUID]) -> Rewards:
    """What bonuses buy, with the cards that are left of each."""
    return Rewards(await catalogue.rewards(within(request, program_id)))


@patch(
    "/v1/rewards/{reward_id:uuid}",
    guards=[Scoped(Scope.rewards_write)],
    security=KEY,
    tags=["rewards"],
    operation_id="change_reward",
    status_code=200,
    responses={200: ResponseSpec(Reward, generate_examples=False, description="The reward as it is now.")}
    | refuses(*WRITES),
)
async def change_reward(
    request: Request[Any, Any, Any],
    reward_id: FromPath[UUID],
    data: Annotated[RewardChange, like(state="active")],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Put a reward on offer, pause it, end it, or change what is said of it. Orders that were made keep their price."""

    async def change() -> Reward:
        await catalogue.find_reward(reward_id, program_id=reach(request))
        return await catalogue.change_reward(reward_id, data, by=holder(request).who)

    return await once(request, change, status=200)


@post(
    "/v1/rewards/{reward_id:uuid}/cards",
    guards=[Scoped(Scope.rewards_stock)],
    security=KEY,
    tags=["rewards"],
    operation_id="add_cards",
    operation_class=sheet("code,pin,expires_on\nQ7PX-92MQ-4TDW,4711,2027-12-31\n"),
    request_max_body_size=BYTES_MAX,
    status_code=201,
    responses={201: ResponseSpec(Taken, generate_examples=False, description="How many cards were added.")}
    | refuses(*MOVES, SheetRefused, NoGiftCard, CardsNotNew),
)
async def add_cards(
    request: Request[Any, Any, Any], reward_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Add a partner's codes to the stock of a gift card: all of the file, or nothing and the rows that are wrong.

    The codes lie encrypted; each is shown to the one agent who bought it and to nobody else.
    """
    content = await request.body()
    return await once(
        request,
        lambda: cards.add_cards(reward_id, content, by=holder(request).who, program_id=reach(request)),
        required=True,
    )


@post(
    "/v1/rewards/{reward_id:uuid}/cards/withdraw",
    guards=[Scoped(Scope.rewards_stock)],
    security=KEY,
    tags=["rewards"],
    operation_id="withdraw_cards",
    status_code=200,
    responses={200: ResponseSpec(Taken, generate_examples=False, description="How many cards were withdrawn.")}
    | refuses(*MOVES),
)
async def withdraw_cards(
    request: Request[Any, Any, Any],
    reward_id: FromPath[UUID],
    data: Annotated[Why, like(reason="The partner has stopped the series.")],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Take every card that nobody has off the stock, for good."""
    return await once(
        request,
        lambda: cards.withdraw_cards(reward_id, by=holder(request).who, reason=data.reason, program_id=reach(request)),
        status=200,
        required=True,
    )


@post(
    "/v1/reward-orders/{order_id:uuid}/refund",
    guards=[Scoped(Scope.rewards_stock)],
    security=KEY,
    tags=["rewards"],
    operation_id="refund_reward",
    status_code=200,
    responses={200: ResponseSpec(RewardOrder, generate_examples=False, description="The order, refunded.")}
    | refuses(*MOVES, SpendSettled),
)
async def refund_reward(
    request: Request[Any, Any, Any],
    order_id: FromPath[UUID],
    data: Annotated[Why, like(reason="The partner's till did not know the card.")],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Give the bonuses back for what was no good: a card that does not work, a service that was not one."""
    return await once(
        request,
        lambda: orders.refund(order_id, by=holder(request).who, reason=data.reason, program_id=reach(request)),
        status=200,
        required=True,
    )


ROUTES = [add_reward, list_rewards, change_reward, add_cards, withdraw_cards, refund_reward]

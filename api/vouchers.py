"""Vouchers over HTTP: the staff of a shop look what a voucher is for, and say that the service was given."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, post
from litestar.openapi.datastructures import ResponseSpec
from msgspec import Meta

from api.callers import Scoped, holder
from api.confines import MOVES, WRITES
from api.examples import like
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import refuses
from core.access import Holder, Scope
from programs.shops import find_shop
from rewards import orders
from rewards.orders import NotGivenHere, RewardOrder, VoucherOver, VoucherUsed

_REFUSALS = (VoucherUsed, VoucherOver, NotGivenHere)


class Voucher(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A voucher as it was scanned or typed."""

    voucher: Annotated[str, Meta(min_length=1, max_length=200)]


@post(
    "/v1/vouchers/look",
    guards=[Scoped(Scope.rewards_give)],
    security=KEY,
    tags=["rewards"],
    operation_id="look_at_voucher",
    status_code=200,
    responses={200: ResponseSpec(RewardOrder, generate_examples=False, description="What it is for, and until when.")}
    | refuses(*WRITES, *_REFUSALS),
)
async def look_at_voucher(
    request: Request[Any, Any, Any], data: Annotated[Voucher, like(voucher="S7PX9 2MQ4 TDWA 3HR5")]
) -> RewardOrder:
    """Say what a voucher is for; nothing is given by that."""
    me = holder(request)
    return await orders.look(data.voucher, program_id=await _program_of(me), shop_id=me.shop_id)


@post(
    "/v1/vouchers/give",
    guards=[Scoped(Scope.rewards_give)],
    security=KEY,
    tags=["rewards"],
    operation_id="give_for_voucher",
    status_code=200,
    responses={200: ResponseSpec(RewardOrder, generate_examples=False, description="The order, fulfilled.")}
    | refuses(*MOVES, *_REFUSALS),
)
async def give_for_voucher(
    request: Request[Any, Any, Any],
    data: Annotated[Voucher, like(voucher="S7PX9 2MQ4 TDWA 3HR5")],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Say that the service was given: its price is taken from what the agent has set aside. A voucher is good once."""
    me = holder(request)

    async def give() -> RewardOrder:
        program_id = await _program_of(me)
        return await orders.give(data.voucher, program_id=program_id, shop_id=me.shop_id, by=me.who)

    return await once(request, give, status=200, required=True)


async def _program_of(me: Holder) -> UUID | None:
    """The program in which the caller may give something, None for every one."""
    return me.program_id if me.shop_id is None else (await find_shop(me.shop_id)).program_id


ROUTES = [look_at_voucher, give_for_voucher]

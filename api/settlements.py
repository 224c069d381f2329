"""Settlements over HTTP: whoever hands over the goods captures a spend, and finance gives a captured one back."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from api.callers import Scoped, holder
from api.confines import MOVES
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import refuses
from api.process import process_of
from core import switches
from core.access import Holder, Scope
from core.coalescer import QueueFull
from core.refusals import Conflict, NotFound
from programs.installation import find_program
from programs.shops import find_shop
from referrals import spending
from wallets import spends
from wallets.spends import Spend, SpendSettled


class ShopStopped(Conflict):
    slug = "shop_stopped"
    title = "This shop is stopped for the moment"


@post(
    "/v1/spends/{spend_id:uuid}/capture",
    guards=[Scoped(Scope.spends_capture)],
    security=KEY,
    tags=["spends"],
    operation_id="capture_spend",
    status_code=200,
    responses={200: ResponseSpec(Spend, generate_examples=False, description="The spend, captured.")}
    | refuses(*MOVES, SpendSettled, ShopStopped, QueueFull),
)
async def capture_spend(
    request: Request[Any, Any, Any], spend_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Take what an agent reserved: the goods were handed over. A spend is captured once."""
    me = holder(request)

    async def capture() -> Spend:
        await _refuse_elsewhere(spend_id, me)
        return await spending.give_out(spend_id, by=me.who)

    async with process_of(request).wallets.passed(me.who):
        return await once(request, capture, status=200, required=True)


@post(
    "/v1/spends/{spend_id:uuid}/refund",
    guards=[Scoped(Scope.ledger_correct)],
    security=KEY,
    tags=["spends"],
    operation_id="refund_spend",
    status_code=200,
    responses={200: ResponseSpec(Spend, generate_examples=False, description="The spend, refunded.")}
    | refuses(*MOVES, SpendSettled, ShopStopped, QueueFull),
)
async def refund_spend(
    request: Request[Any, Any, Any], spend_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Give back what was captured: the money is free again, in the lots that it came from."""
    me = holder(request)

    async def refund() -> Spend:
        await _refuse_elsewhere(spend_id, me)
        return await spending.take_back(spend_id, by=me.who)

    async with process_of(request).wallets.passed(me.who):
        return await once(request, refund, status=200, required=True)


async def _refuse_elsewhere(spend_id: UUID, me: Holder) -> None:
    """A spend belongs to no program, its asset does: a confined key settles spends of its program's asset."""
    if me.shop_id is not None and switches.shop(me.shop_id) in await switches.thrown():
        raise ShopStopped
    program_id = me.program_id
    if me.shop_id is not None:
        program_id = (await find_shop(me.shop_id)).program_id
    if program_id is not None and (await find_program(program_id)).asset != (await spends.find(spend_id)).asset:
        raise NotFound


ROUTES = [capture_spend, refund_spend]

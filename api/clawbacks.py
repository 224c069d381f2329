"""Clawbacks over HTTP: a bonus is taken back by whoever corrects the ledger."""

from typing import Annotated, Any
from uuid import UUID, uuid5

import msgspec
from litestar import Request, Response, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from api.callers import Scoped, holder
from api.confines import MOVES, reach
from api.examples import like
from api.idempotent import IdempotencyKey, key_of, once
from api.openapi import KEY
from api.problems import refuses
from api.process import process_of
from core.access import Scope
from core.coalescer import QueueFull
from core.money import AmountMinor
from core.text import Line
from referrals.clawbacks import ClawbackDone, NothingToClawBack, claw_back_accrual
from wallets.clawbacks import ClawbackMade


class NewClawback(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much to take back, everything that is left unless said, and why; the agent reads the reason."""

    reason: Line
    amount_minor: AmountMinor | None = None


@post(
    "/v1/accruals/{accrual_id:uuid}/clawback",
    guards=[Scoped(Scope.ledger_correct)],
    security=KEY,
    tags=["ledger"],
    operation_id="claw_back",
    status_code=200,
    responses={200: ResponseSpec(ClawbackDone, generate_examples=False, description="What was taken, and from where.")}
    | refuses(*MOVES, NothingToClawBack, ClawbackMade, QueueFull),
)
async def claw_back(
    request: Request[Any, Any, Any],
    accrual_id: FromPath[UUID],
    data: Annotated[NewClawback, like(reason="The goods were brought back", amount_minor=15_000)],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Take back a bonus, in whole or in part: from what is pending, available or expired; what was spent is owed.

    The key is remembered in the ledger for ever: the same one never takes twice.
    """
    me, program_id = holder(request), reach(request)
    key = uuid5(accrual_id, f"{me.who} {key_of(request, required=True)}")

    async def take() -> ClawbackDone:
        return await claw_back_accrual(
            accrual_id, amount_minor=data.amount_minor, reason=data.reason, key=key, by=me.who, program_id=program_id
        )

    async with process_of(request).wallets.passed(me.who):
        return await once(request, take, status=200, required=True)


ROUTES = [claw_back]

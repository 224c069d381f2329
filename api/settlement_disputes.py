"""Disputes of statements over HTTP: a shop disputes an order, finance answers, a second person agrees to much."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from api.callers import Scoped, holder
from api.confines import MOVES, WRITES, within
from api.examples import like
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import refuses
from api.shop_settlements import readable
from codes import settlement_disputes, settlements
from codes.settlement_disputes import (
    DisputeAnswer,
    NewDispute,
    SettlementDispute,
    SettlementDisputeAnswered,
    SettlementDisputeOpen,
)
from core.access import Scope, SecondPersonNeeded

_DISPUTE = ResponseSpec(SettlementDispute, generate_examples=False, description="The dispute as it stands.")


@post(
    "/v1/settlements/{settlement_id:uuid}/disputes",
    guards=[Scoped(Scope.settlements_dispute)],
    security=KEY,
    tags=["settlements"],
    operation_id="dispute_settlement",
    status_code=201,
    responses={201: _DISPUTE} | refuses(*WRITES, SettlementDisputeOpen),
)
async def dispute_settlement(
    request: Request[Any, Any, Any],
    settlement_id: FromPath[UUID],
    data: Annotated[
        NewDispute, like(order_ref="2026-11-22/17", claimed_minor=230_000, reason="The order is not on the statement")
    ],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Dispute an order of a statement, or one that it lacks; `claimed_minor` is what the shop wants to be owed for it.

    What is open when a month is closed is carried into its statement.
    """
    await readable(request, settlement_id)

    async def dispute() -> SettlementDispute:
        return await settlement_disputes.open_dispute(settlement_id, data, by=holder(request).who)

    return await once(request, dispute)


@post(
    "/v1/settlement-disputes/{settlement_dispute_id:uuid}/answer",
    guards=[Scoped(Scope.settlements_write)],
    security=KEY,
    tags=["settlements"],
    operation_id="answer_settlement_dispute",
    status_code=200,
    responses={200: _DISPUTE} | refuses(*MOVES, SettlementDisputeAnswered),
)
async def answer_settlement_dispute(
    request: Request[Any, Any, Any],
    settlement_dispute_id: FromPath[UUID],
    data: Annotated[DisputeAnswer, like(verdict="upheld", words="It was redeemed on paper", correction_minor=230_000)],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Answer a dispute. Upheld, it changes what the shop is owed by `correction_minor`, in the statement to come.

    A correction of more than 10,000.00 is `proposed`, and made when somebody else has approved it.
    """
    await _answerable(request, settlement_dispute_id)

    async def answer() -> SettlementDispute:
        return await settlement_disputes.answer(settlement_dispute_id, data, by=holder(request).who)

    return await once(request, answer, status=200, required=True)


@post(
    "/v1/settlement-disputes/{settlement_dispute_id:uuid}/approve",
    guards=[Scoped(Scope.settlements_write)],
    security=KEY,
    tags=["settlements"],
    operation_id="approve_settlement_dispute",
    status_code=200,
    responses={200: _DISPUTE} | refuses(*MOVES, SettlementDisputeAnswered, SecondPersonNeeded),
)
async def approve_settlement_dispute(
    request: Request[Any, Any, Any], settlement_dispute_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Agree to a large correction that somebody else has proposed."""
    await _answerable(request, settlement_dispute_id)

    async def approve() -> SettlementDispute:
        return await settlement_disputes.approve(settlement_dispute_id, by=holder(request).who)

    return await once(request, approve, status=200, required=True)


async def _answerable(request: Request[Any, Any, Any], dispute_id: UUID) -> None:
    dispute = await settlement_disputes.find(dispute_id)
    within(request, (await settlements.find(dispute.settlement_id)).program_id)


ROUTES = [dispute_settlement, answer_settlement_dispute, approve_settlement_dispute]

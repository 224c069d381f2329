"""Voids over HTTP: one holder asks for a batch's key to be destroyed, another one says so too."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from api.batches import reachable
from api.callers import Scoped, holder
from api.confines import MOVES, READS, reach
from api.examples import like
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import refuses
from codes import voids
from codes.batches import BatchNotSealed
from codes.voids import VoidAsked, VoidRequest, VoidSettled
from core.access import Scope, SecondPersonNeeded
from core.destroyed import DestructionUnlogged
from core.text import Line


class Voiding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a batch is to be voided, for whoever has to agree."""

    reason: Line


class VoidRequests(msgspec.Struct, frozen=True):
    """What waits for a second person, the oldest first."""

    requests: list[VoidRequest]


def _said(description: str) -> dict[int, ResponseSpec]:
    return {200: ResponseSpec(VoidRequest, generate_examples=False, description=description)}


@post(
    "/v1/batches/{batch_id:uuid}/void-requests",
    guards=[Scoped(Scope.codes_activate)],
    security=KEY,
    tags=["codes"],
    operation_id="ask_to_void",
    status_code=200,
    responses=_said("It waits for somebody else.") | refuses(*MOVES, BatchNotSealed, VoidAsked),
)
async def ask_to_void(
    request: Request[Any, Any, Any],
    batch_id: FromPath[UUID],
    data: Annotated[Voiding, like(reason="The printer's archive was stolen")],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Ask for a batch's key to be destroyed, for ever. Nothing happens until another holder approves."""

    async def ask() -> VoidRequest:
        await reachable(request, batch_id)
        return await voids.ask(batch_id, reason=data.reason, by=holder(request).who)

    return await once(request, ask, status=200, required=True)


@get(
    "/v1/void-requests",
    guards=[Scoped(Scope.codes_read)],
    security=KEY,
    tags=["codes"],
    operation_id="list_void_requests",
    responses=refuses(*READS),
)
async def list_void_requests(request: Request[Any, Any, Any]) -> VoidRequests:
    """The batches that somebody wants voided."""
    return VoidRequests(await voids.waiting(reach(request)))


@post(
    "/v1/void-requests/{void_request_id:uuid}/approve",
    guards=[Scoped(Scope.codes_activate)],
    security=KEY,
    tags=["codes"],
    operation_id="approve_void",
    status_code=200,
    responses=_said("The key is gone.") | refuses(*MOVES, SecondPersonNeeded, VoidSettled, DestructionUnlogged),
)
async def approve_void(
    request: Request[Any, Any, Any], void_request_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Destroy the batch's key: no code of it verifies ever again, not even after a restore. Whoever waits is told."""

    async def approve() -> VoidRequest:
        await _reachable(request, void_request_id)
        return await voids.approve(void_request_id, by=holder(request).who)

    return await once(request, approve, status=200, required=True)


@post(
    "/v1/void-requests/{void_request_id:uuid}/withdraw",
    guards=[Scoped(Scope.codes_activate)],
    security=KEY,
    tags=["codes"],
    operation_id="withdraw_void",
    status_code=200,
    responses=_said("It comes to nothing.") | refuses(*MOVES, VoidSettled),
)
async def withdraw_void(
    request: Request[Any, Any, Any], void_request_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Let a request come to nothing."""

    async def withdraw() -> VoidRequest:
        await _reachable(request, void_request_id)
        return await voids.withdraw(void_request_id, by=holder(request).who)

    return await once(request, withdraw, status=200, required=True)


async def _reachable(request: Request[Any, Any, Any], void_request_id: UUID) -> None:
    asked = await voids.find(void_request_id)
    await reachable(request, asked.batch_id)


ROUTES = [ask_to_void, list_void_requests, approve_void, withdraw_void]

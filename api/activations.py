"""Activations over HTTP: one scan of a carton, a shipment's arrival, or a day to come puts goods on sale."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery

from api.batches import Index, reachable
from api.callers import Scoped, holder
from api.confines import MOVES, READS, WRITES, reach, within
from api.cursors import Limit, next_page
from api.examples import like
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import refuses
from api.process import process_of
from codes import activation, plans, selections
from codes.activation import Activated
from codes.batches import BatchNotSealed
from codes.cartons import UnknownUnit
from codes.claims import NotAccepted
from codes.plans import Plan
from codes.readings import CheckFailed, Malformed
from codes.selections import NotInCarton, Selected
from codes.sscc import SsccWrong
from codes.transitions import BeyondBatch, RangeState
from core.access import Scope
from core.refusals import Unprocessable
from core.text import CodeText, Key, Line, Name
from core.times import Moment


class NotOneSelection(Unprocessable):
    slug = "not_one_selection"
    title = "Say one of these: code, sscc, batch_id, or program_id with shipment"


class Activation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is put on sale, and when.

    It is said by exactly one of: any pack's outer `code`, for its carton; the `sscc` of a carton or a pallet;
    `batch_id` with `first` and `stop`; `program_id` with the number of a `shipment`.
    `at` is a day to come, now if it is left out; on `closes_at` nothing more of it is sold, on `expires_at` nothing
    more is paid.
    """

    reason: Line = ""
    code: CodeText | None = None
    sscc: Name | None = None
    batch_id: UUID | None = None
    first: Index = 0
    stop: Index | None = None
    program_id: UUID | None = None
    shipment: Key | None = None
    at: Moment | None = None
    closes_at: Moment | None = None
    expires_at: Moment | None = None


class Plans(msgspec.Struct, frozen=True):
    """What a batch's ranges become on days to come, and became on days past; `after` asks for the rest."""

    plans: list[Plan]
    after: UUID | None


_REFUSALS = (Malformed, CheckFailed, NotAccepted, NotInCarton, SsccWrong, UnknownUnit, BeyondBatch, BatchNotSealed)


@post(
    "/v1/activations",
    guards=[Scoped(Scope.codes_activate)],
    security=KEY,
    tags=["codes"],
    operation_id="activate",
    status_code=200,
    responses={200: ResponseSpec(Activated, generate_examples=False, description="What is on sale, or will be.")}
    | refuses(*MOVES, *_REFUSALS, RangeState, NotOneSelection),
)
async def activate(
    request: Request[Any, Any, Any],
    data: Annotated[Activation, like(sscc="046012345000000012", reason="Arrived at the dealer's")],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Put goods on sale. A second time changes nothing; goods that were stopped stay so and refuse all of it."""

    async def put() -> Activated:
        return await activation.activate(
            lambda: _selected(request, data),
            reason=data.reason,
            by=holder(request).who,
            at=data.at,
            closes_at=data.closes_at,
            expires_at=data.expires_at,
        )

    answer = await once(request, put, status=200, required=True)
    process_of(request).doorbell.ring("drain")
    return answer


async def _selected(request: Request[Any, Any, Any], data: Activation) -> list[Selected]:
    program_id = reach(request)
    said = [data.code, data.sscc, data.batch_id, data.shipment]
    if sum(one is not None for one in said) != 1:
        raise NotOneSelection
    if data.code is not None:
        return await selections.by_code(data.code, program_id=program_id, keyring=process_of(request).keyring)
    if data.sscc is not None:
        return await selections.by_units([data.sscc], program_id=program_id)
    if data.batch_id is not None:
        return await selections.by_range(data.batch_id, first=data.first, stop=data.stop, program_id=program_id)
    if data.shipment is not None and data.program_id is not None:
        return await selections.by_shipment(data.shipment, program_id=within(request, data.program_id))
    raise NotOneSelection


@get(
    "/v1/batches/{batch_id:uuid}/plans",
    guards=[Scoped(Scope.codes_read)],
    security=KEY,
    tags=["codes"],
    operation_id="list_plans",
    responses=refuses(*READS),
)
async def list_plans(
    request: Request[Any, Any, Any], batch_id: FromPath[UUID], after: FromQuery[UUID | None] = None, limit: Limit = 100
) -> Plans:
    """What becomes of a batch's ranges on days to come, and what came of it on days past."""
    await reachable(request, batch_id)
    page = await plans.of_batch(batch_id, after=after, limit=limit)
    return Plans(page, next_page(page, limit, cursor=lambda one: one.id))


@delete(
    "/v1/batches/{batch_id:uuid}/plans/{plan_id:uuid}",
    guards=[Scoped(Scope.codes_activate)],
    security=KEY,
    tags=["codes"],
    operation_id="cancel_plan",
    status_code=200,
    responses={200: ResponseSpec(Plan, generate_examples=False, description="What will not be done.")}
    | refuses(*WRITES),
)
async def cancel_plan(
    request: Request[Any, Any, Any],
    batch_id: FromPath[UUID],
    plan_id: FromPath[UUID],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Let what is planned come to nothing."""

    async def cancel() -> Plan:
        await reachable(request, batch_id)
        return await plans.cancel(plan_id, batch_id=batch_id, by=holder(request).who)

    return await once(request, cancel, status=200)


ROUTES = [activate, list_plans, cancel_plan]

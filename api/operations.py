"""Operations over HTTP: what is parked, what is turned off, who did what, where the chain ends, what the workers do."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, PathParameter

from api.callers import Scoped, holder
from api.confines import READS, WRITES, everywhere, reach
from api.cursors import Limit, NumberCursor, next_page
from api.examples import like
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import refuses
from api.process import process_of
from api.read_only import ANSWERS_ANYWAY
from core import audit, audit_chain, chores, switches
from core.access import Scope
from core.audit import Action
from core.audit_chain import AuditHead
from core.chores import ChoreView
from core.text import Line
from receipts import later_goods
from referrals import activities
from referrals.activities import Backlog
from wallets import chain

# Only what something looks at can be turned off, so that a misspelt name does not pass for a stopped service.
SwitchName = Annotated[
    str,
    PathParameter(
        pattern="^(read_only|spending:([A-Z]{3,8}|[*])|(spending:agent|shop):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})"
        "(?![\\s\\S])",
        description="`read_only`, `spending:` with an asset, `*` for all or `agent:` and an id, or `shop:` with an id.",
    ),
]


class Parked(msgspec.Struct, frozen=True):
    """Activities that the rules could not decide, the longest parked first."""

    parked: list[Backlog]


class Driven(msgspec.Struct, frozen=True):
    """How many activities were put before the rules once more."""

    activities: int


class Switches(msgspec.Struct, frozen=True):
    """Every switch that is thrown, with its reason."""

    switches: dict[str, str]


class SwitchReason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why something is turned off, for whoever looks at it next."""

    reason: Line


class Audit(msgspec.Struct, frozen=True):
    """What was done, the latest first; `before` asks for what came earlier than this page."""

    actions: list[Action]
    before: int | None


class Heads(msgspec.Struct, frozen=True):
    """The last link of the chain of transfers, and that of the audit's."""

    seq: int
    hash: str
    audit: AuditHead


class Chores(msgspec.Struct, frozen=True):
    """What the workers do by schedule."""

    chores: list[ChoreView]


_SWITCHES = {200: ResponseSpec(Switches, generate_examples=False, description="What is thrown now.")}


@get(
    "/v1/operations/parked",
    guards=[Scoped(Scope.operations_read)],
    security=KEY,
    tags=["operations"],
    operation_id="list_parked",
    responses=refuses(*READS),
)
async def list_parked(request: Request[Any, Any, Any], limit: Limit = 100) -> Parked:
    """Activities that broke on the rules and wait for somebody to look; nothing of them is lost."""
    return Parked(await activities.parked(limit, program_id=reach(request)))


@post(
    "/v1/operations/activities/{activity_id:uuid}/drive-again",
    guards=[Scoped(Scope.operations_write)],
    security=KEY,
    tags=["operations"],
    operation_id="drive_activity_again",
    status_code=202,
    responses={202: ResponseSpec(Driven, generate_examples=False, description="It waits for the rules again.")}
    | refuses(*WRITES),
)
async def drive_activity_again(
    request: Request[Any, Any, Any], activity_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Put an activity before the rules once more: one that was parked, or one that earned nothing.

    Of a receipt that was paid in part, what nobody was sure of is looked at again by what is known today.
    """
    program_id = reach(request)

    async def drive() -> Driven:
        await activities.drive_again(activity_id, program_id=program_id)
        return Driven(1)

    answer = await once(request, drive, status=202)
    if answer.status_code == 202:
        await later_goods.look_again_at(activity_id)
    process_of(request).doorbell.ring("drain")
    return answer


@get(
    "/v1/operations/switches",
    guards=[Scoped(Scope.operations_read)],
    security=KEY,
    tags=["operations"],
    operation_id="list_switches",
    responses=refuses(*READS),
)
async def list_switches(request: Request[Any, Any, Any]) -> Switches:
    """What is turned off by hand or by a failed proof, and why."""
    everywhere(request)
    return Switches(await switches.thrown())


@put(
    "/v1/operations/switches/{name:str}",
    guards=[Scoped(Scope.operations_write)],
    security=KEY,
    tags=["operations"],
    operation_id="throw_switch",
    opt={ANSWERS_ANYWAY: True},
    responses=_SWITCHES | refuses(*WRITES),
)
async def throw_switch(
    request: Request[Any, Any, Any],
    name: SwitchName,
    data: Annotated[SwitchReason, like(reason="The books are being looked at")],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Turn something off: all writing (`read_only`), spending of an asset, a shop. Known everywhere within a second."""
    everywhere(request)

    async def throw() -> Switches:
        await switches.turn_on(name, reason=data.reason, by=holder(request).who)
        return Switches(await switches.thrown())

    return await once(request, throw, status=200)


@delete(
    "/v1/operations/switches/{name:str}",
    guards=[Scoped(Scope.operations_write)],
    security=KEY,
    tags=["operations"],
    operation_id="reset_switch",
    status_code=200,
    opt={ANSWERS_ANYWAY: True},
    responses=_SWITCHES | refuses(*WRITES),
)
async def reset_switch(
    request: Request[Any, Any, Any], name: SwitchName, idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Back to normal."""
    everywhere(request)

    async def reset() -> Switches:
        await switches.turn_off(name, by=holder(request).who)
        return Switches(await switches.thrown())

    return await once(request, reset, status=200)


@get(
    "/v1/operations/audit",
    guards=[Scoped(Scope.operations_read)],
    security=KEY,
    tags=["operations"],
    operation_id="read_audit",
    responses=refuses(*READS),
)
async def read_audit(
    request: Request[Any, Any, Any],
    before: NumberCursor = None,
    limit: Limit = 100,
) -> Audit:
    """Who did what, the latest first."""
    everywhere(request)
    actions = await audit.page(before=before, limit=limit)
    return Audit(actions, next_page(actions, limit, cursor=lambda action: action.id))


@get(
    "/v1/operations/chain",
    guards=[Scoped(Scope.ledger_read)],
    security=KEY,
    tags=["operations"],
    operation_id="read_chain",
    responses=refuses(*READS),
)
async def read_chain(request: Request[Any, Any, Any]) -> Heads:
    """Where the chains of transfers and of the audit end: publish it, and nothing before can be rewritten unseen."""
    everywhere(request)
    transfers = await chain.head()
    return Heads(transfers.seq, transfers.hash, await audit_chain.head())


@get(
    "/v1/operations/chores",
    guards=[Scoped(Scope.operations_read)],
    security=KEY,
    tags=["operations"],
    operation_id="list_chores",
    responses=refuses(*READS),
)
async def list_chores(request: Request[Any, Any, Any]) -> Chores:
    """What the workers do by schedule, when they last began it, and what broke."""
    everywhere(request)
    return Chores(await chores.listed())


ROUTES = [
    list_parked,
    drive_activity_again,
    list_switches,
    throw_switch,
    reset_switch,
    read_audit,
    read_chain,
    list_chores,
]

"""Recovery over HTTP: saved while the phone is there, used when it is not."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody
from msgspec import Meta

from api import rate_limits
from api.agents import Enrolled, spend_enrolment
from api.callers import agent_of, agents, anybody
from api.idempotent import REFUSALS, IdempotencyKey, IdempotencyKeyMalformed, once
from api.openapi import AGENT, AGENT_PROOF
from api.problems import refuses
from api.process import process_of
from api.proven import PROVEN, READS, prove
from core.epoch import current_epoch
from core.limits import RateLimited
from core.refusals import NotFound
from core.switches import ReadOnly
from core.text import Line
from referrals import recovery
from referrals.devices import DeviceKnown
from referrals.recovery import RecoveryKind, RecoveryKnown, RecoveryState, RecoveryUnknown, RecoveryUsed
from referrals.signatures import COMPACT_LENGTH_MAX, KeyRefused, ProofInvalid, PublicKey


class NewRecovery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The public key that follows from the QR's secret or from the twelve words; those stay with the agent."""

    kind: Literal["qr", "words"]
    public_key: PublicKey


class Restoration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A statement signed by the recovery key that names the new phone's key, and that key."""

    statement: Annotated[str, Meta(min_length=1, max_length=COMPACT_LENGTH_MAX)]
    public_key: PublicKey
    device_name: Line = ""


@get(
    "/v1/recovery",
    guards=[agents],
    security=AGENT,
    tags=["recovery"],
    operation_id="read_recovery",
    responses=refuses(*READS),
)
async def read_recovery(request: Request[Any, Any, Any]) -> RecoveryState:
    """What would restore the account today; `due` says that there is money and nothing to save it."""
    return await recovery.state(agent_of(request).agent_id)


@post(
    "/v1/recovery",
    guards=[agents],
    security=AGENT_PROOF,
    tags=["recovery"],
    operation_id="save_recovery",
    status_code=201,
    responses={201: ResponseSpec(RecoveryState, generate_examples=False, description="What restores the account now.")}
    | refuses(*PROVEN, KeyRefused, RecoveryKnown),
)
async def save_recovery(
    request: Request[Any, Any, Any], data: JSONBody[NewRecovery], idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Save what restores the account, in the place of what did before. Only a public key is sent."""

    async def save() -> RecoveryState:
        await prove(request)
        return await recovery.set_up(RecoveryKind(data.kind), data.public_key, caller=agent_of(request))

    return await once(request, save)


@delete(
    "/v1/recovery",
    guards=[agents],
    security=AGENT_PROOF,
    tags=["recovery"],
    operation_id="remove_recovery",
    status_code=200,
    responses={200: ResponseSpec(RecoveryState, generate_examples=False, description="Nothing restores it now.")}
    | refuses(*PROVEN, NotFound),
)
async def remove_recovery(request: Request[Any, Any, Any], idempotency_key: IdempotencyKey = None) -> Response[bytes]:
    """Have nothing restore the account any more: what was saved by a QR, words or a passkey is refused from now on."""

    async def remove() -> RecoveryState:
        await prove(request)
        return await recovery.remove(agent_of(request))

    return await once(request, remove, status=200)


@post(
    "/v1/recovery/restore",
    guards=[anybody],
    tags=["recovery"],
    operation_id="restore",
    status_code=201,
    response_headers=rate_limits.TOLD,
    responses={201: ResponseSpec(Enrolled, generate_examples=False, description="The account; keep the token.")}
    | refuses(
        ProofInvalid,
        KeyRefused,
        DeviceKnown,
        RecoveryUnknown,
        RecoveryUsed,
        RateLimited,
        ReadOnly,
        IdempotencyKeyMalformed,
        *REFUSALS,
    ),
)
async def restore(
    request: Request[Any, Any, Any], data: JSONBody[Restoration], idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Take the account over to a new phone: earlier ones are revoked, the recovery is used up, the new phone waits."""
    settings = process_of(request).settings

    async def take_over() -> Enrolled:
        await spend_enrolment(request)
        back = await recovery.recover(
            data.statement,
            data.public_key,
            device_name=data.device_name,
            audience=settings.origin.rstrip("/"),
            wait_seconds=settings.device_wait_seconds,
        )
        return Enrolled(back.agent_id, back.alias, back.alias_en, back.device_id, back.token, await current_epoch())

    return rate_limits.tell(request, await once(request, take_over, secret=True))


ROUTES = [read_recovery, save_recovery, remove_recovery, restore]

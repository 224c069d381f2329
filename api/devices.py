"""Devices over HTTP: an agent's phones listed, linked, revoked, and given their tokens."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from api import rate_limits
from api.agents import spend_enrolment
from api.callers import agent_of, agents, anybody
from api.idempotent import REFUSALS, IdempotencyKey, IdempotencyKeyMalformed, once
from api.openapi import AGENT, AGENT_PROOF
from api.problems import refuses
from api.process import process_of
from api.proven import PROVEN, READS, proof_of, prove, url_of
from core.limits import RateLimited
from core.refusals import NotFound, Unauthorized
from core.switches import ReadOnly
from core.text import Line
from referrals import devices, links, possession
from referrals.devices import Device, DeviceKnown, DeviceRevoked, Issued, LastDevice
from referrals.links import LinkRequest, LinkUnknown, TooManyPhones
from referrals.possession import ProofReplayed, ProofRequired
from referrals.signatures import KeyRefused, ProofInvalid, PublicKey

# A proof alone, of whoever has no token yet or no longer.
_PROOF = [{"proof": list[str]()}]


class Devices(msgspec.Struct, frozen=True):
    """Every phone that the account ever had, the newest first."""

    devices: list[Device]


class NewPhone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A phone that wants to be let into an account that has one already."""

    public_key: PublicKey
    device_name: Line = ""


class LinkApproval(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the new phone's QR says."""

    secret: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{16,64}(?![\\s\\S])")]


@get(
    "/v1/devices",
    guards=[agents],
    security=AGENT,
    tags=["devices"],
    operation_id="list_devices",
    responses=refuses(*READS),
)
async def list_devices(request: Request[Any, Any, Any]) -> Devices:
    """The phones of the account, revoked ones too."""
    return Devices(await devices.listed(agent_of(request).agent_id))


@delete(
    "/v1/devices/{device_id:uuid}",
    guards=[agents],
    security=AGENT_PROOF,
    tags=["devices"],
    operation_id="revoke_device",
    status_code=200,
    responses={200: ResponseSpec(Device, generate_examples=False, description="The phone, which is revoked.")}
    | refuses(*PROVEN, NotFound, LastDevice),
)
async def revoke_device(
    request: Request[Any, Any, Any], device_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Revoke a phone for good; within seconds nobody takes its token. A phone that still waits revokes only itself."""

    async def revoke() -> Device:
        await prove(request)
        return await devices.revoke(device_id, caller=agent_of(request))

    return await once(request, revoke, status=200)


@post(
    "/v1/devices/token",
    guards=[anybody],
    security=_PROOF,
    tags=["devices"],
    operation_id="renew_token",
    status_code=201,
    responses={201: ResponseSpec(Issued, generate_examples=False, description="The token; the one before is void.")}
    | refuses(Unauthorized, DeviceRevoked, ProofRequired, ProofInvalid, ProofReplayed, ReadOnly),
)
async def renew_token(request: Request[Any, Any, Any]) -> Response[Issued]:
    """Get a new token by proving the phone's key: after a link was approved, to rotate, or when an answer was lost.

    No token is needed for it, and no Idempotency-Key is taken: each call has its own proof and its own token.
    """
    return Response(await possession.sign_in(proof_of(request), method=request.method, url=url_of(request)))


@post(
    "/v1/device-links",
    guards=[anybody],
    tags=["devices"],
    operation_id="request_device_link",
    status_code=201,
    response_headers=rate_limits.TOLD,
    responses={201: ResponseSpec(LinkRequest, generate_examples=False, description="What the new phone shows as a QR.")}
    | refuses(KeyRefused, RateLimited, ReadOnly, IdempotencyKeyMalformed, *REFUSALS),
)
async def request_device_link(
    request: Request[Any, Any, Any], data: JSONBody[NewPhone], idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """A new phone asks to be let in: it shows the secret, an old phone approves it, a proof gets it its token."""

    async def ask() -> LinkRequest:
        await spend_enrolment(request)
        return await links.request(data.public_key, device_name=data.device_name)

    return rate_limits.tell(request, await once(request, ask, secret=True))


@post(
    "/v1/device-links/approve",
    guards=[agents],
    security=AGENT_PROOF,
    tags=["devices"],
    operation_id="approve_device_link",
    status_code=201,
    responses={201: ResponseSpec(Device, generate_examples=False, description="The new phone, which waits.")}
    | refuses(*PROVEN, LinkUnknown, DeviceKnown, TooManyPhones),
)
async def approve_device_link(
    request: Request[Any, Any, Any], data: JSONBody[LinkApproval], idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Let the phone in that shows this secret. It sees everything at once and may spend after a wait."""
    wait_seconds = process_of(request).settings.device_wait_seconds

    async def approve() -> Device:
        await prove(request)
        return await links.approve(data.secret, caller=agent_of(request), wait_seconds=wait_seconds)

    return await once(request, approve)


ROUTES = [list_devices, revoke_device, renew_token, request_device_link, approve_device_link]

"""Agents over HTTP: one tap to join, one look at oneself, everything taken along, and the way out."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromQuery, JSONBody

from api import rate_limits
from api.addresses import network_of, passing_subject, site_of
from api.callers import agent_of, agents, anybody
from api.idempotent import REFUSALS, IdempotencyKey, IdempotencyKeyMalformed, once
from api.openapi import AGENT, AGENT_PROOF
from api.problems import refuses
from api.process import process_of
from api.proven import PROVEN, READS, prove
from core.epoch import current_epoch
from core.limits import RateLimited
from core.switches import ReadOnly
from core.text import Line
from referrals import agents as accounts
from referrals.agents import MoneyLeft, Profile
from referrals.devices import DeviceKnown
from referrals.exports import Export, export
from referrals.signatures import KeyRefused, PublicKey


class NewAgent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A phone's public key, whose private half never leaves it, and the model's name, which is for its owner's eyes."""

    public_key: PublicKey
    device_name: Line = ""


class Enrolled(msgspec.Struct, frozen=True):
    """A new agent, and the token of his phone, shown this once. A changed epoch asks to send again what was kept."""

    agent_id: UUID
    alias: str
    alias_en: str
    device_id: UUID
    token: str
    epoch: UUID


class Closed(msgspec.Struct, frozen=True):
    """The account is closed for good."""

    closed_at: datetime


@post(
    "/v1/agents",
    guards=[anybody],
    tags=["agents"],
    operation_id="enrol",
    status_code=201,
    response_headers=rate_limits.TOLD,
    responses={201: ResponseSpec(Enrolled, generate_examples=False, description="The agent; keep the token.")}
    | refuses(KeyRefused, DeviceKnown, RateLimited, ReadOnly, IdempotencyKeyMalformed, *REFUSALS),
)
async def enrol(
    request: Request[Any, Any, Any], data: JSONBody[NewAgent], idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Join with one tap: nobody is asked who he is. The phone makes a P-256 key and sends its public half."""

    async def join() -> Enrolled:
        await spend_enrolment(request)
        new = await accounts.enrol(data.public_key, device_name=data.device_name)
        return Enrolled(new.agent_id, new.alias, new.alias_en, new.device_id, new.token, await current_epoch())

    return rate_limits.tell(request, await once(request, join, secret=True))


@get(
    "/v1/agents/me",
    guards=[agents],
    security=AGENT,
    tags=["agents"],
    operation_id="read_me",
    responses=refuses(*READS),
)
async def read_me(request: Request[Any, Any, Any]) -> Profile:
    """Who the service takes you for: an id and an alias, and the phone that you hold."""
    return await accounts.profile(agent_of(request))


@delete(
    "/v1/agents/me",
    guards=[agents],
    security=AGENT_PROOF,
    tags=["agents"],
    operation_id="close_me",
    status_code=200,
    responses={200: ResponseSpec(Closed, generate_examples=False, description="Closed for good.")}
    | refuses(*PROVEN, MoneyLeft),
)
async def close_me(
    request: Request[Any, Any, Any], *, forfeit: FromQuery[bool] = False, idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Close the account: phones, recovery and alias are gone, the ledger stays. Take the export first.

    While there is money the account stays open, unless `forfeit` gives it up.
    """

    async def leave() -> Closed:
        await prove(request)
        return Closed(await accounts.close(agent_of(request), forfeit=forfeit))

    return await once(request, leave, status=200)


@get(
    "/v1/agents/me/export",
    guards=[agents],
    security=AGENT,
    tags=["agents"],
    operation_id="export_me",
    response_headers={"Content-Disposition": 'attachment; filename="naparnik.json"'},
    responses=refuses(*READS),
)
async def export_me(request: Request[Any, Any, Any]) -> Export:
    """Everything that is kept about you, in one document."""
    return await export(agent_of(request).agent_id)


async def spend_enrolment(request: Request[Any, Any, Any]) -> None:
    """Use one of the tries that the caller's network has an hour for what anybody may do, and so has its site."""
    process = process_of(request)
    network = network_of(request, process.settings)
    left = await process.enrolments.spend(passing_subject(network))
    site = site_of(network)
    if site is not None:
        await process.site_enrolments.spend(passing_subject(site))
    rate_limits.remember(request, left)


ROUTES = [enrol, read_me, close_me, export_me]

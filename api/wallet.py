"""The wallet over HTTP: what is there, how it came to be, and setting some of it aside to spend."""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from api.callers import agent_of, agents
from api.cursors import Limit, NumberCursor, next_page
from api.idempotent import IdempotencyKey, intent, once
from api.openapi import AGENT, AGENT_PROOF
from api.problems import refuses
from api.process import process_of
from api.proven import READS, SPENDS, prove, prove_settled
from core.money import AmountMinor, Asset
from core.refusals import NotFound
from core.text import Name
from referrals import recovery, spending
from wallets import spends, statement
from wallets.accounts import AccountKind
from wallets.spends import InsufficientFunds, Spend, SpendingFrozen, SpendSettled
from wallets.statement import Balance, Entry


class Account(StrEnum):
    """One of the four places where an agent's money can be."""

    pending = "pending"
    available = "available"
    reserved = "reserved"
    debt = "debt"


class Wallet(msgspec.Struct, frozen=True):
    """What the agent has, by asset; `recovery_due` asks him to save a recovery, since there is something to lose."""

    balances: list[Balance]
    recovery_due: bool


class Entries(msgspec.Struct, frozen=True):
    """Movements on one account, the newest first; `before` asks for those behind this page."""

    entries: list[Entry]
    before: int | None


class NewSpend(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much, of what, and for what in the agent's own words."""

    amount_minor: AmountMinor
    asset: Asset
    purpose: Name


@get(
    "/v1/wallet",
    guards=[agents],
    security=AGENT,
    tags=["wallet"],
    operation_id="read_wallet",
    responses=refuses(*READS),
)
async def read_wallet(request: Request[Any, Any, Any]) -> Wallet:
    """What is pending, available, reserved or owed, and when the next of it comes free or runs out."""
    agent_id = agent_of(request).agent_id
    return Wallet(await statement.balances(agent_id), (await recovery.state(agent_id)).due)


@get(
    "/v1/wallet/entries",
    guards=[agents],
    security=AGENT,
    tags=["wallet"],
    operation_id="list_entries",
    responses=refuses(*READS),
)
async def list_entries(
    request: Request[Any, Any, Any],
    account: FromQuery[Account],
    asset: Annotated[str, QueryParameter(pattern="^[A-Z]{3,8}$")],
    before: NumberCursor = None,
    limit: Limit = 50,
) -> Entries:
    """Every movement on one account with what it held after it; a page that was read never changes."""
    page = await statement.entries(
        agent_of(request).agent_id, kind=AccountKind(f"agent_{account}"), asset=asset, before=before, limit=limit
    )
    return Entries(page, next_page(page, limit, cursor=lambda entry: entry.seq))


@post(
    "/v1/spends",
    guards=[agents],
    security=AGENT_PROOF,
    tags=["spends"],
    operation_id="spend",
    status_code=201,
    responses={201: ResponseSpec(Spend, generate_examples=False, description="What is set aside.")}
    | refuses(*SPENDS, InsufficientFunds, SpendingFrozen),
)
async def spend(
    request: Request[Any, Any, Any], data: JSONBody[NewSpend], idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Set money aside for something, first what runs out first. Whoever gives the goods captures it, or it is freed."""
    process, agent_id = process_of(request), agent_of(request).agent_id
    spend_id = intent(request, agent_id)

    async def set_aside() -> Spend:
        await prove_settled(request)
        return await spending.set_aside_once(
            spend_id,
            agent_id,
            asset=data.asset,
            amount_minor=data.amount_minor,
            purpose=data.purpose,
            ttl_seconds=process.settings.spend_ttl_seconds,
        )

    async with process.wallets.passed(agent_id):
        return await once(request, set_aside, required=True)


@get(
    "/v1/spends/{spend_id:uuid}",
    guards=[agents],
    security=AGENT,
    tags=["spends"],
    operation_id="read_spend",
    responses=refuses(*READS, NotFound),
)
async def read_spend(request: Request[Any, Any, Any], spend_id: FromPath[UUID]) -> Spend:
    """How far a spend is."""
    return await spends.find(spend_id, agent_id=agent_of(request).agent_id)


@post(
    "/v1/spends/{spend_id:uuid}/release",
    guards=[agents],
    security=AGENT_PROOF,
    tags=["spends"],
    operation_id="release_spend",
    status_code=200,
    responses={200: ResponseSpec(Spend, generate_examples=False, description="The spend; its money is free again.")}
    | refuses(*SPENDS, NotFound, SpendSettled),
)
async def release_spend(
    request: Request[Any, Any, Any], spend_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Take back what was set aside, as long as nobody has captured it."""
    agent_id = agent_of(request).agent_id

    async def free() -> Spend:
        await prove(request)
        return await spending.free(spend_id, by=f"agent:{agent_id}", agent_id=agent_id)

    async with process_of(request).wallets.passed(agent_id):
        return await once(request, free, status=200, required=True)


ROUTES = [read_wallet, list_entries, spend, read_spend, release_spend]

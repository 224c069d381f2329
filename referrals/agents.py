"""Agents: enrolled with one tap, closed when they want; nothing about them says who they are."""

from datetime import datetime
from uuid import UUID

import msgspec

from core import tokens
from core.db import execute, fetch_row, transaction
from core.ids import uuid7
from core.refusals import Conflict, NotFound
from referrals import aliases, devices, segments, subscriptions
from referrals.devices import AgentCaller, DeviceKnown
from referrals.segments import Membership
from referrals.signatures import PublicKey, checked
from wallets.statement import Balance, balances


class Enrolment(msgspec.Struct, frozen=True):
    """A new agent and the token of his first phone, which is shown this once."""

    agent_id: UUID
    alias: str
    alias_en: str
    device_id: UUID
    token: str


class Profile(msgspec.Struct, frozen=True):
    """An agent as he sees himself, and the phone that he holds."""

    agent_id: UUID
    alias: str
    alias_en: str
    enrolled_at: datetime
    device_id: UUID
    spends_from: datetime
    # The groups of makers' programs that he is in.
    segments: list[Membership]


class MoneyLeft(Conflict):
    slug = "money_left"
    title = "There is money in this wallet; closing the account gives it up for good"


async def enrol(public_key: PublicKey, *, device_name: str) -> Enrolment:
    """A new agent with his first phone, which may spend at once: there is nothing yet that it could take."""
    key, alias, token = checked(public_key), aliases.new(), tokens.new("npa")
    async with transaction() as now:
        agent_id = uuid7(at=now)
        await execute("INSERT INTO agent (id, alias, alias_en) VALUES ($1, $2, $3)", agent_id, alias.ru, alias.en)
        device = await devices.insert(agent_id, key=key, name=device_name, token=token, spends_from=now)
        if device is None:
            raise DeviceKnown
    return Enrolment(agent_id, alias.ru, alias.en, device.id, token)


async def profile(caller: AgentCaller) -> Profile:
    """Who the caller is."""
    row = await fetch_row("SELECT alias, alias_en, created_at FROM agent WHERE id = $1", caller.agent_id)
    if row is None:
        raise NotFound
    return Profile(
        caller.agent_id,
        row["alias"],
        row["alias_en"],
        row["created_at"],
        caller.device_id,
        caller.spends_from,
        await segments.memberships(caller.agent_id),
    )


async def close(caller: AgentCaller, *, forfeit: bool) -> datetime:
    """Close an account for good: its phones are revoked, its recovery is forgotten, its alias says nothing any more.

    The ledger is not touched: what was paid stays paid, a spend under way may be captured, what is left runs out as its
    lots do. Since nobody can reach that money again, MoneyLeft tells the amounts unless the agent forfeits them.
    """
    async with transaction() as now:
        await devices.hold_for(caller)
        devices.refuse_waiting(caller, now=now)
        left = [balance for balance in await balances(caller.agent_id) if _holds_money(balance)]
        if left and not forfeit:
            raise MoneyLeft(balances=left)
        await _bury(caller.agent_id, now=now)
    return now


def _holds_money(balance: Balance) -> bool:
    return balance.pending_minor + balance.available_minor + balance.reserved_minor > 0


async def _bury(agent_id: UUID, *, now: datetime) -> None:
    await devices.revoke_all(agent_id)
    await execute("UPDATE device SET name = '' WHERE agent_id = $1", agent_id)
    await execute("DELETE FROM recovery WHERE agent_id = $1", agent_id)
    await subscriptions.unsubscribe_all(agent_id)
    await segments.forget(agent_id)
    await execute(
        "UPDATE agent SET alias = $2, alias_en = $3, closed_at = $4 WHERE id = $1",
        agent_id,
        aliases.FORMER.ru,
        aliases.FORMER.en,
        now,
    )

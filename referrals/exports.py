"""Exports: everything that is kept about an agent, in one document for himself."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec

from core.db import fetch, fetch_row, transaction
from core.refusals import NotFound
from programs.terms import Acceptance, accepted_terms
from referrals import devices, disputes, recovery, stories
from referrals.devices import Device
from referrals.disputes import Dispute
from referrals.recovery import RecoveryState
from referrals.segments import Membership, memberships
from referrals.stories import Story
from wallets.accounts import AccountKind
from wallets.spends import Spend
from wallets.statement import Balance, Entry, balances, entries

_PAGE = 1000
_STATEMENTS = (
    AccountKind.agent_pending,
    AccountKind.agent_available,
    AccountKind.agent_reserved,
    AccountKind.agent_debt,
)

Item = TypeVar("Item")
Cursor = TypeVar("Cursor")


class Statement(msgspec.Struct, frozen=True):
    """Every entry of one of the agent's accounts, the newest first."""

    account: str
    asset: str
    entries: list[Entry]


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """An account in full; what is not in here, this room does not keep."""

    exported_at: datetime
    agent_id: UUID
    alias: str
    alias_en: str
    enrolled_at: datetime
    devices: list[Device]
    recovery: RecoveryState
    balances: list[Balance]
    statements: list[Statement]
    activities: list[Story]
    spends: list[Spend]
    disputes: list[Dispute]
    accepted_terms: list[Acceptance]
    # Those that he was taken out of as well.
    segments: list[Membership]


async def export(agent_id: UUID) -> Export:
    """Everything about an agent, as it was at one moment."""
    async with transaction(isolation="repeatable_read") as now:
        return await _export(agent_id, now=now)


async def _export(agent_id: UUID, *, now: datetime) -> Export:
    agent = await fetch_row("SELECT alias, alias_en, created_at FROM agent WHERE id = $1", agent_id)
    if agent is None:
        raise NotFound
    held = await balances(agent_id)
    return Export(
        exported_at=now,
        agent_id=agent_id,
        alias=agent["alias"],
        alias_en=agent["alias_en"],
        enrolled_at=agent["created_at"],
        devices=await devices.listed(agent_id),
        recovery=await recovery.state(agent_id),
        balances=held,
        statements=[await _statement(agent_id, kind, balance.asset) for balance in held for kind in _STATEMENTS],
        activities=await _everything(
            lambda before: stories.page(agent_id, before=before, limit=_PAGE),
            cursor=lambda story: story.activity_id,
        ),
        spends=await _spends(agent_id),
        disputes=await _everything(
            lambda before: disputes.of_agent(agent_id, before=before, limit=_PAGE), cursor=lambda dispute: dispute.id
        ),
        accepted_terms=await accepted_terms(agent_id),
        segments=await memberships(agent_id, ended=True),
    )


async def _statement(agent_id: UUID, kind: AccountKind, asset: str) -> Statement:
    found = await _everything(
        lambda before: entries(agent_id, kind=kind, asset=asset, before=before, limit=_PAGE),
        cursor=lambda entry: entry.seq,
    )
    return Statement(kind.value, asset, found)


async def _spends(agent_id: UUID) -> list[Spend]:
    rows = await fetch(
        """SELECT id, agent_id, asset, amount_minor, purpose, state, created_at, expires_at, settled_at FROM spend
           WHERE agent_id = $1 ORDER BY id DESC""",
        agent_id,
    )
    return [Spend(**row) for row in rows]


async def _everything(
    page: Callable[[Cursor | None], Awaitable[list[Item]]], *, cursor: Callable[[Item], Cursor]
) -> list[Item]:
    """All pages of a list, one after another."""
    found: list[Item] = []
    while latest := await page(cursor(found[-1]) if found else None):
        found += latest
    return found

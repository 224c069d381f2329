"""Devices: an agent's phones, each with a key of its own, a token, and a time from which it may spend."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import structlog

from core import tokens
from core.db import execute, fetch, fetch_row, fetch_value, transaction
from core.ids import uuid7
from core.refusals import Conflict, Forbidden, NotFound, Unauthorized
from referrals import journal
from referrals.journal import JournalKind
from referrals.signatures import Key
from referrals.trust import Trust

NAME_LENGTH = 60

_log = structlog.get_logger()


class AgentCaller(msgspec.Struct, frozen=True):
    """The agent and the phone behind a token."""

    agent_id: UUID
    device_id: UUID
    thumbprint: str
    spends_from: datetime
    alias: str
    trust: Trust = Trust.new


class Device(msgspec.Struct, frozen=True):
    """A phone as its owner sees it; a new one waits until `spends_from` before it may move money."""

    id: UUID
    name: str
    thumbprint: str
    created_at: datetime
    spends_from: datetime
    revoked_at: datetime | None


class Issued(msgspec.Struct, frozen=True):
    """A phone's new token, which is shown this once; the one before it is worth nothing from now on."""

    agent_id: UUID
    device_id: UUID
    token: str


class DeviceKnown(Conflict):
    slug = "device_known"
    title = "This key is enrolled already; its phone gets a new token by a proof, or makes a new key"


class DeviceRevoked(Unauthorized):
    slug = "device_revoked"
    title = "This phone was revoked, or the account was restored on another"


class DeviceWaits(Forbidden):
    slug = "device_waits"
    title = "A new phone may not do this yet; it is told from when"


class LastDevice(Conflict):
    slug = "last_device"
    title = "This is the only phone of the account; close the account, or link another one first"


async def callers_of(presented: Sequence[str]) -> list[AgentCaller | None]:
    """Who presents these tokens, where it is a phone's that may still speak for its agent; one look for all of them."""
    hashes = [tokens.digest(token) if tokens.well_formed(token, "npa") else b"" for token in presented]
    rows = await fetch(
        """SELECT token_hash, device.agent_id, device.id AS device_id, thumbprint, spends_from, alias,
                  trust
           FROM device JOIN agent ON agent.id = device.agent_id WHERE token_hash = ANY($1) AND revoked_at IS NULL""",
        hashes,
    )
    known = {
        row["token_hash"]: AgentCaller(
            row["agent_id"],
            row["device_id"],
            row["thumbprint"],
            row["spends_from"],
            row["alias"],
            Trust(row["trust"]),
        )
        for row in rows
    }
    return [known.get(token_hash) for token_hash in hashes]


async def caller_of(token: str) -> AgentCaller | None:
    """Who presents this token."""
    [caller] = await callers_of([token])
    return caller


async def turned_away(token: str) -> Unauthorized:
    """Why this token was not taken: a revoked phone is told so, everybody else learns nothing."""
    if not tokens.well_formed(token, "npa"):
        return Unauthorized()
    revoked_at = await fetch_value("SELECT revoked_at FROM device WHERE token_hash = $1", tokens.digest(token))
    if revoked_at is None:
        # It was made by us and is nobody's: one that was replaced, most likely, in the hands of whoever copied it.
        _log.warning("token.stale")
        return Unauthorized()
    return DeviceRevoked(revoked_at=revoked_at)


async def listed(agent_id: UUID) -> list[Device]:
    """Every phone that the agent ever had, the newest first."""
    rows = await fetch(
        """SELECT id, name, thumbprint, created_at, spends_from, revoked_at FROM device
           WHERE agent_id = $1 ORDER BY created_at DESC, id DESC""",
        agent_id,
    )
    return [Device(**row) for row in rows]


async def revoke(device_id: UUID, *, caller: AgentCaller) -> Device:
    """End a phone of the caller's; a phone that still waits may end only itself, and nobody the last one."""
    async with transaction() as now:
        await hold_for(caller)
        if device_id != caller.device_id:
            refuse_waiting(caller, now=now)
        row = await _revoke(device_id, agent_id=caller.agent_id)
        if await live_count(caller.agent_id) == 0:
            raise LastDevice
        await journal.tell(caller.agent_id, JournalKind.device_revoked, at=now, device=row["name"])
    return Device(**row)


async def renew_token(thumbprint: str) -> Issued:
    """A new token for the phone that has just proven its key: after a rotation, a link, or an answer that was lost."""
    token = tokens.new("npa")
    async with transaction() as now:
        agent_id = await fetch_value("SELECT agent_id FROM device WHERE thumbprint = $1", thumbprint)
        # The agent before his phone, as everybody does it.
        await hold(agent_id)
        row = await fetch_row(
            "UPDATE device SET token_hash = $2 WHERE thumbprint = $1 AND revoked_at IS NULL RETURNING id, name",
            thumbprint,
            tokens.digest(token),
        )
        if row is None:
            raise await _no_device(thumbprint)
        await journal.tell(agent_id, JournalKind.token_renewed, at=now, device=row["name"])
    return Issued(agent_id, row["id"], token)


def refuse_waiting(caller: AgentCaller, *, now: datetime) -> None:
    """DeviceWaits unless the caller's phone has waited long enough to move money and keys."""
    if caller.spends_from > now:
        raise DeviceWaits(spends_from=caller.spends_from)


async def hold(agent_id: UUID) -> None:
    """Hold an agent, whose phones and recovery change one at a time; joins the caller's transaction."""
    await execute("SELECT FROM agent WHERE id = $1 FOR NO KEY UPDATE", agent_id)


async def hold_for(caller: AgentCaller) -> None:
    """Hold the caller's account for a change of its keys; a phone revoked a moment ago changes nothing any more."""
    await hold(caller.agent_id)
    if await fetch_row("SELECT FROM device WHERE id = $1 AND revoked_at IS NULL", caller.device_id) is None:
        raise await _no_device(caller.thumbprint)


async def insert(agent_id: UUID, *, key: Key, name: str, token: str, spends_from: datetime) -> Device | None:
    """Write down a new phone, None if its key is known already; joins the caller's transaction."""
    row = await fetch_row(
        """INSERT INTO device (id, agent_id, thumbprint, public_key, name, token_hash, spends_from)
           VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (thumbprint) DO NOTHING
           RETURNING id, name, thumbprint, created_at, spends_from, revoked_at""",
        uuid7(),
        agent_id,
        key.thumbprint,
        msgspec.json.encode(key.jwk).decode(),
        name[:NAME_LENGTH],
        tokens.digest(token),
        spends_from,
    )
    return Device(**row) if row else None


async def revoke_all(agent_id: UUID) -> None:
    """End every phone of an agent who is held; joins the caller's transaction."""
    await execute("UPDATE device SET revoked_at = now() WHERE agent_id = $1 AND revoked_at IS NULL", agent_id)


async def live_count(agent_id: UUID) -> int:
    """How many phones may speak for the agent; joins the caller's transaction."""
    count: int = await fetch_value("SELECT count(*) FROM device WHERE agent_id = $1 AND revoked_at IS NULL", agent_id)
    return count


async def _revoke(device_id: UUID, *, agent_id: UUID) -> Any:
    row = await fetch_row(
        """UPDATE device SET revoked_at = now() WHERE id = $1 AND agent_id = $2 AND revoked_at IS NULL
           RETURNING id, name, thumbprint, created_at, spends_from, revoked_at""",
        device_id,
        agent_id,
    )
    if row is None:
        raise NotFound
    return row


async def _no_device(thumbprint: str) -> Unauthorized:
    revoked_at = await fetch_value("SELECT revoked_at FROM device WHERE thumbprint = $1", thumbprint)
    return Unauthorized() if revoked_at is None else DeviceRevoked(revoked_at=revoked_at)

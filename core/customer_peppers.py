"""Customer peppers: the keys under which customers are pseudonyms, version by version, so that an old one can go.

Whatever decides about customers takes part in a fence until its transaction ends; a change of versions, and whoever
erases what stands under one, waits for all of those and lets none in meanwhile. So the versions that a transaction
reads hold until its end, in every process at once, whatever that process remembers.
"""

import hashlib
import hmac
import os
import re
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

import msgspec

from core import audit, destroyed, keys
from core.db import execute, fetch, fetch_row, fetch_value, transaction
from core.ids import uuid7
from core.refusals import Conflict
from core.rewrapping import Wrapped

KIND: Final = "customer pepper"
WRAPPED = (Wrapped("customer_pepper", "version", "smallint", KIND),)
# The lock of PostgreSQL that is the fence: shared by those who decide, held alone by those who change.
FENCE: Final = 0x637573746F6D6572
# What the first version is where there were customers before there were versions.
FIRST_PURPOSE: Final = "customer key"

_BYTES = 32
_DIGITS = 56
_VERSION = re.compile(r"v([0-9]{1,3}):")
_FIRST = re.compile(r"[0-9a-f]{64}")
_FORGOTTEN = "forgotten:"


class PepperOutOfTurn(Conflict):
    slug = "pepper_out_of_turn"
    title = "No version of the customer pepper is in the state from which it goes there"


class CustomerPepper(msgspec.Struct, frozen=True):
    """A version: `standby`, `current`, `old` or `destroyed`; erased where nobody stands under a destroyed one."""

    version: int
    id: UUID
    state: str
    created_at: datetime
    begun_at: datetime | None
    destroyed_at: datetime | None
    erased_at: datetime | None


class _Live:
    """The versions under which customers are looked for, as this process read them last, the current one first."""

    secrets: ClassVar[dict[int, bytes]] = {}


def versions() -> tuple[int, ...]:
    """The live versions that this process knows."""
    return tuple(_Live.secrets)


def pseudonyms(subject: str) -> tuple[str, ...]:
    """What stands in the database for a customer, under each live version."""
    return tuple(_pseudonym(subject, version, secret) for version, secret in _Live.secrets.items())


def _pseudonym(subject: str, version: int, secret: bytes) -> str:
    digits = hmac.digest(secret, subject.encode(), hashlib.sha256).hex()
    return digits if version == 1 else f"v{version}:{digits[:_DIGITS]}"


def version_of(pseudonym: str) -> int | None:
    """The version under which this is a customer; None where it is nobody any more."""
    if named := _VERSION.match(pseudonym):
        return int(named[1])
    return 1 if _FIRST.fullmatch(pseudonym) else None


def nobody() -> str:
    """A word for somebody who is forgotten: it tells him from others, and nothing leads to it."""
    return _FORGOTTEN + os.urandom(_DIGITS // 4).hex()


async def load(*, first: bytes | None = None) -> None:
    """Read the versions anew; the `first` one is made where there is none at all."""
    if first is not None:
        await execute(
            """INSERT INTO customer_pepper (version, id, state, wrapped_secret, begun_at)
               SELECT 1, $1, 'current', $2, now() WHERE NOT EXISTS (SELECT FROM customer_pepper)
               ON CONFLICT DO NOTHING""",
            uuid7(),
            keys.wrap(first, purpose=KIND),
        )
    rows = await fetch(
        "SELECT version, wrapped_secret FROM customer_pepper WHERE state IN ('current', 'old') ORDER BY version DESC"
    )
    _Live.secrets = {row["version"]: keys.unwrap(row["wrapped_secret"], purpose=KIND) for row in rows}


async def know(pseudonym: str | None) -> None:
    """Read the versions anew if this was made under one that the process does not know."""
    if pseudonym is not None and version_of(pseudonym) not in {None, *_Live.secrets}:
        await load()


async def listed() -> list[CustomerPepper]:
    """Every version that there was, the newest first."""
    rows = await fetch(
        """SELECT version, id, state, created_at, begun_at, destroyed_at, erased_at FROM customer_pepper
           ORDER BY version DESC"""
    )
    return [CustomerPepper(*row.values()) for row in rows]


async def stand_by(*, by: str) -> int:
    """Make a new version, which nobody uses yet; the one that stands by already, where one does."""
    async with transaction():
        await close_fence()
        waiting: int | None = await fetch_value("SELECT version FROM customer_pepper WHERE state = 'standby'")
        return waiting or await _made(by=by)


async def begin(*, by: str) -> int:
    """From now on new customers stand under the version that stood by; PepperOutOfTurn."""
    async with transaction():
        await close_fence()
        version = await _begun(by=by)
    await load()
    return version


async def destroy(version: int, *, by: str) -> None:
    """Destroy an old version, for ever: who stands under it is a stranger from now on. PepperOutOfTurn."""
    async with transaction():
        await close_fence()
        row = await fetch_row("SELECT id FROM customer_pepper WHERE version = $1 AND state = 'old'", version)
        if row is None:
            raise PepperOutOfTurn(version=version)
        await _destroyed([row["id"]], by=by)
        await destroyed.record(KIND, row["id"])
    await load()


@destroyed.destroys(KIND)
async def destroy_again(ids: Sequence[UUID]) -> int:
    """Destroy versions that a restored backup has brought back; where one of them is in use, another one begins."""
    back = await fetch("SELECT state FROM customer_pepper WHERE id = ANY($1) AND state <> 'destroyed'", ids)
    if not back:
        return 0
    async with transaction():
        await close_fence()
        if any(row["state"] == "current" for row in back):
            await execute("DELETE FROM customer_pepper WHERE state = 'standby'")
            await _made(by="restore")
            await _begun(by="restore")
        await _destroyed(ids, by="restore")
    await load()
    return len(back)


async def to_erase() -> list[int]:
    """The destroyed versions under which somebody may stand still."""
    rows = await fetch("SELECT version FROM customer_pepper WHERE state = 'destroyed' AND erased_at IS NULL")
    return [row["version"] for row in rows]


async def erased(version: int) -> None:
    """Nobody stands under it any more."""
    await execute("UPDATE customer_pepper SET erased_at = now() WHERE version = $1", version)


async def close_fence() -> None:
    """Wait for everybody who decides about customers, and let nobody in until the caller's transaction ends."""
    await execute("SELECT pg_advisory_xact_lock($1)", FENCE)


async def _made(*, by: str) -> int:
    version: int = await fetch_value(
        """INSERT INTO customer_pepper (version, id, state, wrapped_secret)
           SELECT max(version) + 1, $1, 'standby', $2 FROM customer_pepper RETURNING version""",
        uuid7(),
        keys.wrap(os.urandom(_BYTES), purpose=KIND),
    )
    await audit.record(by, "customer_pepper.stand_by", version=version)
    return version


async def _begun(*, by: str) -> int:
    await execute(
        """UPDATE customer_pepper SET state = 'old' WHERE state = 'current'
           AND EXISTS (SELECT FROM customer_pepper WHERE state = 'standby')"""
    )
    version: int | None = await fetch_value(
        "UPDATE customer_pepper SET state = 'current', begun_at = now() WHERE state = 'standby' RETURNING version"
    )
    if version is None:
        raise PepperOutOfTurn
    await audit.record(by, "customer_pepper.begin", version=version)
    return version


async def _destroyed(ids: Sequence[UUID], *, by: str) -> None:
    rows = await fetch(
        """UPDATE customer_pepper SET state = 'destroyed', wrapped_secret = NULL, destroyed_at = now()
           WHERE id = ANY($1) AND state <> 'destroyed' RETURNING version""",
        ids,
    )
    for row in rows:
        await audit.record(by, "customer_pepper.destroy", version=row["version"])

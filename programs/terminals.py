"""Terminals: the tills of a shop that sign what they give without a network, each with a key of its own."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from core import audit
from core.db import fetch, fetch_row, savepoint, transaction
from core.ids import uuid7
from core.refusals import Conflict, NotFound
from core.text import Name
from programs.shops import find_shop

LIVE_PER_SHOP_MAX = 200


class TerminalKnown(Conflict):
    slug = "terminal_known"
    title = "A terminal has this key already"


class TooManyTerminals(Conflict):
    """Facts: how many there may be (`most`)."""

    slug = "too_many_terminals"
    title = "The shop has as many terminals as it may have"


class Terminal(msgspec.Struct, frozen=True):
    """A till by its public key; one that is revoked signs nothing any more."""

    id: UUID
    shop_id: UUID
    name: Name
    public_key: bytes
    registered_at: datetime
    revoked_at: datetime | None

    def signed(self, content: bytes, signature: bytes) -> bool:
        """Whether this till has signed it."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, content)
        except (InvalidSignature, ValueError):
            return False
        return True


_VIEW = "SELECT id, shop_id, name, public_key, registered_at, revoked_at FROM terminal "


async def register(shop_id: UUID, *, name: str, public_key: bytes, by: str) -> Terminal:
    """Let a till sign. Raises TerminalKnown, TooManyTerminals, NotFound."""
    async with transaction():
        await find_shop(shop_id)
        live = await fetch("SELECT id FROM terminal WHERE shop_id = $1 AND revoked_at IS NULL", shop_id)
        if len(live) >= LIVE_PER_SHOP_MAX:
            raise TooManyTerminals(most=LIVE_PER_SHOP_MAX)
        try:
            async with savepoint():
                row = await fetch_row(
                    """INSERT INTO terminal (id, shop_id, name, public_key) VALUES ($1, $2, $3, $4)
                       RETURNING id, shop_id, name, public_key, registered_at, revoked_at""",
                    uuid7(),
                    shop_id,
                    name,
                    public_key,
                )
        except asyncpg.UniqueViolationError:
            raise TerminalKnown from None
        terminal = _terminal(row)
        await audit.record(by, "terminal.register", terminal_id=terminal.id, shop_id=shop_id)
    return terminal


async def revoke(terminal_id: UUID, *, by: str) -> Terminal:
    """Take nothing any more that the till has signed, whenever it says that it did; revoking again changes nothing."""
    async with transaction():
        row = await fetch_row(
            """UPDATE terminal SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1
               RETURNING id, shop_id, name, public_key, registered_at, revoked_at""",
            terminal_id,
        )
        if row is None:
            raise NotFound
        await audit.record(by, "terminal.revoke", terminal_id=terminal_id)
    return _terminal(row)


async def find(terminal_id: UUID) -> Terminal:
    """A terminal by its id, revoked or not."""
    row = await fetch_row(_VIEW + "WHERE id = $1", terminal_id)
    if row is None:
        raise NotFound
    return _terminal(row)


async def listed(shop_id: UUID) -> list[Terminal]:
    """A shop's terminals, the latest first, the revoked ones too."""
    return [_terminal(row) for row in await fetch(_VIEW + "WHERE shop_id = $1 ORDER BY id DESC LIMIT 1000", shop_id)]


def _terminal(row: Any) -> Terminal:
    return Terminal(*row.values())

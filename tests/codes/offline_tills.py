"""Offline tills: terminals with keys of their own that sign what they give."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.db import fetch_value
from core.settings import Settings
from programs import terminals
from tests.core.pools import as_owner
from tests.programs.stored import BY

# Every campaign has been running for days, so that a till may have been away.
LONG_RUNNING = """
    UPDATE campaign SET activated_at = now() - interval '20 days';
    UPDATE campaign_version SET effective_from = now() - interval '20 days';
    UPDATE program_revision SET rules = nextval('program_revision_number');
"""


class Signer:
    """A till of a shop: its private key, and the number of its next slip."""

    def __init__(self, terminal_id: UUID, key: Ed25519PrivateKey) -> None:
        self.terminal_id = terminal_id
        self._key = key
        self._seq = 0

    def slip(self, code: str, **changes: Any) -> str:
        """A signed slip of an order of 1,000.00 with 5 % off, unless it is made otherwise."""
        self._seq += 1
        now = datetime.now(UTC)
        line = {"ref": "1", "sku": "K-24", "quantity": 1, "amount_minor": 100_000}
        said = {
            "seq": self._seq,
            "order_ref": str(uuid4()),
            "codes": [code],
            "lines": [line],
            "at": (now - timedelta(hours=2)).isoformat(),
            "expires_at": (now + timedelta(days=30)).isoformat(),
            "discount_minor": 5_000,
        }
        return self.signed(said | changes)

    def signed(self, said: object, *, kid: object = None, alg: str = "EdDSA") -> str:
        head = {"alg": alg, "kid": str(kid or self.terminal_id)}
        text = f"{encoded(msgspec.json.encode(head))}.{encoded(msgspec.json.encode(said))}"
        return f"{text}.{encoded(self._key.sign(text.encode()))}"


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def a_key() -> tuple[Ed25519PrivateKey, bytes]:
    key = Ed25519PrivateKey.generate()
    return key, key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


async def a_signer(shop_id: UUID) -> Signer:
    """A registered terminal."""
    key, public_key = a_key()
    made = await terminals.register(shop_id, name="Касса 3", public_key=public_key, by=BY)
    return Signer(made.id, key)


async def long_running(settings: Settings) -> datetime:
    """Let the campaigns have begun long ago; returns the database's time."""
    await as_owner(settings.database_owner_url, LONG_RUNNING)
    now: datetime = await fetch_value("SELECT now()")
    return now

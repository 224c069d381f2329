"""Challenges: what an authenticator is asked to sign, drawn for one purpose, good for some minutes and one answer."""

import secrets
from datetime import datetime, timedelta
from typing import Final

import msgspec

from core.db import execute, fetch_row
from referrals.signatures import fingerprint

OPEN_SECONDS: Final = 300
_BYTES: Final = 32


class Challenge(msgspec.Struct, frozen=True):
    """What is to be signed, and until when that is taken."""

    nonce: bytes
    expires_at: datetime


async def ask(purpose: str, *, now: datetime) -> Challenge:
    """Draw a challenge; a hash of it and its purpose is kept, neither of them. Joins the caller's transaction."""
    challenge = Challenge(secrets.token_bytes(_BYTES), now + timedelta(seconds=OPEN_SECONDS))
    await execute(
        "INSERT INTO challenge (id, expires_at) VALUES ($1, $2)",
        _hash(challenge.nonce, purpose),
        challenge.expires_at,
    )
    return challenge


async def take(nonce: bytes, *, purpose: str) -> bool:
    """Whether this was asked for this purpose and is not answered yet; now it is. Joins the caller's transaction."""
    row = await fetch_row(
        "DELETE FROM challenge WHERE id = $1 AND expires_at > now() RETURNING id", _hash(nonce, purpose)
    )
    return row is not None


async def forget_old() -> None:
    """Drop challenges that nobody answered in time."""
    await execute("DELETE FROM challenge WHERE expires_at < now()")


def _hash(nonce: bytes, purpose: str) -> bytes:
    return fingerprint("challenge", purpose, nonce.hex())

"""Possession: a phone shows that it holds its key, for one request, once (DPoP, RFC 9449)."""

import base64
import hashlib
from datetime import datetime

import msgspec

from core.db import execute, fetch, transaction
from core.refusals import Unauthorized
from referrals import devices
from referrals.devices import Issued
from referrals.signatures import FRESH_SECONDS, Signed, fingerprint, invalid, read

KIND = "dpop+jwt"


class ProofRequired(Unauthorized):
    slug = "proof_required"
    title = "This route needs a DPoP proof by the phone's key"


class ProofReplayed(Unauthorized):
    slug = "proof_replayed"
    title = "This proof was used before; each request needs a new one"


class Proven(msgspec.Struct, frozen=True):
    """Whose key signed a fresh proof, and the database's time of it."""

    thumbprint: str
    at: datetime


async def prove(
    proof: str | None, *, method: str, url: str, token: str | None = None, thumbprint: str | None = None
) -> Proven:
    """Take a proof for one request; joins the caller's transaction if there is one, and is taken back with it.

    `url` is the configured origin and the path. With a `token` the proof must be bound to it, with a `thumbprint` its
    key must be that one. The clock is the database's; a phone whose own is wrong learns the right time and tries again.
    """
    if proof is None:
        raise ProofRequired
    signed = read(proof, kind=KIND)
    _check_request(signed, method=method, url=url)
    if thumbprint is not None and signed.thumbprint != thumbprint:
        invalid("jwk")
    if token is not None and signed.claims.get("ath") != token_hash(token):
        invalid("ath")
    return Proven(signed.thumbprint, await _use(signed))


async def sign_in(proof: str | None, *, method: str, url: str) -> Issued:
    """A new token for the phone that proves its key, with no token needed; one that is not known leaves no trace."""
    async with transaction(adoptable=True):
        proven = await prove(proof, method=method, url=url)
        return await devices.renew_token(proven.thumbprint)


def token_hash(token: str) -> str:
    """The `ath` of a token: the SHA-256 of its ASCII in base64url."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).decode().rstrip("=")


def refuse_stale(issued_at: int, *, now: datetime) -> None:
    """Refuse what was signed too long ago, or by a clock that is wrong; the refusal tells the time here."""
    if abs(now.timestamp() - issued_at) > FRESH_SECONDS:
        invalid("iat", server_time=now, accepted_seconds=FRESH_SECONDS)


async def forget_old() -> None:
    """Drop proofs that are too old to be taken anyway."""
    await execute("DELETE FROM used_proof WHERE expires_at < now()")


def _check_request(signed: Signed, *, method: str, url: str) -> None:
    if signed.claims.get("htm") != method:
        invalid("htm")
    # A query or fragment is no part of what is signed (RFC 9449, 4.3), whoever puts it there.
    if signed.text("htu").partition("#")[0].partition("?")[0] != url:
        invalid("htu", expected=url)


async def _use(signed: Signed) -> datetime:
    """Judge a proof's age and remember it while it is fresh, in one statement; a twin under way is waited for."""
    row, *_ = await fetch(
        """WITH used AS (
               INSERT INTO used_proof (id, expires_at)
               SELECT $1, to_timestamp($2::bigint + $3) WHERE abs(extract(epoch FROM now()) - $2::bigint) <= $3
               ON CONFLICT DO NOTHING RETURNING id)
           SELECT now() AS now, EXISTS (SELECT FROM used) AS is_new""",
        fingerprint(signed.thumbprint, signed.text("jti")),
        signed.issued_at,
        FRESH_SECONDS,
    )
    now: datetime = row["now"]
    refuse_stale(signed.issued_at, now=now)
    if not row["is_new"]:
        raise ProofReplayed
    return now

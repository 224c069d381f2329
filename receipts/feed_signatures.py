"""Feed signatures: who has sent an event, proven over its very bytes as Standard Webhooks asks. Pure."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from core.refusals import Unauthorized

FRESH_SECONDS: Final = 300
WRITTEN_PREFIX: Final = "whsec_"
PUBLIC_PREFIX: Final = "whpk_"
PUBLIC_BYTES: Final = 32
_SIGNATURES_MAX: Final = 10
_ID: Final = re.compile(r"[!-~]{1,128}", re.ASCII)
_SECONDS: Final = re.compile(r"[0-9]{1,11}", re.ASCII)

Kind = Literal["hmac", "ed25519"]


class FeedUnsigned(Unauthorized):
    """Facts: the `problem`, one of `headers`, `timestamp` and `signature`."""

    slug = "feed_unsigned"
    title = "This event is not signed by a secret of the feed, or not just now"


class Secret(msgspec.Struct, frozen=True):
    """What a feed signs by: bytes that both sides know, or its public key."""

    kind: Kind
    key: bytes


class Signed(msgspec.Struct, frozen=True):
    """What came with an event: its id, when it was sent, and signatures, one for each secret that is in use."""

    id: str
    timestamp: str
    signatures: str


def check(sent: Signed, body: bytes, secrets: Sequence[Secret], *, now: datetime) -> None:
    """Raise FeedUnsigned unless one of the secrets has signed these very bytes a short while ago."""
    if not _ID.fullmatch(sent.id) or not _SECONDS.fullmatch(sent.timestamp):
        raise FeedUnsigned(problem="headers")
    if abs(now.timestamp() - int(sent.timestamp)) > FRESH_SECONDS:
        raise FeedUnsigned(problem="timestamp")
    message = b".".join((sent.id.encode(), sent.timestamp.encode(), body))
    given = list(_given(sent.signatures))
    if not any(_signs(secret, version, value, message) for secret in secrets for version, value in given):
        raise FeedUnsigned(problem="signature")


def _given(signatures: str) -> Iterator[tuple[str, bytes]]:
    for one in signatures.split(" ")[:_SIGNATURES_MAX]:
        version, _, encoded = one.partition(",")
        try:
            yield version, base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            continue


def _signs(secret: Secret, version: str, value: bytes, message: bytes) -> bool:
    if secret.kind == "hmac":
        return version == "v1" and hmac.compare_digest(hmac.digest(secret.key, message, hashlib.sha256), value)
    if version != "v1a":
        return False
    try:
        Ed25519PublicKey.from_public_bytes(secret.key).verify(value, message)
    except InvalidSignature:
        return False
    return True


def public_key(text: str) -> bytes | None:
    """The bytes of a public key as it is written, `whpk_` and base64; None where it is none."""
    try:
        key = base64.b64decode(text.removeprefix(PUBLIC_PREFIX), validate=True)
        Ed25519PublicKey.from_public_bytes(key)
    except (binascii.Error, ValueError):
        return None
    return key if text.startswith(PUBLIC_PREFIX) else None


def written(secret: bytes) -> str:
    """A shared secret as its holder keeps it."""
    return WRITTEN_PREFIX + base64.b64encode(secret).decode()

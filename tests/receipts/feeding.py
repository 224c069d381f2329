"""Feeding: a partner's side of a feed: events signed as Standard Webhooks says, by a secret or a key of its own."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from uuid import UUID, uuid4

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from receipts import feeds
from receipts.feeds import FeedMade, NewFeed
from tests.receipts.purchases import SELLER


def event(*documents: str, promo_code: str | None = None, sale: str | None = None) -> bytes:
    """A body with these receipts."""
    named = {name: said for name, said in (("promo_code", promo_code), ("sale", sale)) if said}
    return json.dumps({"receipts": [{"document": json.loads(one)} | named for one in documents]}).encode()


def by_secret(secret: str, message: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.digest(key, message, hashlib.sha256)).decode()


def by_key(key: Ed25519PrivateKey, message: bytes) -> str:
    return "v1a," + base64.b64encode(key.sign(message)).decode()


def public(key: Ed25519PrivateKey) -> str:
    return "whpk_" + base64.b64encode(key.public_key().public_bytes_raw()).decode()


def headers(secret: str | Ed25519PrivateKey, body: bytes, *, at: float | None = None, name: str = "") -> dict[str, str]:
    """What proves a body, sent now or at another time."""
    name, moment = name or f"msg_{uuid4().hex}", str(int(at if at is not None else time.time()))
    message = b".".join((name.encode(), moment.encode(), body))
    signed = by_secret(secret, message) if isinstance(secret, str) else by_key(secret, message)
    return {
        "webhook-id": name,
        "webhook-timestamp": moment,
        "webhook-signature": signed,
        "content-type": "application/json",
    }


async def a_feed(program_id: UUID, **details: Any) -> tuple[UUID, str]:
    """A feed of the sellers' own, and its secret."""
    made: FeedMade = await feeds.create(program_id, NewFeed("Магазин", **({"sellers": [SELLER]} | details)), by="test")
    return made.feed.id, made.secret or ""


async def push(
    http: httpx.AsyncClient, feed_id: UUID, secret: str | Ed25519PrivateKey, body: bytes, **sent: Any
) -> httpx.Response:
    """An event, as the partner sends it."""
    return await http.post(f"/v1/receipt-feeds/{feed_id}", content=body, headers=headers(secret, body, **sent))

"""Idempotency: an answer's row commits with its effect, and is given again byte for byte.

The row is inserted first, so a twin that is still running holds its unique key and is waited for by the database
itself; if the twin's transaction goes away, so does its row, and the waiter does the work.
"""

import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg
import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.db import execute, fetch_row, looking
from core.ids import uuid7
from core.refusals import Conflict, Unprocessable

KEPT_DAYS = 7
_NONCE_BYTES = 12
_CLAIM = """
WITH claimed AS (
    INSERT INTO answer (id, scope, key_hash, request_hash, status, body) VALUES ($1, $2, $3, $4, 0, '')
    ON CONFLICT (scope, key_hash) DO NOTHING RETURNING id)
SELECT now() AS now, (SELECT id FROM claimed) AS id
"""


class IdempotencyMismatch(Unprocessable):
    slug = "idempotency_mismatch"
    title = "This Idempotency-Key came before with another request"


class IdempotencyInProgress(Conflict):
    slug = "idempotency_in_progress"
    title = "The first request with this Idempotency-Key is still running"
    retry_after_seconds = 1


class Answer(msgspec.Struct, frozen=True):
    """A stored answer: its HTTP status and the bytes of its body."""

    status: int
    body: bytes


class Claim:
    """The right to do the work of a key, or the answer that it had before."""

    def __init__(self, row_id: object, key: str, before: Answer | None) -> None:
        self._row_id = row_id
        self._key = key
        self.before = before

    async def keep(self, answer: Answer, *, secret: bool = False) -> None:
        """Store the answer in the transaction of the effect; a secret one under a key derived from the caller's."""
        body = _seal(answer.body, self._key) if secret else answer.body
        await execute(
            "UPDATE answer SET status = $2, body = $3, sealed = $4 WHERE id = $1",
            self._row_id,
            answer.status,
            body,
            secret,
        )


@asynccontextmanager
async def claim(*, scope: str, key: str, request: bytes) -> AsyncIterator[Claim]:
    """Open the transaction of one idempotent write; the use case inside joins it.

    Raises IdempotencyInProgress after 3 s of waiting for a twin, IdempotencyMismatch for another request.
    """
    async with AsyncExitStack() as begun:
        claiming = looking(_CLAIM, uuid7(), scope, _hash(key.encode()), _hash(request), adoptable=True)
        try:
            claimed = await begun.enter_async_context(claiming)
        except asyncpg.LockNotAvailableError:
            raise IdempotencyInProgress from None
        before = None if claimed["id"] else await _earlier(scope, key, request)
        yield Claim(claimed["id"], key, before)


async def _earlier(scope: str, key: str, request: bytes) -> Answer:
    row = await fetch_row(
        "SELECT request_hash, status, body, sealed FROM answer WHERE scope = $1 AND key_hash = $2",
        scope,
        _hash(key.encode()),
    )
    if row is None:
        raise IdempotencyInProgress
    if row["request_hash"] != _hash(request):
        raise IdempotencyMismatch
    return Answer(row["status"], _open(row["body"], key) if row["sealed"] else row["body"])


async def forget_old() -> None:
    """Drop answers that are older than they are kept; the business keys behind them stay for ever."""
    await execute("DELETE FROM answer WHERE created_at < now() - make_interval(days => $1)", KEPT_DAYS)


def _hash(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def _answer_key(key: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"answer").derive(key.encode())


def _seal(body: bytes, key: str) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(_answer_key(key)).encrypt(nonce, body, None)


def _open(sealed: bytes, key: str) -> bytes:
    return AESGCM(_answer_key(key)).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)

"""Feeds: partners' shops and their operators that send receipts by themselves, and the secrets they sign by."""

import os
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from core import audit, keys
from core.db import execute, fetch, fetch_row, fetch_value, transaction
from core.ids import uuid7
from core.refusals import Conflict, NotFound, Unprocessable
from core.rewrapping import Wrapped
from core.text import Name
from receipts import feed_signatures
from receipts.feed_signatures import FeedUnsigned, Secret, Signed

SECRETS_LIVE_MAX: Final = 2
_PURPOSE: Final = "receipt feed"
_SECRET_BYTES: Final = 32
WRAPPED: Final = (Wrapped("feed_secret", "id", "uuid", _PURPOSE),)

Seller = Annotated[str, Meta(pattern="^[0-9]{10,12}(?![\\s\\S])", description="A tax number.")]


class FeedKeyUnreadable(Unprocessable):
    slug = "feed_key_unreadable"
    title = "This is no public key of Ed25519, written as whpk_ and base64"


class TwoSecretsLive(Conflict):
    slug = "two_secrets_live"
    title = "Two secrets of this feed are in use; end one of them first"


class NewFeed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose feed it is, and which sellers it may speak for: none named means whichever, as an operator does.

    Without `public_key` a secret is made and shown once.
    """

    name: Name
    sellers: Annotated[list[Seller], Meta(max_length=1_000)] = []
    public_key: Annotated[str, Meta(max_length=100)] | None = None


class NewFeedSecret(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another secret, or another public key; those before it work on for the overlap."""

    public_key: Annotated[str, Meta(max_length=100)] | None = None
    overlap_seconds: Annotated[int, Meta(ge=0, le=7 * 86_400)] = 86_400


class FeedSecretView(msgspec.Struct, frozen=True):
    """A secret of a feed, without itself."""

    id: UUID
    kind: str
    created_at: datetime
    expires_at: datetime | None


class FeedView(msgspec.Struct, frozen=True):
    """A feed; `heard_at` is when a signed event last came from it."""

    id: UUID
    program_id: UUID
    name: str
    sellers: list[str]
    state: str
    created_at: datetime
    heard_at: datetime | None
    secrets: list[FeedSecretView]


class FeedMade(msgspec.Struct, frozen=True):
    """A feed with a secret that is shown this once, unless it signs by a key of its own."""

    feed: FeedView
    secret: str | None


class Feed(msgspec.Struct, frozen=True):
    """A feed that has proven itself."""

    id: UUID
    program_id: UUID
    sellers: frozenset[str]


async def create(program_id: UUID, new: NewFeed, *, by: str) -> FeedMade:
    """Let a partner send receipts. Raises FeedKeyUnreadable, NotFound."""
    feed_id = uuid7()
    async with transaction() as now:
        if await fetch_value("SELECT id FROM program WHERE id = $1", program_id) is None:
            raise NotFound
        await execute(
            "INSERT INTO receipt_feed (id, program_id, name, sellers, created_by) VALUES ($1, $2, $3, $4, $5)",
            feed_id,
            program_id,
            new.name,
            list(new.sellers),
            by,
        )
        shown = await _add(feed_id, new.public_key, now=now)
        await audit.record(by, "receipt_feed.create", feed_id=feed_id, name=new.name, sellers=new.sellers)
        return FeedMade(await find(feed_id), shown)


async def add_secret(feed_id: UUID, new: NewFeedSecret, *, by: str, program_id: UUID | None = None) -> FeedMade:
    """Begin a rotation: two secrets work until the overlap is over. Raises TwoSecretsLive, FeedKeyUnreadable."""
    async with transaction() as now:
        await _held(feed_id, program_id)
        live = await fetch_value(
            "SELECT count(*) FROM feed_secret WHERE feed_id = $1 AND coalesce(expires_at > $2, true)", feed_id, now
        )
        if live >= SECRETS_LIVE_MAX:
            raise TwoSecretsLive
        await execute(
            """UPDATE feed_secret SET expires_at = $2::timestamptz + make_interval(secs => $3)
               WHERE feed_id = $1 AND expires_at IS NULL""",
            feed_id,
            now,
            new.overlap_seconds,
        )
        shown = await _add(feed_id, new.public_key, now=now)
        await audit.record(by, "receipt_feed.add_secret", feed_id=feed_id, overlap_seconds=new.overlap_seconds)
        return FeedMade(await find(feed_id), shown)


async def end_secret(feed_id: UUID, secret_id: UUID, *, by: str, program_id: UUID | None = None) -> FeedView:
    """End a secret at once."""
    async with transaction() as now:
        await _held(feed_id, program_id)
        ended = await execute(
            """UPDATE feed_secret SET expires_at = $3
               WHERE id = $2 AND feed_id = $1 AND coalesce(expires_at > $3, true)""",
            feed_id,
            secret_id,
            now,
        )
        if ended != "UPDATE 1":
            raise NotFound
        await audit.record(by, "receipt_feed.end_secret", feed_id=feed_id, secret_id=secret_id)
        return await find(feed_id)


async def switch(feed_id: UUID, state: Literal["on", "off"], *, by: str, program_id: UUID | None = None) -> FeedView:
    """Stop hearing a feed, or hear it again."""
    async with transaction():
        await _held(feed_id, program_id)
        await execute("UPDATE receipt_feed SET state = $2 WHERE id = $1", feed_id, state)
        await audit.record(by, "receipt_feed.switch", feed_id=feed_id, state=state)
        return await find(feed_id)


async def listed(program_id: UUID) -> list[FeedView]:
    """The feeds of a program, the oldest first."""
    rows = await fetch("SELECT * FROM receipt_feed WHERE program_id = $1 ORDER BY id LIMIT 500", program_id)
    secrets = await _secrets([row["id"] for row in rows])
    return [_view(row, secrets[row["id"]]) for row in rows]


async def find(feed_id: UUID) -> FeedView:
    """A feed by its id."""
    row = await fetch_row("SELECT * FROM receipt_feed WHERE id = $1", feed_id)
    if row is None:
        raise NotFound
    return _view(row, (await _secrets([feed_id]))[feed_id])


async def proven(feed_id: UUID, sent: Signed, body: bytes) -> Feed:
    """The feed that has signed this body just now. Raises FeedUnsigned, of unknown and stopped feeds as well."""
    rows = await fetch(
        """SELECT f.id, f.program_id, f.sellers, s.kind, s.wrapped_secret, now() AS now
           FROM receipt_feed f JOIN feed_secret s ON s.feed_id = f.id
           WHERE f.id = $1 AND f.state = 'on' AND coalesce(s.expires_at > now(), true)""",
        feed_id,
    )
    if not rows:
        raise FeedUnsigned(problem="signature")
    secrets = [Secret(row["kind"], keys.unwrap(row["wrapped_secret"], purpose=_PURPOSE)) for row in rows]
    feed_signatures.check(sent, body, secrets, now=rows[0]["now"])
    await execute("UPDATE receipt_feed SET heard_at = now() WHERE id = $1", feed_id)
    return Feed(feed_id, rows[0]["program_id"], frozenset(rows[0]["sellers"]))


async def _held(feed_id: UUID, program_id: UUID | None) -> None:
    held = await fetch_value(
        "SELECT id FROM receipt_feed WHERE id = $1 AND ($2::uuid IS NULL OR program_id = $2) FOR UPDATE",
        feed_id,
        program_id,
    )
    if held is None:
        raise NotFound


async def _add(feed_id: UUID, public: str | None, *, now: datetime) -> str | None:
    """Keep what a feed signs by; a secret of our making is returned to be shown once."""
    key = os.urandom(_SECRET_BYTES) if public is None else feed_signatures.public_key(public)
    if key is None:
        raise FeedKeyUnreadable
    await execute(
        "INSERT INTO feed_secret (id, feed_id, kind, wrapped_secret, created_at) VALUES ($1, $2, $3, $4, $5)",
        uuid7(),
        feed_id,
        "hmac" if public is None else "ed25519",
        keys.wrap(key, purpose=_PURPOSE),
        now,
    )
    return feed_signatures.written(key) if public is None else None


async def _secrets(feed_ids: Sequence[UUID]) -> dict[UUID, list[FeedSecretView]]:
    found: dict[UUID, list[FeedSecretView]] = {feed_id: [] for feed_id in feed_ids}
    for row in await fetch(
        """SELECT feed_id, id, kind, created_at, expires_at FROM feed_secret
           WHERE feed_id = ANY($1) AND coalesce(expires_at > now(), true) ORDER BY id""",
        list(feed_ids),
    ):
        found[row["feed_id"]].append(FeedSecretView(row["id"], row["kind"], row["created_at"], row["expires_at"]))
    return found


def _view(row: Any, secrets: list[FeedSecretView]) -> FeedView:
    return FeedView(
        row["id"],
        row["program_id"],
        row["name"],
        row["sellers"],
        row["state"],
        row["created_at"],
        row["heard_at"],
        secrets,
    )

"""Subscriptions: the browsers of agents that want to be woken, for what, and when not."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta

from core import keys, webpush
from core.db import execute, fetch, fetch_value, transaction
from core.ids import uuid7
from core.refusals import Conflict, NotFound, Unprocessable
from core.rewrapping import Wrapped
from referrals.journal import JournalKind

PURPOSE: Final = "push subscription"
WRAPPED: Final = (Wrapped("push_subscription", "id", "uuid", PURPOSE),)
SUBSCRIPTIONS_MAX: Final = 10

Notice = Literal["credited", "available", "expiring", "disputes", "security"]
# What of the journal wakes a phone, by what its owner chooses from.
NOTICES: Final[dict[JournalKind, Notice]] = {
    JournalKind.credited: "credited",
    JournalKind.available: "available",
    JournalKind.expiring: "expiring",
    JournalKind.dispute_upheld: "disputes",
    JournalKind.dispute_rejected: "disputes",
    JournalKind.device_linked: "security",
    JournalKind.restored: "security",
    JournalKind.recovery_refused: "security",
}

Minute = Annotated[int, Meta(ge=0, le=1_439, description="A minute of the day, from midnight.")]


class PushOff(Conflict):
    slug = "push_off"
    title = "This installation sends no push messages"


class PushRefused(Unprocessable):
    """Facts: what is wrong, in `wrong`: the `endpoint`, the `keys` or the `time_zone`."""

    slug = "push_refused"
    title = "Nothing can be sent to this browser"


class TooManySubscriptions(Conflict):
    slug = "too_many_subscriptions"
    title = "So many browsers of one account are woken and no more"


class PushKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The browser's public point and its secret, as it gave them to the page."""

    p256dh: Annotated[str, Meta(max_length=100)]
    auth: Annotated[str, Meta(max_length=40)]


class NewSubscription(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A browser's subscription, what it is to be woken for, and its quiet hours in its own time zone."""

    endpoint: Annotated[str, Meta(min_length=1, max_length=1_000)]
    keys: PushKeys
    notices: Annotated[frozenset[Notice], Meta(min_length=1)] = frozenset(NOTICES.values())
    quiet_from: Minute | None = None
    quiet_until: Minute | None = None
    time_zone: Annotated[str, Meta(max_length=64)] = "UTC"


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription as its owner sees it; where it leads to is nobody's business."""

    id: UUID
    notices: list[Notice]
    quiet_from: int | None
    quiet_until: int | None
    time_zone: str
    created_at: datetime


class Target(msgspec.Struct, frozen=True):
    """Where a message goes and what locks it."""

    endpoint: str
    receiver: bytes
    auth: bytes


async def subscribe(agent_id: UUID, new: NewSubscription, *, hosts: str, insecure: bool = False) -> Subscription:
    """Wake this browser from now on; the same one again changes what for. PushRefused, TooManySubscriptions.

    `hosts` are the push services that may be spoken to; `insecure` lets one be reached without TLS.
    """
    _check(new, hosts=hosts, insecure=insecure)
    digest = keys.pseudonym(new.endpoint, PURPOSE)
    async with transaction():
        # The agent's row serves as the lock: thirty that subscribe at once are counted one after another.
        await execute("SELECT FROM agent WHERE id = $1 FOR NO KEY UPDATE", agent_id)
        had = await fetch_value(
            "SELECT count(*) FROM push_subscription WHERE agent_id = $1 AND endpoint_hash <> $2", agent_id, digest
        )
        if had >= SUBSCRIPTIONS_MAX:
            raise TooManySubscriptions(most=SUBSCRIPTIONS_MAX)
        [row] = await fetch(
            f"""INSERT INTO push_subscription (id, agent_id, endpoint_hash, wrapped_secret, notices, quiet_from,
                                               quiet_until, time_zone)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                ON CONFLICT (endpoint_hash) DO UPDATE SET
                    agent_id = excluded.agent_id, wrapped_secret = excluded.wrapped_secret, notices = excluded.notices,
                    quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until,
                    time_zone = excluded.time_zone
                RETURNING {_VIEW}""",  # noqa: S608 - ours.
            uuid7(),
            agent_id,
            digest,
            keys.wrap(msgspec.json.encode(_target(new)), purpose=PURPOSE),
            sorted(new.notices),
            new.quiet_from,
            new.quiet_until,
            new.time_zone,
        )
    return _subscription(row)


async def subscriptions(agent_id: UUID) -> list[Subscription]:
    """The agent's browsers that are woken."""
    rows = await fetch(f"SELECT {_VIEW} FROM push_subscription WHERE agent_id = $1 ORDER BY id", agent_id)  # noqa: S608 - ours.
    return [_subscription(row) for row in rows]


async def unsubscribe(subscription_id: UUID, *, agent_id: UUID) -> None:
    """Wake this browser no more; NotFound if it is not his."""
    async with transaction():
        gone = await fetch_value(
            "DELETE FROM push_subscription WHERE id = $1 AND agent_id = $2 RETURNING id", subscription_id, agent_id
        )
        if gone is None:
            raise NotFound
        await execute("DELETE FROM notice WHERE subscription_id = $1", subscription_id)


async def unsubscribe_all(agent_id: UUID) -> None:
    """Wake none of the agent's browsers any more; joins the caller's transaction."""
    rows = await fetch("DELETE FROM push_subscription WHERE agent_id = $1 RETURNING id", agent_id)
    await execute("DELETE FROM notice WHERE subscription_id = ANY($1)", [row["id"] for row in rows])


def target_of(wrapped: bytes) -> Target:
    """Where a stored subscription leads."""
    return msgspec.json.decode(keys.unwrap(wrapped, purpose=PURPOSE), type=Target)


def _check(new: NewSubscription, *, hosts: str, insecure: bool) -> None:
    if not allowed(new.endpoint, hosts=hosts, insecure=insecure):
        raise PushRefused(wrong="endpoint")
    try:
        target = _target(new)
        webpush.encrypted(b"", receiver=target.receiver, auth=target.auth)
    except ValueError:
        raise PushRefused(wrong="keys") from None
    if len(target.receiver) != webpush.POINT_BYTES or len(target.auth) != webpush.AUTH_BYTES:
        raise PushRefused(wrong="keys")
    try:
        ZoneInfo(new.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise PushRefused(wrong="time_zone") from None
    if (new.quiet_from is None) is not (new.quiet_until is None):
        raise PushRefused(wrong="quiet_from")


def allowed(endpoint: str, *, hosts: str, insecure: bool) -> bool:
    """Whether an address belongs to a known push service: nothing else is ever spoken to."""
    try:
        parts = urlsplit(endpoint)
        place = parts.netloc.lower()
    except ValueError:
        return False
    known = [host.strip().lower() for host in hosts.split(",") if host.strip()]
    plain = endpoint.isascii() and endpoint.isprintable() and " " not in endpoint and "@" not in place
    schemes = {"https", "http"} if insecure else {"https"}
    return plain and parts.scheme in schemes and any(_is_of(place, host) for host in known)


def _is_of(place: str, host: str) -> bool:
    return place.endswith(host[1:]) and len(place) > len(host) - 1 if host.startswith("*.") else place == host


def _target(new: NewSubscription) -> Target:
    return Target(new.endpoint, webpush.decoded(new.keys.p256dh), webpush.decoded(new.keys.auth))


def _subscription(row: Any) -> Subscription:
    return Subscription(**dict(row))


_VIEW = ", ".join(Subscription.__struct_fields__)

"""Notices: what of the journal is to wake a browser, at most one of a kind at a time, and never in quiet hours."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from core.db import execute, fetch, transaction
from referrals import journal
from referrals.journal import Entry, JournalKind
from referrals.subscriptions import NOTICES, Target, target_of

LEASE_SECONDS: Final = 60
# After so many tries, about a day of them, the news is old.
TRIES_MAX: Final = 10
_PAUSE_SECONDS: Final = 60
_PAUSE_SECONDS_MAX: Final = 6 * 3_600
EXPIRES_SOON_DAYS: Final = 7
_WARNED_AT_ONCE: Final = 500


class Due(msgspec.Struct, frozen=True):
    """A notice that is to be sent now; nothing of whom it is about is in it."""

    id: int
    subscription_id: UUID
    kind: str
    target: Target


async def queue(told: Sequence[tuple[str, int]]) -> None:
    """Queue what of these entries (agent, entry) browsers want to be woken for; joins the caller's transaction."""
    if not told:
        return
    await execute(
        """INSERT INTO notice (subscription_id, kind, due_at)
           SELECT DISTINCT subscription.id, named.notice, now()
           FROM unnest($1::uuid[], $2::bigint[]) AS told (agent_id, entry_id)
           JOIN push_subscription subscription USING (agent_id)
           JOIN journal_entry entry ON entry.id = entry_id
           JOIN unnest($3::text[], $4::text[]) AS named (kind, notice) ON named.kind = entry.kind
           WHERE named.notice = ANY(subscription.notices) ORDER BY 1, 2
           ON CONFLICT (subscription_id, kind) DO NOTHING""",
        [agent_id for agent_id, _ in told],
        [entry_id for _, entry_id in told],
        list(NOTICES),
        list(NOTICES.values()),
    )


async def take_due(limit: int) -> list[Due]:
    """Notices whose time has come, for a minute nobody else's; those that came into quiet hours wait for their end."""
    async with transaction() as now:
        rows = await fetch(
            """SELECT notice.id, subscription_id, notice.kind, wrapped_secret, quiet_from, quiet_until, time_zone
               FROM notice JOIN push_subscription subscription ON subscription.id = subscription_id
               WHERE due_at <= $1 ORDER BY due_at LIMIT $2 FOR UPDATE OF notice SKIP LOCKED""",
            now,
            limit,
        )
        loud = {row["id"]: loud_at(now, row["quiet_from"], row["quiet_until"], row["time_zone"]) for row in rows}
        await execute(
            """UPDATE notice SET due_at = later, tries = tries + taken
               FROM unnest($1::bigint[], $2::timestamptz[], $3::int[]) AS put (id, later, taken)
               WHERE notice.id = put.id""",
            list(loud),
            [now + timedelta(seconds=LEASE_SECONDS) if at <= now else at for at in loud.values()],
            [int(at <= now) for at in loud.values()],
        )
    return [_due(row) for row in rows if loud[row["id"]] <= now]


async def sent(notice: Due) -> None:
    """The push service has it."""
    await execute("DELETE FROM notice WHERE id = $1", notice.id)


async def dead(notice: Due) -> None:
    """There is no such browser any more: it is forgotten, with everything that waits for it."""
    async with transaction():
        await execute("DELETE FROM notice WHERE subscription_id = $1", notice.subscription_id)
        await execute("DELETE FROM push_subscription WHERE id = $1", notice.subscription_id)


async def later(notice: Due, *, seconds: int | None = None) -> None:
    """The push service did not take it: again later, each time twice as late, until it is old."""
    await execute("DELETE FROM notice WHERE id = $1 AND tries >= $2", notice.id, TRIES_MAX)
    await execute(
        """UPDATE notice SET due_at = now() + make_interval(secs => least($2, greatest($3, $4 * 2 ^ (tries - 1))))
           WHERE id = $1""",
        notice.id,
        _PAUSE_SECONDS_MAX,
        seconds or 0,
        _PAUSE_SECONDS,
    )


async def warn_of_expiries() -> int:
    """Tell agents once of what will expire within a week; returns how many were told."""
    told = 0
    while True:
        async with transaction() as now:
            rows = await fetch(
                """WITH soon AS MATERIALIZED (
                       SELECT id FROM lot
                       WHERE state = 'available' AND remaining_minor > 0 AND NOT warned
                           AND expires_at > $1 AND expires_at <= $2
                       ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED),
                   warned AS (
                       UPDATE lot SET warned = true FROM soon WHERE lot.id = soon.id
                       RETURNING agent_id, asset, remaining_minor, expires_at)
                   SELECT agent_id, asset, sum(remaining_minor)::bigint AS amount_minor, min(expires_at) AS expires_at,
                          count(*) AS lots
                   FROM warned GROUP BY agent_id, asset ORDER BY agent_id, asset""",
                now,
                now + timedelta(days=EXPIRES_SOON_DAYS),
                _WARNED_AT_ONCE,
            )
            await journal.write([_warning(row) for row in rows], at=now)
        told += len(rows)
        if sum(row["lots"] for row in rows) < _WARNED_AT_ONCE:
            return told


def loud_at(now: datetime, quiet_from: int | None, quiet_until: int | None, time_zone: str) -> datetime:
    """When a browser may be woken: now, or at the end of the quiet hours that it is in."""
    if quiet_from is None or quiet_until is None or quiet_from == quiet_until:
        return now
    local = now.astimezone(ZoneInfo(time_zone))
    minute = local.hour * 60 + local.minute
    quiet = quiet_from <= minute < quiet_until if quiet_from < quiet_until else not quiet_until <= minute < quiet_from
    if not quiet:
        return now
    end = local.replace(hour=quiet_until // 60, minute=quiet_until % 60, second=0, microsecond=0)
    return end if end > local else end + timedelta(days=1)


def _warning(row: Any) -> Entry:
    return Entry(
        agent_id=row["agent_id"],
        kind=JournalKind.expiring,
        facts={name: row[name] for name in ("amount_minor", "asset", "expires_at")},
    )


def _due(row: Any) -> Due:
    return Due(row["id"], row["subscription_id"], row["kind"], target_of(row["wrapped_secret"]))

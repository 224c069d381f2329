"""The schedule: what is due now, done by whichever worker comes first, and caught up with after any pause."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import structlog

from core.db import CONTENDED, LOST, execute, fetch_value, transaction

Work = Callable[[], Awaitable[Any]]

_log = structlog.get_logger()


class Chore(msgspec.Struct, frozen=True):
    """A piece of work and how often it is to be done; the work itself decides what is due, by the database's clock."""

    name: str
    every_seconds: float
    work: Work


async def run_due(chores: list[Chore]) -> list[str]:
    """Do every chore whose time has come and that no other worker took; returns the names of those done."""
    done = []
    for chore in chores:
        try:
            if await _take(chore):
                await chore.work()
                done.append(chore.name)
        except LOST:
            raise
        except Exception as broken:  # noqa: BLE001 - one chore that breaks keeps nobody from the others.
            _log.error("chore.broke", chore=chore.name, exc_info=broken)
            await execute("UPDATE chore SET error = $2 WHERE name = $1", chore.name, repr(broken)[:500])
    return done


async def _take(chore: Chore) -> bool:
    """Mark a chore as done now, if it is due: the row's condition lets one worker through."""
    try:
        async with transaction():
            taken = await fetch_value(
                """INSERT INTO chore (name, done_at) VALUES ($1, now())
                   ON CONFLICT (name) DO UPDATE SET done_at = now(), error = NULL
                   WHERE chore.done_at < now() - make_interval(secs => $2) RETURNING name""",
                chore.name,
                chore.every_seconds,
            )
    except CONTENDED:
        return False
    return taken is not None

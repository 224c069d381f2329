"""A command's hold on an installation: its settings, its master key and its database, for as long as the work takes."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from cli.environment import enter
from cli.refusals import CannotStart

Work = Callable[[], Awaitable[int | None]]


def connected(data: Path | None, work: Work) -> int | None:
    """Find the installation that is meant, do the work on its database, and give the work's exit status."""
    enter(data)
    return asyncio.run(_work(work))


async def _work(work: Work) -> int | None:
    # Imported here: a command that only explains itself needs no room.
    from asyncpg import UndefinedTableError

    from core import destroyed, keys, log, peppers, settings
    from core.db import LOST, DatabaseUnavailable, close_pool, open_pool
    from core.refusals import DomainError

    known = settings.load()
    log.configure(known.log_level)
    keys.use(keys.load(known))
    destroyed.keep_in(known.destroyed_log)
    try:
        await open_pool(known.database_url, size=2, statement_cache=known.database_statement_cache)
    except LOST as lost:
        raise CannotStart(f"the database does not answer: {lost}") from None
    try:
        await peppers.load()
        return await work()
    except DatabaseUnavailable:
        raise CannotStart("the database does not answer any more") from None
    except UndefinedTableError:
        raise CannotStart("the database has no schema yet: naparnik migrate") from None
    except DomainError as refusal:
        raise CannotStart(str(refusal)) from None
    finally:
        await close_pool()

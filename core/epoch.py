"""The epoch: changes when a backup was restored, so that phones send again what they kept."""

import time
from uuid import UUID

from core import audit
from core.db import execute, fetch_value, transaction
from core.ids import uuid7

_SECONDS = 5.0
_remembered: tuple[float, UUID] | None = None


async def current_epoch() -> UUID:
    """The server's epoch; a process remembers it for seconds."""
    global _remembered  # noqa: PLW0603 - one value a process, read with every batch of scans.
    if _remembered is None or _remembered[0] < time.monotonic():
        _remembered = (time.monotonic() + _SECONDS, await fetch_value("SELECT epoch FROM epoch"))
    return _remembered[1]


async def begin_epoch(*, by: str) -> UUID:
    """Begin a new epoch, after a backup was restored."""
    epoch = uuid7()
    async with transaction():
        await execute("UPDATE epoch SET epoch = $1, since = now()", epoch)
        await audit.record(by, "epoch.begin", epoch=epoch)
    return epoch

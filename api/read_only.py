"""Read-only mode: while its switch is thrown nothing is written, except by what turns it off again."""

import time

from litestar.handlers import BaseRouteHandler, HTTPRouteHandler

from core import switches
from core.switches import READ_ONLY, ReadOnly

REMEMBERED_SECONDS = 1.0
# What a route says of itself if it answers in read-only mode too, although its method is one of those that write.
ANSWERS_ANYWAY = "answers_while_read_only"

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class _Seen:
    """What this process saw when it looked last."""

    thrown = False
    at = float("-inf")


async def refuse_writes(handler: BaseRouteHandler) -> None:
    """ReadOnly for a route that writes while the switch is thrown; every guard of ours asks this first."""
    if not isinstance(handler, HTTPRouteHandler) or handler.http_methods <= _SAFE or handler.opt.get(ANSWERS_ANYWAY):
        return
    if await _thrown():
        raise ReadOnly


def forget() -> None:
    """Look again at the next write."""
    _Seen.at = float("-inf")


async def _thrown() -> bool:
    now = time.monotonic()
    if now - _Seen.at >= REMEMBERED_SECONDS:
        # Marked before it is read: one request looks, and those that come meanwhile go by what was seen last.
        _Seen.at = now
        _Seen.thrown = READ_ONLY in await switches.thrown()
    return _Seen.thrown

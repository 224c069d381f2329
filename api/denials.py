"""Denials: who reaches for what lies beyond the confines of his key is answered 404, and stands in the audit."""

import time
from typing import Any, Final
from uuid import UUID

from litestar import Request
from litestar.types import Scope

from api.callers import holder
from core import audit
from core.db import LOST, DatabaseUnavailable, transaction
from core.refusals import NotFound

# A till that was set up wrong asks all day long: one entry a minute of each process says as much.
_AGAIN_AFTER_SECONDS: Final = 60.0
_REMEMBERED_MAX: Final = 10_000

_written: dict[tuple[str, str, UUID | None], float] = {}


def beyond(request: Request[Any, Any, Any], wanted: UUID | None = None) -> NotFound:
    """The refusal for whoever may not know that what he wants exists; it is written down once he has been answered."""
    request.scope["state"]["beyond"] = (holder(request).who, wanted)
    return NotFound()


async def write_down(scope: Scope, *, method: str, route: str) -> None:
    """Put a request that went beyond its caller's confines into the audit, if it was one."""
    denied = scope["state"].get("beyond")
    if denied is None:
        return
    (who, wanted), now = denied, time.monotonic()
    if now - _written.get((who, route, wanted), -_AGAIN_AFTER_SECONDS) < _AGAIN_AFTER_SECONDS:
        return
    if len(_written) > _REMEMBERED_MAX:
        _written.clear()
    _written[who, route, wanted] = now
    try:
        async with transaction():
            await audit.record(who, "denied", route=f"{method} {route}", wanted=wanted)
    except (DatabaseUnavailable, *LOST):
        # He was refused all the same.
        del _written[who, route, wanted]

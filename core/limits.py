"""Rates: GCRA in Valkey for what is not money; when Valkey is away they let everybody through."""

from math import ceil
from typing import Any

import msgspec
import structlog
from throttled.asyncio import RateLimiterType, RedisStore, Throttled, per_hour
from throttled.exceptions import StoreUnavailableError

from core.refusals import TooMany

HOUR_SECONDS = 3_600

_log = structlog.get_logger()


class Allowance(msgspec.Struct, frozen=True):
    """What a subject has left of a limit's tries, and in how many seconds it has all of them again."""

    limit: str
    most: int
    left: int
    whole_in_seconds: int
    window_seconds: int = HOUR_SECONDS


class RateLimited(TooMany):
    slug = "rate_limited"
    title = "Too many tries; come back later"

    def __init__(self, *, allowance: Allowance | None = None, **told: Any) -> None:
        super().__init__(**told)
        self.allowance = allowance


class HourlyLimit:
    """So many an hour for each subject, evenly refilled."""

    def __init__(self, redis_url: str, *, name: str, most: int) -> None:
        self._name = name
        self._throttle = Throttled(
            using=RateLimiterType.GCRA.value,
            quota=per_hour(most, burst=most),
            store=RedisStore(server=redis_url, options={"SOCKET_CONNECT_TIMEOUT": 1, "SOCKET_TIMEOUT": 1}),
        )

    async def spend(self, subject: str) -> Allowance | None:
        """Use one of the subject's tries and tell what is left, None while nobody counts.

        RateLimited with the seconds to wait when there is none.
        """
        try:
            result = await self._throttle.limit(f"{self._name}:{subject}")
        except StoreUnavailableError as lost:
            _log.warning("limit.open", limit=self._name, error=type(lost.__cause__).__name__)
            return None
        state = result.state
        allowance = Allowance(self._name, state.limit, state.remaining, ceil(state.reset_after))
        if result.limited:
            raise RateLimited(allowance=allowance, retry_after_seconds=max(1, ceil(state.retry_after)))
        return allowance

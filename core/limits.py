"""Rates: GCRA in Valkey for what is not money; when Valkey is away they let everybody through."""

import structlog
from throttled.asyncio import RateLimiterType, RedisStore, Throttled, per_hour
from throttled.exceptions import StoreUnavailableError

from core.refusals import TooMany

_log = structlog.get_logger()


class RateLimited(TooMany):
    slug = "rate_limited"
    title = "Too many tries; come back later"


class HourlyLimit:
    """So many an hour for each subject, evenly refilled."""

    def __init__(self, redis_url: str, *, name: str, most: int) -> None:
        self._name = name
        self._throttle = Throttled(
            using=RateLimiterType.GCRA.value,
            quota=per_hour(most, burst=most),
            store=RedisStore(server=redis_url, options={"SOCKET_CONNECT_TIMEOUT": 1, "SOCKET_TIMEOUT": 1}),
        )

    async def spend(self, subject: str) -> None:
        """Use one of the subject's tries; RateLimited with the seconds to wait when there is none."""
        try:
            result = await self._throttle.limit(f"{self._name}:{subject}")
        except StoreUnavailableError as lost:
            _log.warning("limit.open", limit=self._name, error=type(lost.__cause__).__name__)
            return
        if result.limited:
            raise RateLimited(retry_after_seconds=max(1, int(result.state.retry_after + 0.999)))

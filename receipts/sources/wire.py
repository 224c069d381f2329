"""The wire: how a source is spoken to: its own host alone, no redirects, so many bytes and seconds and no more."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Any, Final, Self

import httpx

from receipts.sources.frame import Outcome

REPLY_BYTES_MAX: Final = 1 << 20
REPLY_SECONDS_MAX: Final = 20
_CONNECT_SECONDS_MAX: Final = 5
_RETRY_SECONDS_MAX: Final = 86_400

Spend = Callable[[], Awaitable[bool]]


class Unanswered(Exception):
    """A source gave no answer that can be read: what came instead, and when it wants to be asked again."""

    def __init__(self, outcome: Outcome, detail: str, *, retry_after_seconds: int | None = None) -> None:
        super().__init__(f"{outcome.value}: {detail}")
        self.outcome = outcome
        self.detail = detail
        self.retry_after_seconds = retry_after_seconds


class Wire:
    """Requests to one host; each is taken from the source's budget before it is sent."""

    def __init__(self, origin: str, *, spend: Spend, ca_file: str = "", seconds_max: float = REPLY_SECONDS_MAX) -> None:
        self._spend = spend
        self._seconds_max = seconds_max
        # What the environment says of proxies and keys is not for these calls.
        self._client = httpx.AsyncClient(
            base_url=origin,
            verify=_trusted(ca_file) if origin.startswith("https:") else True,
            follow_redirects=False,
            trust_env=False,
            timeout=httpx.Timeout(seconds_max, connect=min(_CONNECT_SECONDS_MAX, seconds_max)),
            headers={"Accept-Encoding": "identity", "User-Agent": "naparnik"},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
        form: Mapping[str, str] | None = None,
        also: frozenset[int] = frozenset(),
    ) -> tuple[int, bytes]:
        """One request; the status, which is 200 or one of `also`, and the whole reply. Raises Unanswered."""
        if not await self._spend():
            raise Unanswered(Outcome.BUDGET_SPENT, "as many requests as were allowed had been sent")
        request = self._client.build_request(
            method, path, headers=dict(headers or {}), params=params, content=content, data=form
        )
        try:
            # A reply that comes byte by byte never runs into a timeout of its parts.
            async with asyncio.timeout(self._seconds_max):
                return await self._reply(request, also)
        except TimeoutError:
            raise Unanswered(Outcome.UNAVAILABLE, "no answer in time") from None
        except httpx.TimeoutException:
            raise Unanswered(Outcome.UNAVAILABLE, "no answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as lost:
            raise Unanswered(Outcome.UNAVAILABLE, type(lost).__name__) from None

    async def _reply(self, request: httpx.Request, also: frozenset[int]) -> tuple[int, bytes]:
        response = await self._client.send(request, stream=True)
        try:
            _refuse(response, also)
            return response.status_code, await _content(response)
        finally:
            await response.aclose()


def _refuse(response: httpx.Response, also: frozenset[int]) -> None:
    status = response.status_code
    if status == 200 or status in also:
        return
    if status == 429:
        raise Unanswered(Outcome.LIMITED, "HTTP 429", retry_after_seconds=_retry_after(response) or 60)
    if status in {401, 403}:
        raise Unanswered(Outcome.DENIED, f"HTTP {status}")
    raise Unanswered(Outcome.UNAVAILABLE, f"HTTP {status}", retry_after_seconds=_retry_after(response))


def _retry_after(response: httpx.Response) -> int | None:
    said = response.headers.get("retry-after", "")
    return min(int(said), _RETRY_SECONDS_MAX) if said.isascii() and said.isdigit() and len(said) < 10 else None


async def _content(response: httpx.Response) -> bytes:
    """The reply as it came over the wire: what was packed could be any size."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise Unanswered(Outcome.UNAVAILABLE, "the reply is packed, which was not asked for")
    parts, size = [], 0
    async for part in response.aiter_raw():
        size += len(part)
        if size > REPLY_BYTES_MAX:
            raise Unanswered(Outcome.UNAVAILABLE, "the reply is too large")
        parts.append(part)
    return b"".join(parts)


@lru_cache(maxsize=4)
def _trusted(ca_file: str) -> ssl.SSLContext:
    """Whose certificates are believed: those of the system, or those in a file of the operator's."""
    context: Any = ssl.create_default_context(cafile=ca_file or None)
    return context  # type: ignore[no-any-return]

"""Calls: HTTP as a client of the service makes it, with its keys and proofs, and the patience that a queue asks for."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Self, TypeVar
from uuid import uuid4

import httpx

from tests.device import Device

Seen = TypeVar("Seen")
# A worker looks at what is due every second, and a busy machine gets some more.
PATIENCE_SECONDS = 60.0


class Calls:
    """A client that holds the owner's key and many connections."""

    def __init__(self, origin: str, owner_key: str) -> None:
        self.origin = origin
        self.owner_key = owner_key
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
        self.http = httpx.AsyncClient(base_url=origin, timeout=60.0, limits=limits, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def owner(self, method: str, path: str, body: object = None) -> Any:
        """A call by the owner that has to succeed."""
        answer = await self.call(method, path, body, token=self.owner_key)
        if answer.is_error:
            raise AssertionError(f"{method} {path} answered {answer.status_code}: {answer.text[:1000]}")
        return answer.json()

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        key: str | None = None,
        device: Device | None = None,
    ) -> httpx.Response:
        """Any call; a write carries an Idempotency-Key, a new one unless it is given, and a device signs it."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        if method != "GET":
            headers["Idempotency-Key"] = key or str(uuid4())
        if device is not None:
            headers["DPoP"] = device.proof(method, f"{self.origin}{path}")
        content = None if method == "GET" else body or {}
        return await self.http.request(method, path, json=content, headers=headers)


async def until(look: Callable[[], Awaitable[Seen]], holds: Callable[[Seen], bool]) -> Seen:
    """What is seen as soon as it is as it should be; TimeoutError with what was seen last if it never is."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not holds(seen := await look()):
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"after {PATIENCE_SECONDS:.0f} s still: {seen}")
        await asyncio.sleep(0.05)
    return seen

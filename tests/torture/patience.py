"""Patience: what a client does while parts of the service die: ask the same again until somebody answers."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import asyncpg
import httpx

from tests.installation import Installation

ANSWER_SECONDS_MAX = 90
PAUSE_SECONDS = 0.2
LATER = {429, 503}

Result = TypeVar("Result")


async def sure(ask: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """The answer to one request, which has to carry a key if it writes."""

    async def answered() -> httpx.Response:
        answer = await ask()
        if answer.status_code in LATER or "idempotency_in_progress" in answer.text:
            raise httpx.HTTPError("later")
        return answer

    return await again_until_it_works(answered)


async def sure_of_each(ask: Callable[[], Awaitable[httpx.Response]]) -> list[dict[str, Any]]:
    """The answers to a queue of scans, which is sent again while any of them was put off."""

    async def answered() -> list[dict[str, Any]]:
        answers: list[dict[str, Any]] = (await sure(ask)).json()["answers"]
        if any(answer["status"] in LATER for answer in answers):
            raise httpx.HTTPError("later")
        return answers

    return await again_until_it_works(answered)


async def again_until_it_works(ask: Callable[[], Awaitable[Result]]) -> Result:
    """Whatever may be begun anew after it broke: what it made before is of no harm."""
    async with asyncio.timeout(ANSWER_SECONDS_MAX):
        while True:
            try:
                return await ask()
            except (httpx.HTTPError, TimeoutError):
                await asyncio.sleep(PAUSE_SECONDS)
            except AssertionError as refused:
                if "answered 503" not in str(refused):
                    raise
                await asyncio.sleep(PAUSE_SECONDS)


async def written_by_hand(installation: Installation, statement: str, *arguments: Any) -> None:
    """What only time could do, done behind the service's back, as soon as PostgreSQL is there."""
    async with asyncio.timeout(ANSWER_SECONDS_MAX):
        while True:
            try:
                await installation.ask(statement, *arguments)
                return
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(PAUSE_SECONDS)

"""Health: a process that cannot serve says so while whoever watches it still listens."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from core.db import close_pool, open_pool
from core.settings import Settings
from tests.core.pools import pool_aside

_SOCKET = ".s.PGSQL.5432"


class Between:
    """What stands before a PostgreSQL and can fall silent: it takes everything, and hands nothing on."""

    def __init__(self, behind: Path) -> None:
        self._behind = behind
        self._speaks = asyncio.Event()
        self._speaks.set()
        self.met = 0

    def fall_silent(self) -> None:
        self._speaks.clear()

    def speak(self) -> None:
        self._speaks.set()

    async def meet(self, reader: StreamReader, writer: StreamWriter) -> None:
        self.met += 1
        await self._speaks.wait()
        there_reader, there_writer = await asyncio.open_unix_connection(self._behind)
        await asyncio.gather(self._hand_on(reader, there_writer), self._hand_on(there_reader, writer))

    async def _hand_on(self, reader: StreamReader, writer: StreamWriter) -> None:
        while piece := await reader.read(65_536):
            await self._speaks.wait()
            writer.write(piece)
        writer.close()


@asynccontextmanager
async def before(database_url: str) -> AsyncIterator[tuple[Between, str]]:
    """One that stands before the database of an address, and the address under which it is found."""
    [host] = parse_qs(urlsplit(database_url).query)["host"] if "host=" in database_url else [""]
    between = Between(Path(host) / _SOCKET)
    with TemporaryDirectory() as folder:
        server = await asyncio.start_unix_server(between.meet, Path(folder) / _SOCKET)
        try:
            yield between, database_url.replace(quote(host, safe="/"), quote(folder, safe="/"))
        finally:
            server.close()


async def test_a_silent_database_is_told_of_before_it_is_asked_to_take_the_question_back(
    http: httpx.AsyncClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.health._ANSWER_SECONDS_MAX", 0.05)
    async with before(settings.database_url) as (between, url):
        with pool_aside():
            await open_pool(url, size=1)
            met = between.met
            between.fall_silent()

            answer = await http.get("/health/ready")

            met_since = between.met - met
            between.speak()
            await close_pool()

    assert (answer.status_code, answer.json()["slug"]) == (503, "unavailable")
    assert met_since == 0

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

import pytest

from core import db
from core.settings import Settings
from tests.core.pools import pool_aside


class Line:
    """The way to the server, which somebody can cut without telling either end."""

    def __init__(self, socket: str) -> None:
        self._socket = socket
        self.port = 0
        self.is_cut = False

    async def serve(self) -> asyncio.Server:
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_unix_connection(self._socket)
        with suppress(ConnectionError):
            await asyncio.gather(self._carry(reader, to_server), self._carry(from_server, writer))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (said := await reader.read(65_536)) and not self.is_cut:
            writer.write(said)
            await writer.drain()


@pytest.fixture
async def line(settings: Settings) -> AsyncIterator[Line]:
    folder = parse_qs(urlsplit(settings.database_url).query)["host"][0]
    line = Line(f"{folder}/.s.PGSQL.5432")
    server = await line.serve()
    yield line
    server.close()


@pytest.mark.usefixtures("_schema")
async def test_a_process_leaves_although_its_server_answers_no_more(
    settings: Settings, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "CLOSE_SECONDS", 0.1)
    told = urlsplit(settings.database_url)
    with pool_aside():
        await db.open_pool(f"postgresql://{told.username}@127.0.0.1:{line.port}{told.path}", size=1)
        assert await db.fetch_value("SELECT 1") == 1
        line.is_cut = True

        await asyncio.wait_for(db.close_pool(), timeout=30)

        assert db.engine.pool is None

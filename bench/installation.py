"""An installation to measure: durable servers of its own, a database for each row, the processes of `naparnik`."""

import asyncio
import http.client
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg
import msgspec

from bench.load import Address
from cli import embedded, environment, postgres
from cli.child import Process, has_ended, log_tail, spawn, stop
from cli.embedded import Servers
from cli.listener import listen
from cli.place import taken
from core import keys, peppers, settings
from core.db import close_pool, open_pool
from core.migrate import migrate

HOST = "127.0.0.1"
DURABILITY = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "wal_sync_method", "shared_buffers")
READY_SECONDS_MAX = 30.0


class Installation:
    """The servers, and what is common to all rows."""

    def __init__(self, servers: Servers, *, filled_scans: int) -> None:
        self.servers = servers
        self.filled_scans = filled_scans
        self._master_key = keys.generate()

    @property
    def folder(self) -> Path:
        """On the same disk as the database."""
        return self.servers.place.data

    async def postgres_settings(self) -> dict[str, str]:
        """How durable the server really is."""
        connection = await asyncpg.connect(self.servers.database_owner_url)
        try:
            return {name: await connection.fetchval(f"SHOW {name}") for name in DURABILITY}
        finally:
            await connection.close()

    async def database(self, name: str) -> "Database":
        """A new database with our schema."""
        database = await self._create(name, "template1")
        known = settings.load(database.variables)
        keys.use(keys.load(known))
        await migrate(known)
        return database

    async def twin(self, of: "Database", name: str) -> "Database":
        """A copy of a database that nobody is connected to."""
        return await self._create(name, of.name)

    async def _create(self, name: str, template: str) -> "Database":
        connection = await asyncpg.connect(self.servers.database_owner_url)
        try:
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
            await connection.execute(f"GRANT CONNECT ON DATABASE {name} TO {postgres.APPLICATION}")
        finally:
            await connection.close()
        variables = {
            "NAPARNIK_ENVIRONMENT": "test",
            "NAPARNIK_DATABASE_URL": _named(self.servers.database_url, name),
            "NAPARNIK_DATABASE_OWNER_URL": _named(self.servers.database_owner_url, name),
            "NAPARNIK_REDIS_URL": self.servers.redis_url,
            "NAPARNIK_MASTER_KEY": self._master_key,
        }
        return Database(self.servers, name, variables)


class Database(msgspec.Struct, frozen=True):
    """One row's database, and how its processes find it."""

    servers: Servers
    name: str
    variables: Mapping[str, str]

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Makes this process one of the application's own: its pool, its role."""
        await open_pool(self.variables["NAPARNIK_DATABASE_URL"])
        try:
            await peppers.load()
            yield
        finally:
            await close_pool()

    @asynccontextmanager
    async def owned(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection of the owner's, for filling."""
        connection = await asyncpg.connect(self.variables["NAPARNIK_DATABASE_OWNER_URL"])
        try:
            yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def api(self, *words: str, processes: int = 1) -> AsyncIterator[Address]:
        """API processes, or another program that serves HTTP on the socket it is given; yields their address."""
        words = words or ("cli", "api")
        with listen(HOST, 0) as listener, ExitStack() as running:
            fd = listener.fileno()
            address: Address = listener.getsockname()
            for _ in range(processes):
                serving = running.enter_context(self.process(*words, "--fd", str(fd), pass_fds=[fd]))
                await _until_it_answers(address, serving, self._log(words))
            yield address

    @contextmanager
    def process(self, *words: str, pass_fds: Sequence[int] = ()) -> Iterator[Process]:
        """A Python module that runs as a process of this installation until it is no longer needed."""
        process = spawn(
            [sys.executable, "-m", *words],
            log=self._log(words),
            death_signal=signal.SIGKILL,
            environment=environment.combine(self.variables),
            pass_fds=pass_fds,
        )
        try:
            yield process
        finally:
            stop(process, by=signal.SIGTERM, seconds=10)

    def _log(self, words: Sequence[str]) -> Path:
        return self.servers.place.log("-".join([self.name, *words[:2]]))


@contextmanager
def installed(folder: Path, *, filled_scans: int) -> Iterator[Installation]:
    """Servers on a folder for as long as the measuring takes; they end with this process, however it ends."""
    with taken(folder) as place:
        servers = embedded.start(place)
        try:
            yield Installation(servers, filled_scans=filled_scans)
        finally:
            embedded.stop(servers)


async def _until_it_answers(address: Address, process: Process, log_file: Path) -> None:
    until = time.monotonic() + READY_SECONDS_MAX
    while not await asyncio.to_thread(_answers, address):
        if has_ended(process) or time.monotonic() > until:
            raise RuntimeError(f"it did not start:\n{log_tail(log_file)}")
        await asyncio.sleep(0.05)


def _answers(address: Address) -> bool:
    connection = http.client.HTTPConnection(*address, timeout=1.0)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _named(url: str, name: str) -> str:
    return url.replace("/naparnik?", f"/{name}?")

"""From the scan to money that can be seen, at half of what one API process and one worker can do."""

import asyncio
import re
import time
from collections.abc import Iterable, Sequence
from uuid import UUID

from bench import requests, stock
from bench.figures import Figure, at_most
from bench.installation import Database, Installation
from bench.load import Address, arrivals, closed, opened, percentile
from bench.rounds import ROUNDS, in_turn
from bench.settled import settled
from bench.stock import Agents, Codes

CONNECTIONS = 64
_SCANS = 4_000
_WARM_SCANS = 1_000
_AGENTS = _WARM_SCANS + (ROUNDS + 1) * _SCANS
_LATE_SECONDS_MAX = 30.0
_SEED = 1
_NEWS = re.compile(rb'"([0-9a-f-]{36})"')
_NAME_BYTES = 36 + 1


async def measure(installation: Installation) -> list[Figure]:
    """Each scan is another agent's, and seen when his stream of news is told: the money is in his wallet by then."""
    database = await installation.database("visible")
    async with database.opened():
        program_id = await stock.program()
        product_id = await stock.product(program_id)
        await stock.campaign(program_id, wait_seconds=0)
        people = _People(await stock.codes(program_id, product_id, _AGENTS), await stock.agents(_AGENTS))
        async with database.api() as address:
            with database.process("cli", "worker"):
                await _capacity(address, people, _WARM_SCANS)
                capacity = await _capacity(address, people, _SCANS)
                [waits] = await in_turn(lambda: _waits(database, address, people, rate=capacity / 2))
    return [
        Figure(what="scan to money visible, p50", unit="ms", ours=_percentiles(waits, 50), target=at_most(50)),
        Figure(what="scan to money visible, p99", unit="ms", ours=_percentiles(waits, 99), target=at_most(250)),
        Figure(what="at this load, half of what it can do", unit="scans/s", ours=[capacity / 2]),
    ]


class _People:
    """Agents and codes, each used once."""

    def __init__(self, codes: Codes, agents: Agents) -> None:
        self._codes = codes
        self._left = list(zip(agents.ids, agents.tokens, strict=True))

    def scan(self, count: int) -> tuple[list[UUID], list[bytes]]:
        """Who scans, and his request."""
        chosen, self._left = self._left[:count], self._left[count:]
        tokens = [token for _, token in chosen]
        return [agent_id for agent_id, _ in chosen], requests.scans(self._codes.take(count), tokens)


async def _capacity(address: Address, people: _People, count: int) -> float:
    """Credits a second when as many come as can."""
    _, sent = people.scan(count)
    started = time.perf_counter()
    (await closed(address, sent, connections=CONNECTIONS)).expect(201)
    return count / (await settled() - started)


async def _waits(database: Database, address: Address, people: _People, *, rate: float) -> list[float]:
    ids, sent = people.scan(_SCANS)
    names = [str(agent_id).encode() for agent_id in ids]
    dues = arrivals(_SCANS, rate=rate, seed=_SEED)
    socket = str(database.servers.place.valkey_socket)
    transport, ear = await asyncio.get_running_loop().create_unix_connection(lambda: _Ear(names), socket)
    run = (await opened(address, sent, dues=dues, connections=CONNECTIONS)).expect(201)
    async with asyncio.timeout(_LATE_SECONDS_MAX):
        await ear.all_heard.wait()
    transport.close()
    return [ear.heard_at[name] - (run.started + due) for name, due in zip(names, dues, strict=True)]


class _Ear(asyncio.Protocol):
    """Hears when the stream of each of some agents is told its first news, at next to no cost to whom it measures."""

    def __init__(self, agent_ids: Iterable[bytes]) -> None:
        self._waiting = set(agent_ids)
        self._rest = b""
        self.heard_at: dict[bytes, float] = {}
        self.all_heard = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.write(b"SUBSCRIBE journal\r\n")  # type: ignore[attr-defined]  # a socket can be written to

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        heard = self._rest + data
        for agent_id in _NEWS.findall(heard):
            if agent_id in self._waiting:
                self._waiting.discard(agent_id)
                self.heard_at[agent_id] = now
        # A name that was cut in two is whole in the next piece.
        self._rest = heard[-_NAME_BYTES:]
        if not self._waiting:
            self.all_heard.set()


def _percentiles(rounds: Sequence[Sequence[float]], percent: float) -> list[float]:
    return [percentile(waits, percent) * 1000 for waits in rounds]

"""From the scan to money that can be seen, at half of what one API process and one worker can do."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from bench import requests, stock
from bench.figures import Figure, at_most
from bench.installation import Database, Installation
from bench.load import Address, arrivals, closed, opened, percentile
from bench.rounds import ROUNDS, in_turn
from bench.settled import settled
from bench.stock import Agents, Codes
from core.doorbell import plain_client

CONNECTIONS = 64
_SCANS = 4_000
_WARM_SCANS = 1_000
_AGENTS = _WARM_SCANS + (ROUNDS + 1) * _SCANS
_LATE_SECONDS_MAX = 30.0


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
    dues = arrivals(_SCANS, rate=rate, seed=len(sent))
    async with _told(database, [str(agent_id) for agent_id in ids]) as told:
        run = (await opened(address, sent, dues=dues, connections=CONNECTIONS)).expect(201)
        async with asyncio.timeout(_LATE_SECONDS_MAX):
            seen_at = await told
    return [told_at - (run.started + due) for told_at, due in zip(seen_at, dues, strict=True)]


@asynccontextmanager
async def _told(database: Database, agent_ids: Sequence[str]) -> AsyncIterator["asyncio.Task[list[float]]"]:
    """When the stream of each of these agents was first told something."""
    client = plain_client(database.variables["NAPARNIK_REDIS_URL"])
    async with client.pubsub() as subscription:
        await subscription.psubscribe("journal:*")

        async def listen() -> list[float]:
            seen_at: dict[str, float] = {}
            waiting = set(agent_ids)
            while waiting:
                message = await subscription.get_message(ignore_subscribe_messages=True, timeout=1.0)
                if message is not None:
                    agent_id = message["channel"].decode().partition(":")[2]
                    seen_at.setdefault(agent_id, time.perf_counter())
                    waiting.discard(agent_id)
            return [seen_at[agent_id] for agent_id in agent_ids]

        listening = asyncio.create_task(listen())
        yield listening
    await client.aclose()


def _percentiles(rounds: Sequence[Sequence[float]], percent: float) -> list[float]:
    return [percentile(waits, percent) * 1000 for waits in rounds]

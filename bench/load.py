"""A load generator: HTTP/1.1 over raw sockets, many connections in one thread, its requests ready before it starts."""

import asyncio
import gc
import random
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate

import msgspec

Address = tuple[str, int]

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length: "


class Measured(msgspec.Struct, frozen=True):
    """A run: how long it took, each request's time to its answer, and the answers' statuses."""

    seconds: float
    latencies: list[float]
    statuses: dict[int, int]
    started: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile_ms(self, percent: float) -> float:
        return percentile(self.latencies, percent) * 1000

    def expect(self, *statuses: int) -> "Measured":
        """A run in which something else was answered measured something else."""
        if unexpected := self.statuses.keys() - set(statuses):
            raise RuntimeError(f"answers of status {sorted(unexpected)}: {self.statuses}")
        return self


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent do not exceed."""
    in_order = sorted(values)
    return in_order[min(len(in_order) - 1, int(len(in_order) * percent / 100))]


async def closed(address: Address, requests: Sequence[bytes], *, connections: int) -> Measured:
    """Each connection sends its next request as soon as it has an answer."""
    with _undisturbed():
        run = _Run(requests)
        lines = await _connect(address, connections, lambda: _Line(run.answered_closed, run.lost))
        started = time.perf_counter()
        for line in lines:
            run.send_next(line)
        return await run.ended(started, lines)


def arrivals(count: int, *, rate: float, seed: int) -> list[float]:
    """Seconds from the start at which so many requests come by chance, at a rate on the whole."""
    chance = random.Random(seed)
    return list(accumulate(chance.expovariate(rate) for _ in range(count)))


async def opened(address: Address, requests: Sequence[bytes], *, dues: Sequence[float], connections: int) -> Measured:
    """Requests come whatever the server does, and are late from the moment at which they were due."""
    with _undisturbed():
        run = _Run(requests)
        lines = await _connect(address, connections, lambda: _Line(run.answered_open, run.lost))
        run.idle.extend(lines)
        started = time.perf_counter()
        for due in dues:
            ahead = started + due - time.perf_counter()
            if ahead > 0:
                await asyncio.sleep(ahead)
            run.due(started + due)
        return await run.ended(started, lines)


class _Line(asyncio.Protocol):
    """A connection with at most one request under way."""

    def __init__(self, answered: Callable[["_Line", int], None], lost: Callable[[], None]) -> None:
        self._answered = answered
        self._lost = lost
        self._transport: asyncio.WriteTransport | None = None
        self._read = b""
        self.since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # what TCP gives is a write transport

    def send(self, request: bytes, *, since: float) -> None:
        self.since = since
        if self._transport is not None:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._read += data
        head_end = self._read.find(_HEAD_END)
        if head_end < 0:
            return
        # Servers of others spell the names of headers in their own way.
        length_at = self._read[:head_end].lower().find(_LENGTH) + len(_LENGTH)
        length = int(self._read[length_at : self._read.find(b"\r", length_at)])
        if len(self._read) >= head_end + len(_HEAD_END) + length:
            status = int(self._read[9:12])
            self._read = b""
            self._answered(self, status)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - why does not matter.
        self._lost()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class _Run:
    """What is still to be sent, and what came of the rest."""

    def __init__(self, requests: Sequence[bytes]) -> None:
        self._requests = iter(requests)
        self._left = len(requests)
        self._done: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._overdue: deque[float] = deque()
        self.idle: list[_Line] = []
        self.latencies: list[float] = []
        self.statuses: Counter[int] = Counter()

    def send_next(self, line: _Line) -> None:
        request = next(self._requests, None)
        if request is not None:
            line.send(request, since=time.perf_counter())

    def due(self, at: float) -> None:
        if self.idle:
            self.idle.pop().send(next(self._requests), since=at)
        else:
            self._overdue.append(at)

    def answered_closed(self, line: _Line, status: int) -> None:
        self._count(line, status)
        self.send_next(line)

    def answered_open(self, line: _Line, status: int) -> None:
        self._count(line, status)
        if self._overdue:
            line.send(next(self._requests), since=self._overdue.popleft())
        else:
            self.idle.append(line)

    def lost(self) -> None:
        if not self._done.done():
            self._done.set_exception(ConnectionError("the server closed a connection"))

    async def ended(self, started: float, lines: Sequence[_Line]) -> Measured:
        last = await self._done
        for line in lines:
            line.close()
        return Measured(last - started, self.latencies, dict(self.statuses), started)

    def _count(self, line: _Line, status: int) -> None:
        now = time.perf_counter()
        self.latencies.append(now - line.since)
        self.statuses[status] += 1
        self._left -= 1
        if not self._left and not self._done.done():
            self._done.set_result(now)


async def _connect(address: Address, connections: int, line: Callable[[], _Line]) -> list[_Line]:
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(line, *address) for _ in range(connections)]
    return [line for _, line in made]


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Without this process's garbage collector, whose pauses would be told as the server's."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()

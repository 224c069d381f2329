import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bench.load import Address, arrivals, closed, opened, percentile

ANSWER = b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}"


@asynccontextmanager
async def server(*, answer: bytes = ANSWER, seconds: float = 0.0) -> AsyncIterator[Address]:
    """A server that takes a line for a request, and its time to answer in two pieces."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            await asyncio.sleep(seconds)
            writer.write(answer[:20])
            await asyncio.sleep(0)
            writer.write(answer[20:])
        writer.close()

    serving = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with serving:
        yield serving.sockets[0].getsockname()


async def test_every_request_is_answered_once_whatever_the_number_of_connections() -> None:
    async with server() as address:
        measured = await closed(address, [b"scan\n"] * 50, connections=7)

    assert measured.statuses == {201: 50}
    assert len(measured.latencies) == 50


async def test_in_an_open_loop_waiting_for_a_connection_counts() -> None:
    async with server(seconds=0.02) as address:
        measured = await opened(address, [b"scan\n"] * 5, dues=[0.0] * 5, connections=1)

    assert max(measured.latencies) > 0.09


async def test_an_unexpected_answer_ends_the_measuring() -> None:
    async with server(answer=ANSWER.replace(b"201 Created", b"503 Away   ")) as address:
        measured = await closed(address, [b"scan\n"], connections=1)

    with pytest.raises(RuntimeError, match="503"):
        measured.expect(201)


def test_arrivals_come_by_chance_at_their_rate() -> None:
    moments = arrivals(10_000, rate=1_000, seed=1)

    assert moments == sorted(moments)
    assert moments[-1] == pytest.approx(10, rel=0.05)


def test_a_percentile_is_a_value_that_occurred() -> None:
    assert percentile([3, 1, 2, 4], 50) == 3
    assert percentile([3, 1, 2, 4], 99) == 4

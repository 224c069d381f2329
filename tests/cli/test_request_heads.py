"""What of a request no handler ever sees is bounded: by a real socket, in this process."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from litestar.types import Receive, Scope, Send

from cli import request_heads
from cli.listener import listen
from cli.request_heads import HEAD_BYTES_MAX, BoundedHeads

SHORT = b"GET / HTTP/1.1\r\nHost: a\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with how much it was sent; to /now at once."""
    length, more = 0, scope["path"] != "/now"
    while more:
        message: Any = await receive()
        if message["type"] == "http.disconnect":
            return
        length, more = length + len(message["body"]), message["more_body"]
    body = str(length).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body, "more_body": False})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    listener = listen("127.0.0.1", 0)
    config: Any = uvicorn.Config(_app, http=BoundedHeads, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve([listener]))
    yield listener.getsockname()[1]
    server.should_exit = True
    await serving


async def said(port: int, *pieces: bytes) -> bytes:
    """Everything that is answered until the connection ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        return await reader.read()
    except ConnectionError:
        return b"cut off"
    finally:
        writer.close()


async def test_a_head_of_the_usual_size_is_served_and_the_next_one_on_its_connection(port: int) -> None:
    close = SHORT + b"Connection: close\r\n\r\n"

    answer = await said(port, SHORT + b"\r\n" + CHUNKED, b"3\r\nabc\r\n0\r\nX-Trailer: a\r\n\r\n", close)

    assert answer.count(b"HTTP/1.1 200 OK") == 3


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * HEAD_BYTES_MAX + b" HTTP/1.1\r\n\r\n",
        SHORT + b"X: " + b"a" * HEAD_BYTES_MAX + b"\r\n\r\n",
        SHORT + b"X: a\r\n" * (HEAD_BYTES_MAX // 2) + b"\r\n",
    ],
    ids=["address", "header", "headers"],
)
async def test_a_head_that_is_too_large_is_refused(port: int, head: bytes) -> None:
    answer = await said(port, head)

    assert answer[:12] in {b"HTTP/1.1 400", b"HTTP/1.1 431", b"cut off"}


@pytest.mark.parametrize(
    "begun",
    [SHORT + b"X: ", CHUNKED + b"0\r\nX: ", CHUNKED + b"3;"],
    ids=["header", "trailer", "extension of a chunk"],
)
async def test_a_line_without_an_end_ends_the_connection(port: int, begun: bytes) -> None:
    answer = await said(port, begun, *[b"a" * 8_192] * (HEAD_BYTES_MAX // 8_192 + 8))

    assert b" 200 " not in answer


@pytest.mark.parametrize("begun", [b"", b"GET / HT", SHORT], ids=["nothing", "half a line", "one header"])
async def test_a_head_that_does_not_come_to_its_end_is_not_waited_for(
    port: int, begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_heads, "HEAD_SECONDS_MAX", 0.05)

    answer = await said(port, begun)

    assert answer.startswith(b"HTTP/1.1 408")


async def test_whoever_was_answered_is_not_listened_to_for_ever(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_heads, "LINGER_SECONDS_MAX", 0.05)

    answer = await said(port, CHUNKED.replace(b" / ", b" /now "), b"3\r\nabc\r\n")

    assert answer.startswith(b"HTTP/1.1 200")

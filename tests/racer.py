"""The racer: many requests to the last byte, and then that byte of all of them together."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec

CONNECT_AT_ONCE = 100


class Request(msgspec.Struct, frozen=True):
    """A write as it goes over the wire."""

    path: str
    body: Any
    token: str
    key: str = ""
    proof: str = ""

    def wire(self, host: str) -> bytes:
        """Its bytes, the last of which the racer holds back."""
        content = json.dumps(self.body).encode()
        lines = [
            f"POST {self.path} HTTP/1.1",
            f"Host: {host}",
            "Content-Type: application/json",
            f"Content-Length: {len(content)}",
            f"Authorization: Bearer {self.token}",
            f"Idempotency-Key: {self.key or uuid4()}",
            "Connection: close",
        ]
        if self.proof:
            lines.append(f"DPoP: {self.proof}")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


class Answer(msgspec.Struct, frozen=True):
    """What came back; status 0 when nothing did."""

    status: int
    headers: dict[str, str] = {}
    content: bytes = b""

    def json(self) -> Any:
        return json.loads(self.content)


async def race(origin: str, requests: Sequence[Request]) -> list[Answer]:
    """Send them all at once; the answers in the order of the requests."""
    place = urlsplit(origin)
    gate, limit = asyncio.Event(), asyncio.Semaphore(CONNECT_AT_ONCE)
    waiting = [asyncio.Event() for _ in requests]

    async def run(request: Request, ready: asyncio.Event) -> Answer:
        try:
            async with limit:
                reader, writer = await asyncio.open_connection(place.hostname, place.port)
                wire = request.wire(place.netloc)
                writer.write(wire[:-1])
                await writer.drain()
        finally:
            ready.set()
        await gate.wait()
        try:
            writer.write(wire[-1:])
            return _answer(await reader.read())
        except ConnectionError:
            return Answer(0)
        finally:
            writer.close()

    runs = [asyncio.create_task(run(*pair)) for pair in zip(requests, waiting, strict=True)]
    for ready in waiting:
        await ready.wait()
    gate.set()
    return await asyncio.gather(*runs)


def statuses(answers: Sequence[Answer]) -> dict[int, int]:
    """How many answers had each status."""
    return dict(Counter(answer.status for answer in answers))


def _answer(raw: bytes) -> Answer:
    head, _, content = raw.partition(b"\r\n\r\n")
    if not head:
        return Answer(0)
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    if headers.get("transfer-encoding") == "chunked":
        content = _joined(content)
    return Answer(int(first.split(" ", 2)[1]), headers, content)


def _joined(content: bytes) -> bytes:
    """The pieces of a chunked body put together."""
    whole = b""
    while content:
        size, _, rest = content.partition(b"\r\n")
        length = int(size, 16)
        whole, content = whole + rest[:length], rest[length + 2 :]
    return whole

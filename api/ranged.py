"""Ranged answers: any part of a file that is computed as it is sent, at the pace of whoever reads it."""

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Literal

import msgspec
from litestar import Request, Response
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Send

from api.problems import answer
from core.refusals import DomainError

# So long a chunk may take to leave; whoever reads more slowly than that comes again for the rest.
STALL_SECONDS: Final = 30.0
_RANGE: Final = re.compile(r"bytes=(?:(\d{1,19})-(\d{0,19})|-(\d{1,19}))")

# However many read at once, scans find the rest of the machine free.
_threads = ThreadPoolExecutor(2, thread_name_prefix="print")

Chunks = Iterator[bytes]
Served = Callable[[int], Awaitable[None]]


class RangeNotSatisfiable(DomainError):
    slug = "range_not_satisfiable"
    title = "The file has no such bytes, or more than one range was asked for"
    status = 416


class Part(msgspec.Struct, frozen=True):
    """Bytes `start` up to, not including, `stop` of a file of so many; 206 answers whoever asked for a part."""

    start: int
    stop: int
    size: int
    status: Literal[200, 206]


def part_of(request: Request[Any, Any, Any], *, size: int, etag: str) -> Part | None:
    """The part that a request asks for, all of it where it asks for none; None when there is no such part."""
    asked = request.headers.get("range", "")
    condition = request.headers.get("if-range")
    # A unit that is not ours, or a part of what has become another file: both get all of it.
    if not asked.startswith("bytes=") or condition not in (None, etag):
        return Part(0, size, size, 200)
    said = _RANGE.fullmatch(asked.replace(" ", ""))
    if said is None:
        return None
    first, last, suffix = said.groups()
    if suffix is not None:
        start, stop = max(size - int(suffix), 0), size
    else:
        start, stop = int(first), min(int(last) + 1, size) if last else size
    return Part(start, stop, size, 206) if start < stop else None


def beyond(request: Request[Any, Any, Any], *, size: int) -> Response[bytes]:
    """The refusal of a part that is not there, which says how long the file is."""
    refused = answer(request, RangeNotSatisfiable(size=size))
    refused.headers["Content-Range"] = f"bytes */{size}"
    refused.headers["Accept-Ranges"] = "bytes"
    return refused


def attached(name: str) -> dict[str, str]:
    """What keeps a browser from showing a file instead of keeping it."""
    return {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}


def headers(part: Part, *, etag: str) -> dict[str, str]:
    """What an answer says of the part that it holds."""
    said = {"Accept-Ranges": "bytes", "Content-Length": str(part.stop - part.start), "ETag": etag}
    return said if part.status == 200 else said | {"Content-Range": f"bytes {part.start}-{part.stop - 1}/{part.size}"}


class Paced(Response[bytes]):
    """Chunks, each computed in a thread once the last one has left; `served` hears in the end how many bytes left."""

    def __init__(
        self,
        chunks: Chunks,
        *,
        served: Served,
        media_type: str,
        headers: dict[str, str],
        status_code: int = 200,
        room: asyncio.Semaphore | None = None,
    ) -> None:
        super().__init__(b"", media_type=media_type, headers=headers, status_code=status_code)
        self._chunks, self._served, self._room = chunks, served, room

    def to_asgi_response(self, app: Any, request: Request[Any, Any, Any], **options: Any) -> ASGIResponse:  # noqa: ARG002
        """As the framework asks for it."""
        return _PacedASGI(
            self._chunks,
            self._served,
            self._room,
            headers=self.headers,
            media_type=str(self.media_type),
            status_code=self.status_code,
            is_head_response=options.get("is_head_response", False),
        )


class _PacedASGI(ASGIResponse):
    _should_set_content_length = False

    def __init__(self, chunks: Chunks, served: Served, room: asyncio.Semaphore | None, **options: Any) -> None:
        super().__init__(**options)
        self._chunks, self._served, self._room = chunks, served, room

    async def send_body(self, send: Send, receive: Receive) -> None:
        """Send chunk by chunk, until all have left, or until the reader has left or stands still."""
        gone = asyncio.create_task(_left(receive))
        self._sent = 0
        try:
            async with self._room or contextlib.nullcontext():
                await self._send(send, gone)
        finally:
            gone.cancel()
            await asyncio.shield(self._served(self._sent))

    async def _send(self, send: Send, gone: "asyncio.Task[None]") -> None:
        loop = asyncio.get_running_loop()
        while chunk := await loop.run_in_executor(_threads, next, self._chunks, b""):
            try:
                async with asyncio.timeout(STALL_SECONDS):
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
            except TimeoutError:
                # An answer that is left unfinished tells the server to close the connection.
                return
            if gone.done():
                return
            self._sent += len(chunk)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _left(receive: Receive) -> None:
    """Return when the reader has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass

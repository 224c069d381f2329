"""The heads of requests, bounded: uvicorn's protocol with limits on what of a request no handler ever sees."""

import asyncio
from itertools import chain

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from api.bodies import BODY_IS_HERE

# The first line with its address, and the headers.
HEAD_BYTES_MAX = 32_768
HEAD_SECONDS_MAX = 20.0
# Whoever was answered before he has sent everything may hear it, and is not listened to for ever.
LINGER_SECONDS_MAX = 5.0


class HeadTooLarge(Exception):
    """The parser takes it for a head that cannot be read; the connection ends with 400."""


class BoundedHeads(HttpToolsProtocol):
    """Whoever sends a head without an end, or a byte of it now and then, costs a socket for seconds and nothing else.

    How large and how slow a body may be is the application's affair.
    """

    # From the start of a connection, and of each further request, to the end of its head.
    _head_arriving = True
    _body_arriving = False
    _answering = False
    # What the parser keeps to itself: an unfinished line of a head, of a trailer, of a chunk's extension.
    _unseen_bytes = 0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._end_in(HEAD_SECONDS_MAX, 408)

    def data_received(self, data: bytes) -> None:
        self._unseen_bytes += len(data)
        super().data_received(data)
        if self._unseen_bytes > HEAD_BYTES_MAX:
            self._end(431)
        elif self._head_arriving and self._deadline is None:
            self._end_in(HEAD_SECONDS_MAX, 408)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_arriving = True

    def on_header(self, name: bytes, value: bytes) -> None:
        # Behind a body they are trailers, which nothing of ours reads.
        if self._head_arriving:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._head_arriving, self._body_arriving = False, True
        self._unseen_bytes = 0
        self._forget_deadline()
        if len(self.url) + sum(map(len, chain.from_iterable(self.headers))) > HEAD_BYTES_MAX:
            raise HeadTooLarge
        self._answering = True
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._unseen_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._body_arriving = False
        self.scope[BODY_IS_HERE] = True  # type: ignore[typeddict-unknown-key]
        self._unseen_bytes = 0
        self._forget_deadline()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self._answering = False
        super().on_response_complete()
        if self._body_arriving:
            self._end_in(LINGER_SECONDS_MAX, None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_deadline()
        super().connection_lost(exc)

    def _end_in(self, seconds: float, status: int | None) -> None:
        self._forget_deadline()
        self._deadline = self.loop.call_later(seconds, self._end, status)

    def _end(self, status: int | None) -> None:
        if self.transport.is_closing():
            return
        # Behind the beginning of another answer this one would be a part of it.
        if status is not None and not self._answering:
            self.transport.write(STATUS_LINE[status] + b"content-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

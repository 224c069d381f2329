"""Hot routes: Litestar's own, without what it does for every handler and ours can do without."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import HTTPRouteHandler
from litestar.types import Receive, Scope, Send

_JSON = (b"content-type", b"application/json")


class HotRoute(HTTPRouteHandler):
    """Litestar copies the handler, all of its sixty slots, for each guard of each request; ours only read it."""

    async def authorize_connection(self, connection: ASGIConnection[Any, Any, Any, Any]) -> None:
        for guard in self.resolve_guards():
            await guard(connection, self)  # type: ignore[misc]


class HotAnswer:
    """An answer whose bytes are ready, which Litestar sends as it is."""

    __slots__ = ("_body", "_headers", "_status")

    def __init__(self, status: int, body: bytes, *headers: tuple[bytes, bytes]) -> None:
        self._status = status
        self._body = body
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as ASGI calls it.
        headers = [_JSON, (b"content-length", str(len(self._body)).encode()), *self._headers]
        await send({"type": "http.response.start", "status": self._status, "headers": headers})
        await send({"type": "http.response.body", "body": self._body, "more_body": False})

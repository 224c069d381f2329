"""The access log: one line a request with method, route, status, time and id; nothing of what was said."""

import time
from functools import lru_cache
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from api import denials
from core import metrics
from core.ids import uuid7
from core.log import AccessLine, write_access

_NO_STORE = (b"cache-control", b"no-store")


def access_log(app: ASGIApp) -> ASGIApp:
    """ASGI middleware around everything; an answer that does not say who may keep it is kept by nobody."""

    async def logged(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = uuid7().hex
        scope["state"]["trace_id"] = request_id
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message["headers"], (b"x-request-id", request_id.encode())]
                if not any(name == b"cache-control" for name, _ in headers):
                    headers.append(_NO_STORE)
                message["headers"] = headers
            await send(message)

        try:
            await app(scope, receive, sending)
        finally:
            seconds = time.perf_counter() - started
            route = str(scope.get("path_template") or "unknown")
            method: Any = scope["method"]
            _seconds(method, route, status).observe(seconds)
            write_access(AccessLine(method, route, status, round(seconds * 1000, 1), request_id, time.time()))
            await denials.write_down(scope, method=method, route=route)

    return logged


@lru_cache(maxsize=4_096)
def _seconds(method: str, route: str, status: int) -> Any:
    return metrics.requests.labels(method, route, status)

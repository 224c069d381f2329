"""The handler of a hot route: it asks its guards as Litestar does, and spares each of them a copy of itself."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import HTTPRouteHandler


class HotRoute(HTTPRouteHandler):
    """Litestar copies the handler, all of its sixty slots, for each guard of each request; ours only read it."""

    async def authorize_connection(self, connection: ASGIConnection[Any, Any, Any, Any]) -> None:
        for guard in self.resolve_guards():
            await guard(connection, self)  # type: ignore[misc]

"""Who calls: an agent's phone, the holder of an access key, or anybody; a route says which, or it does not start."""

import time
from collections.abc import Awaitable, Callable
from typing import Any, cast

from litestar import Litestar, Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler

from api.process import process_of
from api.read_only import refuse_writes
from core.access import Holder, KeyHolder, Scope, holder_of
from core.refusals import Forbidden, Unauthorized
from referrals.devices import AgentCaller, turned_away

Connection = ASGIConnection[Any, Any, Any, Any]
Guard = Callable[[Connection, BaseRouteHandler], Awaitable[None]]

REMEMBERED_SECONDS = 3
_REMEMBERED_MAX = 50_000

# A revoked token is known everywhere within the seconds that it is remembered here.
_remembered: dict[str, tuple[float, AgentCaller | KeyHolder]] = {}


async def anybody(_connection: Connection, handler: BaseRouteHandler) -> None:
    """A public route: nobody has to say who he is."""
    await refuse_writes(handler)


async def agents(connection: Connection, handler: BaseRouteHandler) -> None:
    """A route for agents: `Authorization: Bearer npa_…`, or DPoP with the same token."""
    await refuse_writes(handler)
    connection.scope["state"]["caller"] = await _known(
        _token(connection), process_of(connection).agents.submit, AgentCaller
    )


class Named:
    """What every guard of ours is that asks for a scope; None asks only that the caller is known."""

    def __init__(self, scope: Scope | None) -> None:
        self.scope = scope


class Scoped(Named):
    """A route for holders of access keys whose role has a scope."""

    scope: Scope

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)

    async def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None:
        await refuse_writes(handler)
        holder = await _known(_token(connection), holder_of, KeyHolder)
        if self.scope not in holder.scopes:
            raise Forbidden(scope=self.scope.value)
        connection.scope["state"]["caller"] = holder


def agent_of(request: Request[Any, Any, Any]) -> AgentCaller:
    """The agent whose token this request carried."""
    return cast("AgentCaller", request.scope["state"]["caller"])


def holder(request: Request[Any, Any, Any]) -> Holder:
    """The holder of the access key that this request carried, or the person whose session it belongs to."""
    return cast("Holder", request.scope["state"]["caller"])


def who(request: Request[Any, Any, Any]) -> str:
    """The caller in one word, for what is scoped by him; never a token."""
    caller = request.scope["state"].get("caller")
    if isinstance(caller, AgentCaller):
        return f"agent:{caller.agent_id}"
    return caller.who if isinstance(caller, Holder) else "anybody"


def bearer(request: Request[Any, Any, Any]) -> str:
    """The token as it came, for what has to be bound to it."""
    return _token(request)


def refuse_unguarded(app: Litestar) -> None:
    """Default deny: a route that names none of these guards stops the start."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if isinstance(handler, HTTPRouteHandler) and not _guarded(handler):
                raise RuntimeError(f"{sorted(handler.http_methods)} {route.path} does not say who may call it")


def forget() -> None:
    """Forget every remembered token."""
    _remembered.clear()


def _guarded(handler: HTTPRouteHandler) -> bool:
    ours = [guard for guard in handler.resolve_guards() if guard in (anybody, agents) or isinstance(guard, Named)]
    return bool(ours) or handler.http_methods == {"OPTIONS"} or "litestar" in handler.fn.__module__


def _token(connection: Connection) -> str:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() not in {"bearer", "dpop"} or not token or len(token) > 128:
        raise Unauthorized
    return token


async def _known(token: str, find: Callable[[str], Awaitable[Any]], kind: type[AgentCaller | KeyHolder]) -> Any:
    now = time.monotonic()
    remembered = _remembered.get(token)
    if remembered is not None and remembered[0] > now:
        caller: Any = remembered[1]
    else:
        caller = await find(token)
        if caller is None:
            raise await turned_away(token)
        if len(_remembered) > _REMEMBERED_MAX:
            _remembered.clear()
        _remembered[token] = (now + REMEMBERED_SECONDS, caller)
    if not isinstance(caller, kind):
        raise Unauthorized
    return caller

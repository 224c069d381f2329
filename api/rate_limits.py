"""Rate limits as the IETF's draft tells them: what a caller may have, what he has left, when he has it all again.

They stand on the routes that are limited by the hour, and on every 429 of a limit; other answers cost nothing for it.
"""

from typing import Any

from litestar import Litestar, Request, Response
from litestar.datastructures import ResponseHeader
from litestar.handlers import HTTPRouteHandler

from core.limits import Allowance

POLICY, LEFT = "RateLimit-Policy", "RateLimit"
POLICY_MEANS = 'The limit, how many tries it gives, and in how many seconds: `"enrol";q=200;w=3600`.'
LEFT_MEANS = 'How many tries are left, and in how many seconds all of them are there again: `"enrol";r=199;t=18`.'
# What a route says of itself whose success tells what is left, too.
TOLD = [
    ResponseHeader(name=name, description=means, documentation_only=True)
    for name, means in ((POLICY, POLICY_MEANS), (LEFT, LEFT_MEANS))
]


def headers(allowance: Allowance) -> dict[str, str]:
    """The two fields of draft-ietf-httpapi-ratelimit-headers."""
    return {
        POLICY: f'"{allowance.limit}";q={allowance.most};w={allowance.window_seconds}',
        LEFT: f'"{allowance.limit}";r={allowance.left};t={allowance.whole_in_seconds}',
    }


def telling(app: Litestar) -> set[str]:
    """The operations whose success tells what is left."""
    handlers = (handler for route in app.routes for handler in getattr(route, "route_handlers", []))
    return {
        str(handler.operation_id)
        for handler in handlers
        if isinstance(handler, HTTPRouteHandler) and set(TOLD) <= handler.resolve_response_headers()
    }


def remember(request: Request[Any, Any, Any], allowance: Allowance | None) -> None:
    """Keep what a try has left, for the answer of the same request."""
    request.scope["state"]["allowance"] = allowance


def tell(request: Request[Any, Any, Any], answer: Response[bytes]) -> Response[bytes]:
    """The answer with what is left; a repetition costs no try and says nothing of them."""
    allowance: Allowance | None = request.scope["state"].get("allowance")
    if allowance is not None:
        answer.headers.update(headers(allowance))
    return answer

"""Empty endpoints, served as the API is: what Litestar costs before anybody does anything.

`dressed` is our application with one empty route for all of its own: our middleware, our problems, our start.
`bare` is Litestar alone.
"""

import sys

from litestar import Litestar, post
from litestar.types import ControllerRouterHandler

from api import app
from api.callers import anybody
from cli.__main__ import main
from core.settings import Settings


async def nothing() -> None:
    """Answer, and do nothing."""


def bare(settings: Settings | None = None) -> Litestar:  # noqa: ARG001 - in the shape of what it stands for.
    """Litestar with the route and nothing else."""
    return Litestar([post("/v1/scans", status_code=201)(nothing)], openapi_config=None, logging_config=None)


def serve(kind: str, *words: str) -> None:
    """Put the empty endpoint in the place of the application, and let our own command serve it as it serves ours."""
    if kind == "bare":
        app.create_app = bare
    else:
        # Anybody may call it, which is a guard as well.
        empty: list[ControllerRouterHandler] = [post("/v1/scans", guards=[anybody], status_code=201)(nothing)]
        app.ROUTES = empty
    sys.argv[1:] = ["api", *words]
    main()


if __name__ == "__main__":
    serve(*sys.argv[1:])

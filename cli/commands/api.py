"""Serve the HTTP API, as one process."""

import argparse

from cli.environment import enter
from cli.listener import inherited, listen
from cli.options import add_data, number

# A proxy or the supervisor asks once, and insists some seconds later: streams that stay open are cut before that.
GRACE_SECONDS = 3


def describe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--port", type=number(0, 65535), default=8000, metavar="N", help="port; 0 picks one (default: %(default)s)"
    )
    where.add_argument(
        "--fd", type=number(3, 65535), metavar="N", help="serve a listening socket that the parent passes down"
    )
    add_data(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    enter(options.data)

    import uvicorn

    from cli.request_heads import BoundedHeads
    from core import keys, settings

    # Asked before there is a server, whose own words for a refused setting fill a page.
    keys.load(settings.load())
    listener = listen(options.host, options.port) if options.fd is None else inherited(options.fd)
    server = uvicorn.Server(
        uvicorn.Config(
            "api.app:create_app",
            factory=True,
            loop="uvloop",
            http=BoundedHeads,
            ws="none",
            lifespan="on",
            # Our own access line knows what must not be logged, and our own allow-list who may speak for a caller.
            access_log=False,
            log_config=None,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )
    server.run(sockets=[listener])

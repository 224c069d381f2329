"""Run everything on this machine: PostgreSQL, Valkey, API, workers, a demo program and its story."""

import argparse
from pathlib import Path

from cli.environment import DEFAULT_DATA
from cli.options import number


def describe(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Run everything on this machine, not for production: PostgreSQL and Valkey with their data in a folder, "
        "migrations, API processes, workers. Prints one line, `ready http://...`, when it serves, then tells the "
        "demo's story. Stays until SIGTERM or Ctrl-C and leaves nothing running. A second start finds its data."
    )
    parser.add_argument(
        "--data", type=Path, default=DEFAULT_DATA, metavar="DIR", help="where everything is kept (default: %(default)s)"
    )
    parser.add_argument(
        "--port", type=number(0, 65535), default=8000, metavar="N", help="port; 0 picks one (default: %(default)s)"
    )
    parser.add_argument(
        "--api", type=number(1, 64), default=1, metavar="N", help="API processes on that port (default: %(default)s)"
    )
    parser.add_argument(
        "--workers", type=number(0, 64), default=1, metavar="N", help="worker processes (default: %(default)s)"
    )
    parser.add_argument("--no-demo", dest="demo", action="store_false", help="no demo program, no story")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    from cli.up import up

    up(options.data, port=options.port, api=options.api, workers=options.workers, demo=options.demo)

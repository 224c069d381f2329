"""Fill a running installation with the demo program and tell its story; `up` does this."""

import argparse
from pathlib import Path


def describe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--origin", required=True, metavar="URL", help="where the API is")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the data folder of `naparnik up`")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    from cli.demo import run as tell

    tell(options.origin, options.data)

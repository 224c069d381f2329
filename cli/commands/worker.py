"""Credit what was accepted, and do all other work in the background, as one process."""

import argparse

from cli.environment import enter
from cli.options import add_data


def describe(parser: argparse.ArgumentParser) -> None:
    add_data(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    enter(options.data)

    from workers.main import run as work

    work()

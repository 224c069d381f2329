"""Bring the database's schema up to date; several may be started at once."""

import argparse
import asyncio

from cli.environment import enter
from cli.options import add_data


def describe(parser: argparse.ArgumentParser) -> None:
    add_data(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    enter(options.data)

    from core import settings
    from core.migrate import migrate

    for migration in asyncio.run(migrate(settings.load())):
        print(migration)

"""Say that a backup was restored: phones learn of it and send again what they kept."""

import argparse

from cli.connected import connected
from cli.options import add_data


def describe(parser: argparse.ArgumentParser) -> None:
    add_data(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int | None:
    return connected(options.data, _begin_epoch)


async def _begin_epoch() -> None:
    from core.epoch import begin_epoch

    print(f"epoch {await begin_epoch(by='naparnik restored')}")

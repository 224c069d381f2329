"""Say that a backup was restored: what was destroyed is destroyed again, and phones send again what they kept."""

import argparse

from cli.connected import connected
from cli.options import add_data


def describe(parser: argparse.ArgumentParser) -> None:
    add_data(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int | None:
    return connected(options.data, _begin_anew)


async def _begin_anew() -> None:
    from codes import voids
    from core import customer_peppers, destroyed
    from core.epoch import begin_epoch

    again = await destroyed.apply()
    print(f"keys destroyed again: {again.get(voids.KIND, 0)} of batches")
    print(f"versions of the customer pepper destroyed again: {again.get(customer_peppers.KIND, 0)}")
    print(f"epoch {await begin_epoch(by='naparnik restored')}")

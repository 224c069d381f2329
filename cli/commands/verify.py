"""Prove over the whole database that the books are right; name what is wrong and exit with 1."""

import argparse
from functools import partial

from cli.connected import connected
from cli.options import add_data


def describe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--freeze", action="store_true", help="stop spending of whatever a proof fails for, as the schedule does"
    )
    add_data(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int | None:
    return connected(options.data, partial(_verify, freeze=options.freeze))


async def _verify(*, freeze: bool) -> int:
    from core import proofs
    from workers.chores import PROOFS

    verdicts = await proofs.run(PROOFS)
    for verdict in verdicts:
        print(f"{'holds' if verdict.holds else 'BROKEN':<6} {verdict.seconds:7.2f} s  {verdict.name}")
        for breach in verdict.breaches:
            print(f"{'':18}{breach.subject}: {breach.detail}{f' ({breach.asset})' if breach.asset else ''}")
    failed = [verdict for verdict in verdicts if not verdict.holds]
    print(f"{len(verdicts) - len(failed)} of {len(verdicts)} proofs hold")
    if failed and freeze:
        for switch in await proofs.freeze(failed, by="naparnik verify"):
            print(f"thrown: {switch}")
    return 1 if failed else 0

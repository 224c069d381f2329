"""Issue packaging codes to a file, and say what is known about one."""

import argparse
from pathlib import Path

from cli.options import add_data, number
from cli.refusals import CannotStart


def describe(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(required=True, metavar="COMMAND", title="commands")

    issue = words.add_parser("issue", help="write new codes, one a line")
    issue.add_argument(
        "--count", type=number(1, 10**10), default=1, metavar="N", help="how many (default: %(default)s)"
    )
    issue.add_argument("--out", type=Path, metavar="FILE", help="where to (default: standard output)")
    issue.add_argument("--batch", metavar="ID", help="the batch they belong to (default: a new one)")
    add_data(issue)
    issue.set_defaults(run=run_issue)

    inspect = words.add_parser("inspect", help="say whether a code is ours, and its batch, number and state")
    inspect.add_argument("code", metavar="CODE", help="as printed, with or without separators")
    add_data(inspect)
    inspect.set_defaults(run=run_inspect)


def run_issue(_options: argparse.Namespace) -> int:
    raise CannotStart("code issue is not built yet")


def run_inspect(_options: argparse.Namespace) -> int:
    raise CannotStart("code inspect is not built yet")

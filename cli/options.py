"""Options that several commands share."""

import argparse
from collections.abc import Callable
from pathlib import Path


def add_data(parser: argparse.ArgumentParser) -> None:
    """Let the command find the servers that `naparnik up` runs."""
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="speak to the servers `naparnik up --data DIR` runs (default: the NAPARNIK_* variables, else .naparnik)",
    )


def number(least: int, most: int) -> Callable[[str], int]:
    """A whole number between two bounds, for `type=`."""

    def parse(text: str) -> int:
        value = int(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{value} is not between {least} and {most}")
        return value

    return parse

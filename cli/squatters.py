"""Server processes that still work in a data folder, left over from a start that was killed."""

import time
from collections.abc import Iterator
from pathlib import Path

from cli.refusals import CannotStart

SECONDS_MAX = 10.0


class DataOccupied(CannotStart):
    """A server we did not start keeps working on the data."""


def await_none_in(folder: Path, *, program: str) -> None:
    """Wait for orphans in the folder to end, as they do once they notice that their parent is gone."""
    until = time.monotonic() + SECONDS_MAX
    while left := list(_working_in(folder, program)):
        if time.monotonic() > until:
            raise DataOccupied(f"{program} still works on {folder}, as process {', '.join(left)}: stop it first")
        time.sleep(0.02)


def _working_in(folder: Path, program: str) -> Iterator[str]:
    # A server stands in its data folder all its life. A zombie stands nowhere, and a stranger that was given the number
    # of a dead server stands elsewhere: so this cannot be fooled the way a file with a number in it can.
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "comm").read_text().strip() == program and (process / "cwd").samefile(folder):
                yield process.name
        except OSError:
            continue

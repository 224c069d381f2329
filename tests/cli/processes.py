"""The processes below one process, and whether they are still there."""

import time
from pathlib import Path

import msgspec


class Seen(msgspec.Struct, frozen=True):
    """A process and the moment it started, which together belong to nobody else."""

    pid: int
    started: str

    def lives(self) -> bool:
        fields = _stat(self.pid)
        return fields is not None and fields[19] == self.started and fields[0] != "Z"

    def parent(self) -> int:
        return int((_stat(self.pid) or ["", "0"])[1])

    def command(self) -> str:
        """Its command line; empty once it has ended."""
        try:
            return Path(f"/proc/{self.pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            return ""


def descendants(pid: int) -> set[Seen]:
    """All living processes below one, however deep."""
    parents = {int(entry.name): fields for entry in Path("/proc").glob("[0-9]*") if (fields := _stat(int(entry.name)))}
    below: set[int] = set()
    while found := {child for child, fields in parents.items() if int(fields[1]) in below | {pid}} - below:
        below |= found
    return {Seen(child, parents[child][19]) for child in below if parents[child][0] != "Z"}


def left_after(seconds: float, *, of: set[Seen]) -> set[Seen]:
    """Which of them still live when the seconds are over; sooner when none does."""
    until = time.monotonic() + seconds
    while (left := {process for process in of if process.lives()}) and time.monotonic() < until:
        time.sleep(0.02)
    return left


def _stat(pid: int) -> list[str] | None:
    """What the kernel says of a process, from its state on; the name before it may hold spaces."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None

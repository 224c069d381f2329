"""Destroyed keys: written down outside the database before they are gone, and destroyed again after a restore."""

import asyncio
import os
import socket
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import msgspec
import structlog

from core.refusals import Unavailable

_SUFFIX = ".log"
_FILE_MODE = 0o600

_log = structlog.get_logger()

# Destroys those of the keys that are there, and tells how many were.
Destroy = Callable[[Sequence[UUID]], Awaitable[int]]

_ways: dict[str, Destroy] = {}
_folder: Path | None = None


class DestructionUnlogged(Unavailable):
    slug = "destruction_unlogged"
    title = "The log of destroyed keys cannot be written; nothing was destroyed"


class Destroyed(msgspec.Struct, frozen=True):
    """One line of the log: which key, and when it was decided that it goes."""

    at: datetime
    kind: str
    id: UUID


def keep_in(folder: str) -> None:
    """Say in which folder this process keeps the log; without one it destroys nothing."""
    global _folder  # noqa: PLW0603 - one folder a process, set once at its start.
    _folder = Path(folder) if folder else None


def destroys(kind: str) -> Callable[[Destroy], Destroy]:
    """Mark the function that destroys keys of a kind which a backup has brought back."""

    def mark(way: Destroy) -> Destroy:
        _ways[kind] = way
        return way

    return mark


async def record(kind: str, key_id: UUID) -> None:
    """Write down, for good, that a key goes: the last step before its transaction commits. DestructionUnlogged.

    What is written is decided: if the commit fails, the next start destroys the key all the same.
    """
    await asyncio.to_thread(_append, Destroyed(datetime.now(UTC), kind, key_id))


async def apply() -> dict[str, int]:
    """Destroy again whatever the log names and the database still has; tells how many keys of each kind that were."""
    by_kind: dict[str, list[UUID]] = defaultdict(list)
    for one in await asyncio.to_thread(lambda: list(_read())):
        by_kind[one.kind].append(one.id)
    # A kind that nobody here can destroy is an error of the program, not something to pass over.
    found = {kind: await _ways[kind](ids) for kind, ids in by_kind.items()}
    if any(found.values()):
        _log.warning("destroyed.again", **{kind.replace(" ", "_"): count for kind, count in found.items()})
    return found


def _append(destroyed: Destroyed) -> None:
    if _folder is None:
        raise DestructionUnlogged(detail="NAPARNIK_DESTROYED_LOG names no folder")
    # A file for each machine: appending to a shared one is whole only where its disk is.
    file = _folder / f"{socket.gethostname()}{_SUFFIX}"
    try:
        _folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_durably(file, msgspec.json.encode(destroyed))
        _make_durable(_folder)
    except OSError as failed:
        raise DestructionUnlogged(detail=f"the log of destroyed keys: {failed.strerror}") from failed


def _write_durably(file: Path, line: bytes) -> None:
    out = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, _FILE_MODE)
    try:
        # The line's own break comes first: after a torn line, the next one still begins anew.
        if os.write(out, b"\n" + line + b"\n") != len(line) + 2:
            raise OSError(0, "a line was written in part")
        os.fsync(out)
    finally:
        os.close(out)


def _make_durable(folder: Path) -> None:
    """A new file's name is on the disk only once its folder is."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _read() -> Iterator[Destroyed]:
    if _folder is None:
        return
    for file in sorted(_folder.glob(f"*{_SUFFIX}")):
        for line in filter(None, file.read_bytes().splitlines()):
            try:
                yield msgspec.json.decode(line, type=Destroyed)
            except msgspec.MsgspecError:
                # Only a write that failed leaves half a line, and nothing was destroyed after that one.
                _log.error("destroyed.unreadable", file=file.name)

"""Photos: pictures of labels and receipts, looked at by child processes that may die of them."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec
import structlog

from core.coalescer import QueueFull
from core.refusals import DomainError, Unprocessable
from core.sightings import KINDS, LENGTH, TASKS, Kind, Seen, Sighting, Task, kind_of

_log = structlog.get_logger()

_ROOT: Final = Path(__file__).resolve().parents[1]
# The kernel ends a reader that works for long; one that has no turn for so long is on a machine with too much to do.
_SECONDS_MAX: Final = 12.0
_TOLD_BYTES_MAX: Final = 2_000_000
_AT_ONCE_EACH: Final = 2
# Whatever a photo may have done to a reader ends with it.
_PHOTOS_PER_READER: Final = 200


class UnsupportedPhoto(DomainError):
    slug = "unsupported_photo"
    title = "A photo is a JPEG, a PNG or a WebP"
    status = 415


class PhotoUnreadable(Unprocessable):
    slug = "photo_unreadable"
    title = "This photo cannot be opened"


class PhotoTooLarge(DomainError):
    slug = "photo_too_large"
    title = "This photo has more pixels than are looked at"
    status = 413


class NothingRead(Unprocessable):
    slug = "nothing_read"
    title = "No code can be read on this photo"


_REFUSALS: Final[dict[str, type[DomainError]]] = {
    "unreadable": PhotoUnreadable,
    "too_many_pixels": PhotoTooLarge,
}


class _Reader(msgspec.Struct):
    """A child that reads photos, and how many it has had."""

    process: Process
    photos: int = 0


class Photos:
    """So many readers, started when they are needed, and so many places for photos that are on their way to them."""

    def __init__(self, *, readers: int, places: int) -> None:
        self._turns = asyncio.Semaphore(readers)
        self._places = places
        self._inside: Counter[UUID] = Counter()
        self._idle: list[_Reader] = []

    @contextmanager
    def place(self, agent_id: UUID) -> Iterator[None]:
        """A place for a photo, taken before a byte of it is read; QueueFull when all are taken, or too many by one."""
        if self._inside.total() >= self._places or self._inside[agent_id] >= _AT_ONCE_EACH:
            raise QueueFull
        self._inside[agent_id] += 1
        try:
            yield
        finally:
            self._inside[agent_id] -= 1
            if not self._inside[agent_id]:
                del self._inside[agent_id]

    async def look(self, photo: bytes | bytearray, *, all_of_them: bool = False) -> tuple[Sighting, ...]:
        """The codes on a photo; UnsupportedPhoto, PhotoUnreadable, PhotoTooLarge, NothingRead or QueueFull.

        One that is found at once is taken for the one that was meant, unless all of them are asked for.
        """
        seen = await self._seen("search" if all_of_them else "look", photo)
        if not seen.sightings:
            raise NothingRead
        return seen.sightings

    async def copy(self, photo: bytes | bytearray) -> bytes:
        """A smaller JPEG of what is to be seen on a photo and of nothing else; the same refusals."""
        seen = await self._seen("copy", photo)
        if seen.copy is None:
            raise PhotoUnreadable
        return seen.copy

    async def _seen(self, task: Task, photo: bytes | bytearray) -> Seen:
        kind = kind_of(bytes(photo[:12]))
        if kind is None:
            raise UnsupportedPhoto
        async with self._turns:
            seen = await self._ask(task, kind, photo)
        if seen.refused is not None:
            raise _REFUSALS[seen.refused]
        return seen

    async def close(self) -> None:
        """End the readers that wait for photos."""
        while self._idle:
            await _end(self._idle.pop())

    async def _ask(self, task: Task, kind: Kind, photo: bytes | bytearray) -> Seen:
        reader = self._idle.pop() if self._idle else _Reader(await _start())
        try:
            seen = await asyncio.wait_for(_exchange(reader.process, task, kind, photo), _SECONDS_MAX)
        except TimeoutError:
            await _end(reader)
            raise QueueFull from None
        except (OSError, EOFError, msgspec.MsgspecError):
            # It died of the photo, or talks nonsense: another one serves the next photo.
            await _end(reader)
            _log.warning("photo.reader_died", status=reader.process.returncode, photos=reader.photos)
            return Seen(refused="unreadable")
        except asyncio.CancelledError:
            reader.process.kill()
            raise
        reader.photos += 1
        if reader.photos < _PHOTOS_PER_READER:
            self._idle.append(reader)
        else:
            await _end(reader)
        return seen


async def _start() -> Process:
    """A reader with nothing of our environment, where secrets may stand."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "core.photo_reader",
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        cwd="/",
        env={"PYTHONPATH": str(_ROOT)},
    )


async def _exchange(process: Process, task: Task, kind: Kind, photo: bytes | bytearray) -> Seen:
    if process.stdin is None or process.stdout is None:
        raise EOFError
    process.stdin.writelines((bytes((KINDS.index(kind), TASKS.index(task))), LENGTH.pack(len(photo)), photo))
    await process.stdin.drain()
    [length] = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
    if length > _TOLD_BYTES_MAX:
        raise EOFError
    return msgspec.msgpack.decode(await process.stdout.readexactly(length), type=Seen)


async def _end(reader: _Reader) -> None:
    if reader.process.returncode is None:
        reader.process.kill()
    await reader.process.wait()

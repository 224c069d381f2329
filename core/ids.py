"""Identifiers: UUID version 7, ordered by time, unguessable behind it (RFC 9562, method 3)."""

import os
import time
import uuid
from datetime import UTC, datetime
from hashlib import blake2b

# asyncpg's UUID is one of the standard library's, made, hashed and sent to the database several times faster.
from asyncpg.pgproto.pgproto import UUID as _UUID

# The id of nothing in particular.
NIL: uuid.UUID = _UUID(bytes(16))

_RANDOM_BYTES = 8
_POOL_BYTES = 8_000
_NANOSECONDS = 1_000_000
_V7, _VARIANT = 0x7000, 0x80


class _Pool:
    """Random bytes, asked of the kernel for many ids at once."""

    bytes = b""
    place = 0


def uuid7(*, at: datetime | None = None) -> uuid.UUID:
    """A new UUIDv7, in order to a quarter of a microsecond. By the process's own clock it decides nothing.

    Whoever counts or walks by the time in an id makes it `at` the database's, which is one for all processes.
    """
    if _Pool.place >= len(_Pool.bytes):
        _Pool.bytes, _Pool.place = os.urandom(_POOL_BYTES), 0
    random = _Pool.bytes[_Pool.place : _Pool.place + _RANDOM_BYTES]
    _Pool.place += _RANDOM_BYTES
    nanoseconds = time.time_ns() if at is None else int(at.timestamp() * 1_000_000) * 1_000
    milliseconds, rest = divmod(nanoseconds, _NANOSECONDS)
    made = milliseconds << 16 | _V7 | (rest << 12) // _NANOSECONDS
    return _UUID(made.to_bytes(8, "big") + bytes((_VARIANT | random[0] & 0x3F,)) + random[1:])


def earliest(moment: datetime) -> uuid.UUID:
    """The id below all that were made at this moment or later."""
    return _UUID((int(moment.timestamp() * 1_000)).to_bytes(6, "big") + bytes(10))


def made_at(id_: uuid.UUID) -> datetime:
    """When a UUIDv7 was made, by the clock that it was made by."""
    return datetime.fromtimestamp(int.from_bytes(id_.bytes[:6], "big") / 1_000, tz=UTC)


def derived(kind: bytes, *parts: str) -> uuid.UUID:
    """The id of something that is known by what it is: the same parts give the same id, everywhere and for ever."""
    name = "\0".join(parts).encode()
    return _UUID(blake2b(name, digest_size=16, person=kind).digest())


def _forget() -> None:
    _Pool.bytes = b""


# A forked child must not make its parent's ids again.
os.register_at_fork(after_in_child=_forget)

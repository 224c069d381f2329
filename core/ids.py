"""Identifiers: UUID version 7, ordered by time, unguessable behind it (RFC 9562)."""

import os
import time
from uuid import UUID


def uuid7() -> UUID:
    """A new UUIDv7; its clock part only orders rows on disk and decides nothing."""
    milliseconds = time.time_ns() // 1_000_000
    tail = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & 0xFFFFFFFFFFFF) << 80 | 0x7 << 76 | (tail >> 68) << 64 | 0b10 << 62 | tail & (1 << 62) - 1
    return UUID(int=value)

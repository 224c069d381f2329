"""Parts: the separate files in which an order leaves encrypted, each with so many indexes that it is easy to carry."""

from collections.abc import Iterator
from typing import Final

import msgspec

from codes import recipients
from codes.exports import Export
from core.refusals import NotFound

INDEXES: Final = 1_000_000


class NoSuchPart(NotFound):
    slug = "no_such_part"
    title = "The print order has no part of that number"


class EncryptedPart(msgspec.Struct, frozen=True):
    """A part by its number from 1 on; encrypted it is some hundred bytes larger, never twice the same many."""

    number: int
    first: int
    stop: int
    plain_bytes: int


def listed(file: Export) -> list[EncryptedPart]:
    """The parts of a file."""
    count = -(-(file.stop - file.first) // INDEXES)
    cut = [(number, part(file, number)) for number in range(1, count + 1)]
    return [EncryptedPart(number, one.first, one.stop, one.size) for number, one in cut]


def part(file: Export, number: int) -> Export:
    """One part of a file, a file of its own with its own head; NoSuchPart."""
    first = file.first + (number - 1) * INDEXES
    if not file.first <= first < file.stop:
        raise NoSuchPart
    return msgspec.structs.replace(file, first=first, stop=min(first + INDEXES, file.stop))


def encrypted(one: Export, *, recipient: str) -> Iterator[bytes]:
    """A part as a file that only its recipient opens."""
    return recipients.encrypted(one.read(0, one.size), recipient=recipient)

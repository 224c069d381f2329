"""Sightings: what a child process tells of a photo, and how the two ends of its pipe talk."""

import struct
from typing import Final, Literal

import msgspec

SIGHTINGS_MAX: Final = 20
# A signed receipt of some countries has more than a thousand characters; whatever is much longer is nobody's code.
TEXT_MAX: Final = 2_048

LENGTH: Final = struct.Struct("<I")

Kind = Literal["JPEG", "PNG", "WEBP"]
KINDS: Final[tuple[Kind, ...]] = ("JPEG", "PNG", "WEBP")

# To look for the code that was meant; to search for every code there is; to make a copy that is nothing but a picture.
Task = Literal["look", "search", "copy"]
TASKS: Final[tuple[Task, ...]] = ("look", "search", "copy")


class Sighting(msgspec.Struct, frozen=True):
    """A code on a photo: its raw text, and where its middle is, in parts of the photo's width and height."""

    text: str
    x: float
    y: float


class Seen(msgspec.Struct, frozen=True):
    """The codes of a photo, from top to bottom, or its copy, or why it was not looked at."""

    sightings: tuple[Sighting, ...] = ()
    copy: bytes | None = None
    refused: Literal["unreadable", "too_many_pixels"] | None = None


def kind_of(head: bytes) -> Kind | None:
    """What a file is by its first twelve bytes, whatever its name or its sender says."""
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    return None

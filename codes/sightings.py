"""Sightings: what a child process tells of a photo, and how the two ends of its pipe talk."""

import struct
from typing import Final, Literal

import msgspec

SIGHTINGS_MAX: Final = 20
# A QR code holds at most 7,089 characters; what is longer than an address of ours is none of ours.
TEXT_MAX: Final = 512

LENGTH: Final = struct.Struct("<I")

Kind = Literal["JPEG", "PNG", "WEBP"]
KINDS: Final[tuple[Kind, ...]] = ("JPEG", "PNG", "WEBP")


class Sighting(msgspec.Struct, frozen=True):
    """A code on a photo: its raw text, and where its middle is, in parts of the photo's width and height."""

    text: str
    x: float
    y: float


class Seen(msgspec.Struct, frozen=True):
    """The codes of a photo, from top to bottom, or why it was not looked at."""

    sightings: tuple[Sighting, ...] = ()
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

"""The photo reader: a child process that looks for codes on one photo after another, and may die of any of them."""

import ctypes
import os
import re
import resource
import sys
import time
import warnings
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO, Final

import msgspec
import zxingcpp
from PIL import Image, ImageOps

from core.sightings import KINDS, LENGTH, SIGHTINGS_MAX, TASKS, TEXT_MAX, Kind, Seen, Sighting, Task

# A JPEG is unpacked at a fraction of its size; the other kinds have to be unpacked whole.
_PIXELS_MAX: Final[dict[Kind, int]] = {"JPEG": 50_000_000, "PNG": 16_000_000, "WEBP": 16_000_000}
# A camera draws a picture in one pass, the web in about ten. Each pass costs the decoder as much as the whole picture,
# and the file as little as a hundred bytes.
_PASSES_MAX: Final = 64
_FULL_SIDE, _FIRST_SIDE, _LAST_SIDE = 4_100, 2_016, 1_400
# What a person can still read of a receipt, in about a hundred kilobytes.
_COPY_SIDE, _COPY_QUALITY = 1_600, 60
_SECONDS_MAX: Final = 1.0
_CPU_SECONDS_MAX: Final = 8
_MEMORY_BYTES_MAX: Final = 400 * 2**20
_ARTICLE_DIGITS: Final = 13
_PASS, _END = b"\xff\xda", b"\xff\xd9"
# What follows 255 inside a pass belongs to its pixels where it is a zero or a restart.
_MARK: Final = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
_PR_SET_NO_NEW_PRIVS: Final = 38

# Only what stands on labels: other readers are slow, and have had more faults.
_FORMATS: Final = zxingcpp.BarcodeFormats(
    (zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.DataMatrix, zxingcpp.BarcodeFormat.EAN13)
)


class _TooManyPixels(Exception):
    """A small file that would grow into a large picture."""


class _TooManyPasses(Exception):
    """A small file that would have its picture drawn again and again."""


def main() -> None:
    """Photos come in on standard input, each behind its kind, what is to be done with it, and its length.

    What was seen goes out the same way.
    """
    Image.init()
    _confine()
    incoming, outgoing = sys.stdin.buffer, sys.stdout.buffer
    while head := incoming.read(2):
        [length] = LENGTH.unpack(incoming.read(LENGTH.size))
        photo = incoming.read(length)
        _allow_seconds()
        _send(outgoing, done(TASKS[head[1]], photo, KINDS[head[0]]))


def done(task: Task, photo: bytes, kind: Kind) -> Seen:
    """What was asked for, of a photo."""
    until = time.process_time() + _SECONDS_MAX
    try:
        picture = _grey(photo, kind)
        if task == "copy":
            return Seen(copy=_copy(picture))
    except _TooManyPixels:
        return Seen(refused="too_many_pixels")
    # Whatever the decoder says of a broken picture: it ends here, and the next photo finds a clean process.
    except Exception:  # noqa: BLE001
        return Seen(refused="unreadable")
    return Seen(tuple(_sightings(picture, until=until, all_of_them=task == "search")))


def _grey(photo: bytes, kind: Kind) -> Image.Image:
    if kind == "JPEG" and _has_too_many_passes(photo):
        raise _TooManyPasses
    with Image.open(BytesIO(photo), formats=(kind,)) as picture:
        width, height = picture.size
        if width * height > _PIXELS_MAX[kind]:
            raise _TooManyPixels
        picture.draft("L", _within(picture.size, _FULL_SIDE))
        if not picture.has_transparency_data:
            return picture.convert("L")
        # What is transparent looks like paper, and would turn out black.
        drawn = picture.convert("RGBA")
        paper = Image.new("L", drawn.size, 255)
        paper.paste(drawn.convert("L"), mask=drawn.getchannel("A"))
        return paper


def _has_too_many_passes(jpeg: bytes) -> bool:
    """Whether the picture itself is drawn in so many; a film behind it, as phones add, says nothing about it."""
    if jpeg.count(_PASS) <= _PASSES_MAX:
        return False
    passes, place = 0, len(_PASS)
    while passes <= _PASSES_MAX and (mark := _MARK.search(jpeg, place)) and mark[0] != _END:
        passes += mark[0] == _PASS
        place = mark.end() + int.from_bytes(jpeg[mark.end() : mark.end() + 2], "big")
    return passes > _PASSES_MAX


def _copy(picture: Image.Image) -> bytes:
    """The picture drawn anew: no place where it was taken, no owner, no second file hidden in the first."""
    upright = ImageOps.exif_transpose(picture)
    drawn = Image.frombytes("L", upright.size, upright.tobytes())
    copied = BytesIO()
    _scaled(drawn, _COPY_SIDE).save(copied, "JPEG", quality=_COPY_QUALITY)
    return copied.getvalue()


def _sightings(picture: Image.Image, *, until: float, all_of_them: bool) -> Iterator[Sighting]:
    """Each text once, from top to bottom; the photo is looked at again while there is time and reason to."""
    found: dict[str, Sighting] = {}
    for way in _ways(picture):
        for one in _read(way):
            found.setdefault(one.text, one)
        # Where there are several there may be smaller ones; where there is one it is the one that was meant.
        meant = not all_of_them and sum(map(_is_no_article, found)) == 1
        if meant or time.process_time() > until:
            break
    yield from sorted(found.values(), key=lambda one: (one.y, one.x, one.text))[:SIGHTINGS_MAX]


def _ways(picture: Image.Image) -> Iterator[Image.Image]:
    """The photo in the sizes and shades that are worth a look, the most promising first."""
    yield _scaled(picture, _FIRST_SIDE)
    if max(picture.size) > _FIRST_SIDE:
        yield _scaled(picture, _FULL_SIDE)
    yield ImageOps.equalize(_scaled(picture, _LAST_SIDE))


def _is_no_article(text: str) -> bool:
    """The bars of a pack's own article number stand beside the code, and are read more easily."""
    return not (len(text) == _ARTICLE_DIGITS and text.isdecimal())


def _read(picture: Image.Image) -> Iterator[Sighting]:
    for barcode in zxingcpp.read_barcodes(picture, formats=_FORMATS, text_mode=zxingcpp.TextMode.Plain):
        if barcode.valid and 0 < len(barcode.text) <= TEXT_MAX:
            place = barcode.position
            corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
            yield Sighting(
                barcode.text,
                round(sum(corner.x for corner in corners) / 4 / picture.width, 3),
                round(sum(corner.y for corner in corners) / 4 / picture.height, 3),
            )


def _scaled(picture: Image.Image, side: int) -> Image.Image:
    wanted = _within(picture.size, side)
    return picture if wanted == picture.size else picture.resize(wanted, Image.Resampling.BOX, reducing_gap=2.0)


def _within(size: tuple[int, int], side: int) -> tuple[int, int]:
    scale = min(1.0, side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _send(outgoing: BinaryIO, seen: Seen) -> None:
    told = msgspec.msgpack.encode(seen)
    outgoing.write(LENGTH.pack(len(told)) + told)
    outgoing.flush()


def _confine() -> None:
    """Whoever takes this process over through a picture finds no memory, files, children or privileges to use."""
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = 2 * max(_PIXELS_MAX.values())
    os.nice(5)
    for what, most in (
        (resource.RLIMIT_AS, _MEMORY_BYTES_MAX),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 3),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(what, (most, most))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _allow_seconds() -> None:
    """So much of the processor for the next photo; the kernel ends whoever takes more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime) + _CPU_SECONDS_MAX
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main()

"""Photos for tests: labels with codes, and pictures that are made to hurt whoever opens them."""

import struct
import zlib
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any

import numpy as np
import zxingcpp
from PIL import Image

Formats = zxingcpp.BarcodeFormat


def label(text: str | bytes, symbology: Any = Formats.QRCode, *, scale: int = 6) -> Image.Image:
    """One code with its quiet zone."""
    drawn = zxingcpp.create_barcode(text, symbology).to_image(scale=scale, add_quiet_zones=True)
    return Image.fromarray(np.array(drawn)).convert("L")


def sheet(labels: Sequence[Image.Image], *, columns: int = 4) -> Image.Image:
    """Labels beside and below each other."""
    width, height = max(one.width for one in labels) + 20, max(one.height for one in labels) + 20
    rows = -(-len(labels) // columns)
    paper = Image.new("L", (width * columns, height * rows), 255)
    for place, one in enumerate(labels):
        paper.paste(one, (width * (place % columns) + 10, height * (place // columns) + 10))
    return paper


def saved(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """A picture as a file."""
    target = BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()


def photo(*texts: str) -> bytes:
    """A JPEG with these codes on it."""
    return saved(sheet([label(text) for text in texts], columns=min(4, len(texts))))


def png_of(width: int, height: int, *chunks: bytes) -> bytes:
    """A PNG of one grey, a few kilobytes for any number of pixels; further chunks stand before its pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    squeeze = zlib.compressobj(9)
    row = bytes(1 + width)
    pixels = b"".join(squeeze.compress(row) for _ in range(height)) + squeeze.flush()
    parts = (png_chunk(b"IHDR", head), *chunks, png_chunk(b"IDAT", pixels), png_chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def hostile() -> Iterator[tuple[str, bytes]]:
    """Pictures that grow, lie, break off or are something else as well; each begins as a JPEG, PNG or WebP does."""
    good = photo("8WBJF619H3AR21VM")
    yield "a PNG of 88 megapixels", png_of(11_000, 8_000)
    yield "a PNG of 169 megapixels", png_of(13_000, 13_000)
    yield "a PNG that says it has 400 megapixels", _resized(png_of(1, 1), 20_000, 20_000)
    yield "a JPEG of 100 megapixels", saved(Image.new("L", (10_000, 10_000)), quality=1)
    yield "a JPEG of twenty thousand passes", twenty_thousand_passes()
    yield "a WebP of 64 megapixels", saved(Image.new("L", (8_000, 8_000)), "WEBP", lossless=True)
    yield "a WebP of ten thousand frames", ten_thousand_frames()
    yield "a PNG whose text grows", png_of(10, 10, png_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2**27), 9)))
    yield "a PNG whose profile grows", png_of(10, 10, png_chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(2**27), 9)))
    yield "a JPEG cut in half", good[: len(good) // 4]
    yield "a JPEG that is only a head", good[:12]
    yield "a PNG cut in half", saved(label("8WBJF619H3AR21VM"), "PNG")[:100]
    yield "a JPEG head before a page", b"\xff\xd8\xff\xe0<html><script>alert(1)</script>"
    yield "a JPEG head before a program", b"\xff\xd8\xff<?php system($_GET[0]); ?>"
    yield "a WebP head before nothing", b"RIFF\xff\xff\xff\xffWEBP"
    yield "a WebP head before chance", b"RIFF\x00\x10\x00\x00WEBPVP8 " + bytes(range(256)) * 16


def _resized(png: bytes, width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return png[:8] + png_chunk(b"IHDR", head) + png[33:]


def ten_thousand_frames() -> bytes:
    """An animation whose single frame is repeated in the file without being drawn again."""
    two = saved(Image.new("L", (64, 64)), "WEBP", save_all=True, append_images=[Image.new("L", (64, 64), 9)])
    frame = two[two.index(b"ANMF") :]
    length = struct.unpack("<I", frame[4:8])[0] + 8
    animated = two[: two.index(b"ANMF")] + frame[: length + length % 2] * 10_000
    return b"RIFF" + struct.pack("<I", len(animated) - 8) + animated[8:]


def twenty_thousand_passes() -> bytes:
    """A white picture whose last touch is put on again and again: the decoder goes over all of it each time."""
    drawn = saved(Image.new("L", (3_000, 3_000), 255), quality=5, progressive=True)
    last = drawn[drawn.rindex(b"\xff\xda") : -2]
    return drawn[:-2] + last * 20_000 + drawn[-2:]


# What calls itself a picture, by the first bytes of what it is.
OTHER_KINDS = {
    "PSD": b"8BPS\x00\x01",
    "TIFF": b"II*\x00",
    "big-endian TIFF": b"MM\x00*",
    "FITS": b"SIMPLE  =                    T",
    "EPS": b"%!PS-Adobe-3.0 EPSF-3.0",
    "PDF": b"%PDF-1.7",
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "ICNS": b"icns\x00\x00\x00\x20",
    "JPEG 2000": b"\x00\x00\x00\x0cjP  \r\n\x87\n",
    "GIF": b"GIF89a",
    "BMP": b"BM\x00\x00",
    "AVIF": b"\x00\x00\x00\x1cftypavif",
    "WAV": b"RIFF\x00\x00\x00\x00WAVE",
    "nothing": b"",
    "three bytes": b"\xff\xd8\x00",
}

"""Read fiscal receipts and say what is to be thought of them; needs no servers."""

import argparse
import asyncio
import math
import os
import select
import sys
import time
from collections.abc import Iterable, Iterator
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from cli.connected import connected
from cli.options import add_data
from cli.refusals import CannotStart

if TYPE_CHECKING:
    from receipts.fiscal.keyring import KeyRing
    from receipts.inspection import Finding, Inspector

_PICTURES: Final = (b"\x89PNG", b"\xff\xd8\xff", b"RIFF")
_BYTE_ORDERS: Final = (b"\xff\xfe", b"\xfe\xff")
# More than anybody has exported; a device that never ends is not read for ever.
_BYTES_MAX: Final = 64 << 20
# What goes on coming for longer is not a file any more, but somebody who may wait for his answers.
_AT_ONCE_SECONDS: Final = 1.0


def describe(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(required=True, metavar="COMMAND", title="commands")
    inspect = words.add_parser("inspect", help="say of each code whose it is, what it says and what proves it")
    inspect.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="text, JSON, TLV or a photo (default: standard input)"
    )
    inspect.add_argument(
        "--format", dest="code", metavar="CC", help="read everything as this country's (ru, kz, at, de)"
    )
    inspect.add_argument("--keys", type=Path, metavar="FILE", help="keys to prove signatures by, as JSON")
    inspect.set_defaults(run=run)
    pin = words.add_parser("pin", help="vouch for the keys of tills that sign, on a running installation")
    pin.add_argument("file", type=Path, metavar="FILE", help="keys as JSON, as for inspect")
    add_data(pin)
    pin.set_defaults(run=run_pin)


def run_pin(options: argparse.Namespace) -> int | None:
    """Keep every key of a file as one that somebody vouches for."""
    return connected(options.data, partial(_pin, _keys(options.file)))


async def _pin(ring: "KeyRing") -> None:
    from receipts import signers
    from receipts.tills import Signer

    for (code, signer), point in ring.all_pinned().items():
        await signers.pin(Signer(code, signer), point, by="naparnik receipt pin")
        print(f"{code} {signer}")


def run(options: argparse.Namespace) -> int:
    """One line of JSON for each code; 1 if any is refused."""
    from datetime import UTC, datetime

    import msgspec

    from receipts.fiscal.registry import FORMATS
    from receipts.inspection import Inspector

    if options.code not in (None, *FORMATS):
        raise CannotStart(f"no format {options.code}; there are {', '.join(FORMATS)}")
    by = Inspector(_keys(options.keys), options.code, now=datetime.now(UTC))
    refused = 0
    for content in _contents(options.files):
        for finding in _findings(content, by, from_file=bool(options.files)):
            refused += finding.refusal is not None
            sys.stdout.buffer.write(msgspec.json.encode(finding) + b"\n")
            sys.stdout.buffer.flush()
    return 1 if refused else 0


def _keys(file: Path | None) -> "KeyRing":
    from receipts.fiscal.keyring import KeyRing, KeysUnreadable, read_keys

    try:
        return read_keys(file.read_bytes()) if file else KeyRing()
    except (KeysUnreadable, OSError) as wrong:
        raise CannotStart(f"{file} holds no keys: {wrong}") from None


def _findings(content: bytes | OSError, by: "Inspector", *, from_file: bool) -> "Iterable[Finding]":
    from core.sightings import kind_of
    from receipts.inspection import inspect, nothing, unreadable

    if isinstance(content, OSError):
        return [unreadable(str(content))]
    if len(content) > _BYTES_MAX:
        return [unreadable("too_large")]
    if not content.strip():
        return [nothing()] if from_file else []
    if kind_of(content[:12]) is None:
        return inspect(content, by)
    return asyncio.run(_on_photo(content, by))


async def _on_photo(photo: bytes, by: "Inspector") -> "list[Finding]":
    """A photo is looked at in a process of its own here as well."""
    from codes.recognition import ours
    from core.photos import Photos
    from receipts.inspection import inspect_photo

    photos = Photos(readers=1, places=1)
    try:
        return await inspect_photo(photo, photos, by, ours=ours)
    finally:
        await photos.close()


def _contents(files: list[Path]) -> Iterator[bytes | OSError]:
    """Whole files; a pipe that ends soon is one as well, and another is read line by line as it comes."""
    if files:
        yield from map(_content, files)
        return
    arrived, ended = (b"", False) if sys.stdin.isatty() else _arrived(sys.stdin.fileno())
    if ended:
        yield arrived
        return
    yield from _as_it_comes(BytesIO(arrived), sys.stdin.buffer)


def _arrived(stdin: int) -> tuple[bytes, bool]:
    """What comes at once, and whether that is all; for the first of it there is no hurry."""
    arrived, until = bytearray(), math.inf
    while len(arrived) <= _BYTES_MAX and (not arrived or _is_there(stdin, until)):
        part = os.read(stdin, 1 << 16)
        if not part:
            return bytes(arrived), True
        until = until if arrived else time.monotonic() + _AT_ONCE_SECONDS
        arrived += part
    return bytes(arrived), False


def _is_there(stdin: int, until: float) -> bool:
    readable, _, _ = select.select([stdin], [], [], max(0.0, until - time.monotonic()))
    return bool(readable) and time.monotonic() < until


def _as_it_comes(arrived: BinaryIO, coming: BinaryIO) -> Iterator[bytes]:
    """Line by line, so that whoever writes it and waits sees each answer."""
    from receipts.inspection import goes_on

    is_text = False
    while line := _line(arrived, coming):
        # Anything but a line of text goes on over what looks like line ends: it is read whole.
        if (not is_text and _is_binary(line)) or goes_on(line):
            yield line + arrived.read() + coming.read(_BYTES_MAX)
            return
        is_text = is_text or bool(line.strip())
        yield line


def _line(arrived: BinaryIO, coming: BinaryIO) -> bytes:
    begun = arrived.readline()
    return begun if begun.endswith(b"\n") else begun + coming.readline()


def _content(file: Path) -> bytes | OSError:
    """A file, or why it cannot be read, which keeps nobody from reading the next."""
    try:
        with file.open("rb") as opened:
            return opened.read(_BYTES_MAX + 1)
    except OSError as wrong:
        return wrong


def _is_binary(first: bytes) -> bool:
    return b"\0" in first or first.startswith((*_PICTURES, *_BYTE_ORDERS))

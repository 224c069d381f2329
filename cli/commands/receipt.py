"""Read fiscal receipts and say what is to be thought of them; needs no servers."""

import argparse
import asyncio
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cli.connected import connected
from cli.options import add_data
from cli.refusals import CannotStart

if TYPE_CHECKING:
    from receipts.fiscal.keyring import KeyRing
    from receipts.inspection import Finding

_PICTURES: Final = (b"\x89PNG", b"\xff\xd8\xff", b"RIFF")


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
    from receipts.fiscal.keyring import KeysUnreadable, read_keys

    try:
        ring = read_keys(options.file.read_bytes())
    except KeysUnreadable as wrong:
        raise CannotStart(f"{options.file} holds no keys: {wrong}") from None
    return connected(options.data, partial(_pin, ring))


async def _pin(ring: "KeyRing") -> None:
    from receipts import signers
    from receipts.tills import Signer

    for (code, signer), point in ring.all_pinned().items():
        await signers.pin(Signer(code, signer), point, by="naparnik receipt pin")
        print(f"{code} {signer}")


def run(options: argparse.Namespace) -> int:
    """One line of JSON for each code; 1 if any is refused."""
    import msgspec

    from receipts.fiscal.keyring import KeyRing, KeysUnreadable, read_keys
    from receipts.fiscal.registry import FORMATS

    if options.code not in (None, *FORMATS):
        raise CannotStart(f"no format {options.code}; there are {', '.join(FORMATS)}")
    try:
        keys = read_keys(options.keys.read_bytes()) if options.keys else KeyRing()
    except KeysUnreadable as wrong:
        raise CannotStart(f"{options.keys} holds no keys: {wrong}") from None
    refused = 0
    for content in _contents(options.files):
        for finding in _findings(content, keys, options.code, from_file=bool(options.files)):
            refused += finding.refusal is not None
            sys.stdout.buffer.write(msgspec.json.encode(finding) + b"\n")
            sys.stdout.buffer.flush()
    return 1 if refused else 0


def _findings(content: bytes, keys: "KeyRing", code: str | None, *, from_file: bool) -> "Iterable[Finding]":
    from core.sightings import kind_of
    from receipts.inspection import inspect, nothing

    if from_file and not content.strip():
        return [nothing()]
    if kind_of(content[:12]) is None:
        return inspect(content, keys, code=code)
    return asyncio.run(_on_photo(content, keys, code))


async def _on_photo(photo: bytes, keys: "KeyRing", code: str | None) -> "list[Finding]":
    """A photo is looked at in a process of its own here as well."""
    from codes.recognition import ours
    from core.photos import Photos
    from receipts.inspection import inspect_photo

    photos = Photos(readers=1, places=1)
    try:
        return await inspect_photo(photo, photos, keys, ours=ours, code=code)
    finally:
        await photos.close()


def _contents(files: list[Path]) -> Iterator[bytes]:
    """Whole files; what comes by a pipe is read line by line, so that whoever writes it sees each answer."""
    if files:
        yield from (file.read_bytes() for file in files)
        return
    first = sys.stdin.buffer.readline()
    # A line that is a document or a code is answered at once; anything that goes on over lines is read whole.
    if first.strip() in {b"{", b"["} or b"\x00" in first or first.startswith(_PICTURES):
        yield first + sys.stdin.buffer.read()
        return
    yield first
    yield from sys.stdin.buffer

"""Read fiscal receipts and say what is to be thought of them; needs no servers."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from cli.refusals import CannotStart


def describe(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(required=True, metavar="COMMAND", title="commands")
    inspect = words.add_parser("inspect", help="say of each code whose it is, what it says and what proves it")
    inspect.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="text, JSON or TLV (default: standard input)"
    )
    inspect.add_argument(
        "--format", dest="code", metavar="CC", help="read everything as this country's (ru, kz, at, de)"
    )
    inspect.add_argument("--keys", type=Path, metavar="FILE", help="keys to prove signatures by, as JSON")
    inspect.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """One line of JSON for each code; 1 if any is refused."""
    import msgspec

    from receipts.fiscal.keyring import KeyRing, KeysUnreadable, read_keys
    from receipts.fiscal.registry import FORMATS
    from receipts.inspection import inspect

    if options.code not in (None, *FORMATS):
        raise CannotStart(f"no format {options.code}; there are {', '.join(FORMATS)}")
    try:
        keys = read_keys(options.keys.read_bytes()) if options.keys else KeyRing()
    except KeysUnreadable as wrong:
        raise CannotStart(f"{options.keys} holds no keys: {wrong}") from None
    refused = 0
    for content in _contents(options.files):
        for finding in inspect(content, keys, code=options.code):
            refused += finding.refusal is not None
            sys.stdout.buffer.write(msgspec.json.encode(finding) + b"\n")
            sys.stdout.buffer.flush()
    return 1 if refused else 0


def _contents(files: list[Path]) -> Iterator[bytes]:
    """Whole files; what comes by a pipe is read line by line, so that whoever writes it sees each answer."""
    if files:
        yield from (file.read_bytes() for file in files)
        return
    first = sys.stdin.buffer.readline()
    # A line that is a document or a code is answered at once; anything that goes on over lines is read whole.
    if first.strip() in {b"{", b"["} or b"\x00" in first:
        yield first + sys.stdin.buffer.read()
        return
    yield first
    yield from sys.stdin.buffer

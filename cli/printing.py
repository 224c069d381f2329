"""The words of `naparnik code` for a printer: order the printing of a part of a batch, and write his file."""

import argparse
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from uuid import UUID

from cli.connected import connected
from cli.new_file import opened
from cli.options import add_data, number
from cli.progress import Progress
from cli.refusals import CannotStart

if TYPE_CHECKING:
    from codes.exports import Export
    from codes.print_orders import PrintOrder

WHO = "naparnik code export"
_INDEX_MAX = 2**32
_FORMATS = ("txt", "csv", "ndjson")


def describe(words: Any) -> None:
    """Add both words to those of `naparnik code`."""
    order = words.add_parser("order", help="order the printing of a part of a batch")
    order.add_argument("--batch", type=UUID, required=True, metavar="ID", help="which one")
    order.add_argument("--printer", required=True, metavar="NAME", help="who prints it")
    order.add_argument("--first", type=number(0, _INDEX_MAX), default=0, metavar="N", help="the first index")
    order.add_argument("--stop", type=number(1, _INDEX_MAX), metavar="N", help="the index behind the last one")
    order.add_argument("--columns", default="inner", metavar="LIST", help="what a line holds (default: %(default)s)")
    order.add_argument("--gtin", metavar="N", help="which number of the product the lines show")
    order.add_argument("--recipient", metavar="KEY", help="the printer's age key, for whom alone it is encrypted")
    add_data(order)
    order.set_defaults(run=run_order)

    export = words.add_parser("export", help="write the file of a print order")
    export.add_argument("order", type=UUID, metavar="ORDER", help="its id")
    export.add_argument("--format", choices=_FORMATS, default="csv", help="(default: %(default)s)")
    export.add_argument("--out", type=Path, required=True, metavar="FILE", help="where to")
    export.add_argument("--resume", action="store_true", help="go on with a file that was cut")
    add_data(export)
    export.set_defaults(run=run_export)


def run_order(options: argparse.Namespace) -> int | None:
    return connected(options.data, partial(_order, options))


def run_export(options: argparse.Namespace) -> int | None:
    return connected(options.data, partial(_export, options))


async def _order(options: argparse.Namespace) -> None:
    import msgspec

    from codes import print_orders
    from codes.print_orders import NewPrintOrder
    from core.settings import load

    said = {name: getattr(options, name) for name in ("printer", "first", "stop", "gtin", "recipient")}
    try:
        new = msgspec.convert(said | {"columns": options.columns.split(",")}, NewPrintOrder)
    except msgspec.ValidationError as wrong:
        raise CannotStart(str(wrong)) from None
    order = await print_orders.create(options.batch, new, origin=load().printed_origin, by=WHO)
    print(f"print order {order.id}: indexes {order.first} to {order.stop - 1} for {order.printer}")


async def _export(options: argparse.Namespace) -> None:
    from codes import downloads, print_orders

    order = await print_orders.find(options.order)
    if options.out.exists() and not options.resume:
        raise CannotStart(f"{options.out} is there already, and codes are worth money: name another file")
    session = await downloads.begin(order.id, by=WHO)
    if session.state == "requested":
        raise CannotStart(f"it was exported before: somebody has to approve the download {session.id} first")
    progress = Progress("codes")
    write = _write_parts if order.recipient else _write_lines
    await write(order, await print_orders.file_of(order, format=options.format), session.id, options, progress)
    progress.end()
    print(f"print order {order.id}: {progress.made:,} lines in {progress.seconds:.1f} s, {progress.rate}")


async def _write_lines(
    order: "PrintOrder", file: "Export", session_id: UUID, options: argparse.Namespace, progress: Progress
) -> None:
    """Write an order's lines, from where an earlier export was cut if it is to go on."""
    from codes import downloads

    with _target(options.out) as out:
        start = out.tell()
        if start > file.size:
            raise CannotStart(f"{options.out} is longer than the order's file: it is another one")
        await downloads.record(order, session_id, by=WHO, format=options.format, start=start, stop=file.size)
        served = await _copy(file.read(start, file.size), out, progress, of=file, begun=start)
    await downloads.count(session_id, bytes_served=served)


async def _write_parts(
    order: "PrintOrder", file: "Export", session_id: UUID, options: argparse.Namespace, progress: Progress
) -> None:
    """Write an order as files of a million indexes each, every one for the printer's eyes alone."""
    from codes import downloads, parts

    for one in parts.listed(file):
        await downloads.record(order, session_id, by=WHO, format=options.format, part=one.number)
        target = options.out.with_name(f"{options.out.name}.{one.number:04}.age")
        if options.resume:
            # It may have been cut, and is encrypted anew as quickly as it is looked through.
            target.unlink(missing_ok=True)
        with opened(target) as out:
            sealed = parts.encrypted(parts.part(file, one.number), recipient=str(order.recipient))
            served = await _copy(sealed, out, progress, of=file, begun=(one.first - file.first) * len(file.layout.line))
        await downloads.count(session_id, bytes_served=served)


async def _copy(chunks: Iterator[bytes], out: BinaryIO, progress: Progress, *, of: "Export", begun: int) -> int:
    """Write chunks and make sure of them on the disk; returns how many bytes they were."""
    written = 0
    for chunk in chunks:
        out.write(chunk)
        written += len(chunk)
        progress.made = (begun + written) // len(of.layout.line)
        await progress.at(min((begun + written) * 100 // of.size, 100))
    out.flush()
    os.fsync(out.fileno())
    return written


def _target(file: Path) -> BinaryIO:
    """A file for codes, at its end if a part of them is there already."""
    if not file.exists():
        return opened(file)
    try:
        return file.open("ab")
    except OSError as failed:
        raise CannotStart(f"{file} cannot be written: {failed.strerror}") from None

"""`naparnik code import`: a file of codes that somebody else has made, read from the disk or a pipe."""

import argparse
import asyncio
import os
import stat
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from uuid import UUID

from cli.catalogue import product_of, program_of
from cli.connected import connected
from cli.options import add_data
from cli.progress import Progress
from cli.refusals import CannotStart

if TYPE_CHECKING:
    from codes.imports import Imported
    from codes.intake import Intake
    from core.refusals import DomainError

WHO = "naparnik code import"
_PIECE_BYTES = 1 << 16


def describe(words: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = words.add_parser("import", help="take codes that somebody else has made, from a file")
    parser.add_argument("file", type=Path, metavar="FILE", help="one code a line, or a table; - is standard input")
    parser.add_argument("--program", type=UUID, metavar="ID", help="whose codes they are (default: the only program's)")
    parser.add_argument("--product", metavar="SKU", help="what they are put on (default: the products of their GTINs)")
    parser.add_argument("--column", metavar="NAME", help="the table's column that holds them (default: code)")
    parser.add_argument("--activate", action="store_true", help="let them be paid for from now on")
    add_data(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int | None:
    return connected(options.data, partial(_import, options))


async def _import(options: argparse.Namespace) -> int:
    from codes import imports
    from core.refusals import DomainError

    program = await program_of(options.program)
    product_id = (await product_of(program.id, options.product)).id if options.product else None
    taken = await imports.intake(program.id, product_id=product_id, column=options.column)
    progress = Progress("codes")
    try:
        with _opened(options.file) as file:
            await imports.read(taken, _pieces(file, taken, progress))
        done = await imports.import_codes(program.id, taken, by=WHO)
    except DomainError as refusal:
        progress.end()
        _tell_refused(refusal)
        return 1
    finally:
        taken.spool.close()
    progress.end()
    if options.activate:
        await _activate(done)
    _tell(done, progress)
    return 0


async def _pieces(file: BinaryIO, taken: "Intake", progress: Progress) -> AsyncIterator[bytes]:
    size = os.fstat(file.fileno()).st_size if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else 0
    read = 0
    while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
        yield piece
        read += len(piece)
        progress.made = taken.spool.count
        if size:
            await progress.at(read * 100 // size)


async def _activate(done: "Imported") -> None:
    from codes import activation

    for batch in done.batches:
        await activation.change_range(
            batch.batch_id, first=0, stop=None, state="active", reason="imported active", by=WHO
        )


def _tell(done: "Imported", progress: Progress) -> None:
    progress.made = done.codes
    for batch in done.batches:
        print(f"batch {batch.batch_id} (number {batch.number}): {batch.codes:,} codes")
    print(f"{done.codes:,} codes in {progress.seconds:.1f} s, {progress.rate}")
    strength = f"{done.bits:.1f} bits, a guess hits one with a chance of {done.guess_chance:.1e}"
    print(f"{'weak: ' if done.weak else ''}{strength}", file=sys.stderr if done.weak else sys.stdout)


def _tell_refused(refusal: "DomainError") -> None:
    """The refusal and the first lines that are wrong; nothing of what they hold."""
    print(f"naparnik: {refusal}", file=sys.stderr)
    for name, value in refusal.facts.items():
        if name == "problems":
            for problem in value:
                print(f"  line {problem.row}: {problem.problem}", file=sys.stderr)
        else:
            print(f"  {name.replace('_', ' ')}: {value}", file=sys.stderr)


def _opened(file: Path) -> BinaryIO:
    if str(file) == "-":
        return os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    try:
        return file.open("rb")
    except OSError as failed:
        raise CannotStart(f"{file} cannot be read: {failed.strerror}") from None

"""Issue packaging codes to a file, draw them, and say what is known about one."""

import argparse
import os
import stat
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from uuid import UUID

from cli import drawings, imports, printing
from cli.catalogue import product_of
from cli.connected import connected
from cli.new_file import opened
from cli.options import add_data, number
from cli.progress import Progress

if TYPE_CHECKING:
    from codes.batches import CodeBatch

WHO = "naparnik code issue"


def describe(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(required=True, metavar="COMMAND", title="commands")

    issue = words.add_parser("issue", help="write a batch of new codes, one a line")
    issue.add_argument("--count", type=number(1, 10**9), default=1, metavar="N", help="how many (default: %(default)s)")
    issue.add_argument("--out", type=Path, metavar="FILE", help="where to (default: standard output)")
    issue.add_argument("--program", type=UUID, metavar="ID", help="whose codes they are (default: the only program's)")
    issue.add_argument("--product", metavar="SKU", help="what they are put into (default: the program's first product)")
    issue.add_argument("--activate", action="store_true", help="let them be paid for from now on")
    add_data(issue)
    issue.set_defaults(run=run_issue)

    inspect = words.add_parser("inspect", help="say whether a code is ours, and its batch, number and state")
    inspect.add_argument("code", metavar="CODE", help="as printed, with or without separators")
    add_data(inspect)
    inspect.set_defaults(run=run_inspect)

    imports.describe(words)
    drawings.describe(words)
    printing.describe(words)


def run_issue(options: argparse.Namespace) -> int | None:
    return connected(options.data, partial(_issue, options))


def run_inspect(options: argparse.Namespace) -> int | None:
    return connected(options.data, partial(_inspect, options.code))


async def _issue(options: argparse.Namespace) -> None:
    from codes import activation, batches

    product = await product_of(options.program, options.product)
    # Opened before anything is ordered: a batch is not begun for a file that cannot be written.
    with opened(options.out) as out:
        batch = await batches.order(
            product.program_id, product_id=product.id, count=options.count, by=WHO, by_job=False
        )
        progress = await _write(batch, out)
    if options.activate:
        await activation.change_range(batch.id, first=0, stop=None, state="active", reason="issued active", by=WHO)
    print(
        f"batch {batch.id}: {progress.made:,} codes for {product.sku} in {progress.seconds:.1f} s, {progress.rate}",
        file=sys.stdout if options.out else sys.stderr,
    )


async def _write(batch: "CodeBatch", out: BinaryIO) -> Progress:
    """Write a batch's codes as they are made, and make sure of them on the disk."""
    from codes import batches
    from codes.lines import LINE_BYTES

    progress = Progress("codes")

    def take(lines: bytes) -> None:
        out.write(lines)
        progress.made += len(lines) // LINE_BYTES

    await batches.seal(batch.id, progress=progress.at, take=take)
    out.flush()
    if stat.S_ISREG(os.fstat(out.fileno()).st_mode):
        os.fsync(out.fileno())
    progress.end()
    return progress


async def _inspect(text: str) -> int:
    from cli.code_story import told
    from codes import inspection
    from codes.alphabet import grouped
    from codes.keyring import Keyring
    from codes.readings import CheckFailed, Malformed, readings
    from core.refusals import NotFound

    try:
        found = await inspection.inspect(text, keyring=Keyring(), by="naparnik code inspect")
    except NotFound:
        print("no code of this installation")
        return 1
    # Of an imported or repaired code nobody knows how it was printed.
    with suppress(Malformed, CheckFailed):
        print(f"code     {grouped(readings(text)[0])}")
    for line in told(found):
        print(line)
    return 0

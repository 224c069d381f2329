"""Issue packaging codes to a file, and say what is known about one."""

import argparse
import os
import stat
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from uuid import UUID

from cli.connected import connected
from cli.options import add_data, number
from cli.progress import Progress
from cli.refusals import CannotStart

if TYPE_CHECKING:
    from codes.batches import CodeBatch
    from codes.keyring import Item
    from programs.snapshot import Product

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


def run_issue(options: argparse.Namespace) -> int | None:
    return connected(options.data, partial(_issue, options))


def run_inspect(options: argparse.Namespace) -> int | None:
    return connected(options.data, partial(_inspect, options.code))


async def _issue(options: argparse.Namespace) -> None:
    from codes import activation, batches

    product = await _product(options.program, options.product)
    # Opened before anything is ordered: a batch is not begun for a file that cannot be written.
    with _open(options.out) as out:
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


def _open(file: Path | None) -> BinaryIO:
    if file is None:
        return os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    if file.is_file():
        raise CannotStart(f"{file} is there already, and codes are worth money: name another file")
    try:
        # Whoever reads the file can claim what is in it.
        return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600), "wb")
    except OSError as failed:
        raise CannotStart(f"{file} cannot be written: {failed.strerror}") from None


async def _product(program_id: UUID | None, sku: str | None) -> "Product":
    """The product that is meant, where nothing is said the only program's first one."""
    from programs.snapshot import current_snapshot

    snapshot = await current_snapshot(age_seconds_max=0)
    there = [program for program in snapshot.programs.values() if program_id in (None, program.id)]
    if len(there) != 1:
        listed = "".join(f"\n  {program.id}  {program.name}" for program in snapshot.programs.values())
        raise CannotStart(f"say by --program which one is meant:{listed}" if listed else "there is no program yet")
    products = [product for product in snapshot.products.values() if product.program_id == there[0].id]
    found = sorted((product for product in products if sku in (None, product.sku)), key=lambda product: product.sku)
    if not found:
        raise CannotStart(f"the program {there[0].name} has no product{f' {sku}' if sku else ''}")
    return found[0]


async def _inspect(text: str) -> int:
    from codes.alphabet import grouped
    from codes.keyring import Keyring
    from codes.packaging_code import encode
    from codes.readings import readings
    from core.db import transaction

    meant = readings(text)
    async with transaction():
        known = await Keyring().current()
        [item] = await known.identify([meant])
        if item is None:
            print("no code of this installation")
            return 1
        print(f"code     {grouped(encode(item.batch.key, index=item.code.index, role=item.code.role))}")
        await _tell(item)
    return 0


async def _tell(item: "Item") -> None:
    from core.db import fetch_row

    batch = await fetch_row(
        """SELECT code_batch.id, sku, name_en, (SELECT count(*) FROM held_scan WHERE code_key = $2) AS held,
                  accepted_at, scan.agent_id
           FROM code_batch JOIN product ON product.id = product_id LEFT JOIN scan ON code_key = $2 WHERE number = $1""",
        item.code.batch,
        item.code.code_key,
    )
    if batch is None:
        raise CannotStart("the batch is gone")
    print(f"batch    {batch['id']} (number {item.code.batch}), index {item.code.index}")
    print(f"product  {batch['sku']}  {batch['name_en']}")
    print(f"role     {item.code.role.name.lower()}")
    print(f"range    {item.range.first}-{item.range.stop - 1}: {item.range.state} since {item.range.since:%F %T} UTC")
    if batch["accepted_at"] is not None:
        print(f"scan     claimed at {batch['accepted_at']:%F %T} UTC by agent {batch['agent_id']}")
    else:
        print(f"scan     none accepted, {batch['held']} held")

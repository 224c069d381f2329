"""Printing: a sealed batch, orders for printers, and what they read and report."""

from typing import Any

from codes import downloads, print_orders
from codes.layouts import Format
from codes.print_orders import NewPrintOrder, PrintOrder
from codes.ranges import stretches
from codes.reconciliation import ReportedRun, reconcile
from core.db import fetch
from tests.packs import Batch, a_batch
from tests.programs.stored import BY, a_product, a_program

ORIGIN = "https://n.example"
PRINTER = "Press No. 1"


async def a_sealed_batch(count: int = 1_000) -> Batch:
    """A batch of which nothing has been printed yet."""
    program_id = await a_program()
    return await a_batch(program_id, await a_product(program_id), count, on_sale=False)


async def an_order(batch: Batch, *, by: str = BY, **details: Any) -> PrintOrder:
    """A print order of a batch, of all of it unless told otherwise."""
    return await print_orders.create(batch.id, NewPrintOrder(printer=PRINTER, **details), origin=ORIGIN, by=by)


async def an_exported_order(batch: Batch, *, by: str = BY, **details: Any) -> PrintOrder:
    """A print order whose first download session is open."""
    order = await an_order(batch, **details)
    await downloads.begin(order.id, by=by)
    return await print_orders.find(order.id)


async def lines_of(order: PrintOrder, form: Format = "txt") -> list[str]:
    """The lines of an order's whole file."""
    file = await print_orders.file_of(order, format=form)
    return b"".join(file.read(0, file.size)).decode().splitlines()


async def report(order: PrintOrder, *, by: str = BY, **runs: list[tuple[int, int]]) -> PrintOrder:
    """What a printer says of some indexes, `printed` and `spoiled`."""
    said = [ReportedRun(*run, outcome) for outcome, those in runs.items() for run in those]  # type: ignore[arg-type]
    return await reconcile(order.id, said, by=by)


async def states_of(batch: Batch) -> list[tuple[int, int, str]]:
    """The ranges of a batch in order, with their states."""
    return [(one.first, one.stop, one.state) for one in await stretches(batch.number)]


async def audited(action: str) -> list[str]:
    """Who has done something, in order."""
    rows = await fetch("SELECT who FROM audit_entry WHERE action = $1 ORDER BY id", action)
    return [row["who"] for row in rows]

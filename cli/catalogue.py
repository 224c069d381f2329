"""The program and the product that a command means, where one is told by name or is the only one."""

from typing import TYPE_CHECKING
from uuid import UUID

from cli.refusals import CannotStart

if TYPE_CHECKING:
    from programs.snapshot import Product, Program


async def program_of(program_id: UUID | None) -> "Program":
    """The program that is meant, where nothing is said the only one."""
    from programs.snapshot import current_snapshot

    snapshot = await current_snapshot(age_seconds_max=0)
    there = [program for program in snapshot.programs.values() if program_id in (None, program.id)]
    if len(there) != 1:
        listed = "".join(f"\n  {program.id}  {program.name}" for program in snapshot.programs.values())
        raise CannotStart(f"say by --program which one is meant:{listed}" if listed else "there is no program yet")
    return there[0]


async def product_of(program_id: UUID | None, sku: str | None) -> "Product":
    """The product that is meant, where nothing is said the only program's first one."""
    from programs.snapshot import current_snapshot

    program = await program_of(program_id)
    snapshot = await current_snapshot(age_seconds_max=0)
    products = [product for product in snapshot.products.values() if product.program_id == program.id]
    found = sorted((product for product in products if sku in (None, product.sku)), key=lambda product: product.sku)
    if not found:
        raise CannotStart(f"the program {program.name} has no product{f' {sku}' if sku else ''}")
    return found[0]

"""Imports: a whole list of products or shops put into a program at once, all of it or nothing."""

from uuid import UUID

from core import audit
from core.db import transaction
from programs.installation import find_program
from programs.products import NewProduct, Put, put_products
from programs.sheets import read
from programs.shops import NewShop, put_shops


async def import_products(program_id: UUID, content: bytes, *, by: str) -> Put:
    """Put a CSV of products; putting the same again changes nothing."""
    rows = read(content, into=NewProduct, key="sku")
    async with transaction():
        await find_program(program_id)
        done = await put_products(program_id, rows)
        await audit.record(by, "products.import", program_id=program_id, done=done)
    return done


async def import_shops(program_id: UUID, content: bytes, *, by: str) -> Put:
    """Put a CSV of shops; putting the same again changes nothing."""
    rows = read(content, into=NewShop, key="code")
    async with transaction():
        await find_program(program_id)
        done = await put_shops(program_id, rows)
        await audit.record(by, "shops.import", program_id=program_id, done=done)
    return done

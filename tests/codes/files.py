"""Files of codes that somebody else has made: a maker's own random ones, and markings of a national system."""

import random
from collections.abc import AsyncIterator, Iterable
from uuid import UUID

from codes import activation, imports
from codes.imports import Imported
from programs.products import NewProduct, put_product
from tests.programs.stored import BY

GTIN = "04601234567893"
OTHER_GTIN = "04601234567909"
GS = "\x1d"
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_SERIAL_SYMBOLS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789!\"%&'()*+-./_,:;=<>?"


def some_codes(count: int, *, seed: int = 1, length: int = 12) -> list[str]:
    """A maker's own codes, all different."""
    chance = random.Random(seed)
    return ["".join(chance.choices(ALPHABET, k=length)) for _ in range(count)]


def some_serials(count: int, *, seed: int = 1) -> list[str]:
    """Serial numbers as national systems draw them, none of which looks as if a tail had grown to it."""
    chance = random.Random(seed)
    return ["".join(chance.choices(_SERIAL_SYMBOLS, k=13)) for _ in range(count)]


def marking(serial: str, *, gtin: str = GTIN) -> str:
    """What a scanner reads off a DataMatrix, its proving tail included."""
    return f"01{gtin}21{serial}{GS}91EE06{GS}92{'dGFpbA+/' * 5}Ag8="


async def pieces(content: bytes, size: int = 1_000) -> AsyncIterator[bytes]:
    """A file in pieces that end anywhere."""
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def imported(
    program_id: UUID, lines: Iterable[str], *, product_id: UUID | None = None, column: str | None = None
) -> Imported:
    """A file, imported."""
    taken = await imports.intake(program_id, product_id=product_id, column=column)
    await imports.read(taken, pieces("\n".join(lines).encode()))
    return await imports.import_codes(program_id, taken, by=BY)


async def on_sale(done: Imported) -> None:
    """Everything of a file activated."""
    for batch in done.batches:
        await activation.change_range(batch.batch_id, first=0, stop=None, state="active", reason="", by=BY)


async def a_marked_product(program_id: UUID, gtin: str = GTIN) -> UUID:
    """A product with a GTIN."""
    product, _ = await put_product(
        program_id, NewProduct(sku=f"sku-{gtin}", name_ru="Котёл", name_en="Boiler", gtins=frozenset({gtin})), by=BY
    )
    return product.id

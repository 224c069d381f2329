"""Shelves: a program's products as names are compared with them, made once for each state of the catalogue."""

from typing import Final
from uuid import UUID

from core.db import fetch
from receipts.likeness import Shelf, Ware, shelf

# A process serves few programs; each shelf of ten thousand products is some ten megabytes.
_KEPT_MAX: Final = 32

_kept: dict[UUID, tuple[int, Shelf]] = {}


async def shelf_of(program_id: UUID, *, catalogue: int) -> Shelf:
    """The shelf of a program in this revision of the catalogue."""
    known = _kept.get(program_id)
    if known is not None and known[0] == catalogue:
        return known[1]
    made = shelf(await _wares(program_id))
    if len(_kept) >= _KEPT_MAX:
        _kept.pop(next(iter(_kept)))
    _kept[program_id] = catalogue, made
    return made


async def _wares(program_id: UUID) -> list[Ware]:
    """Every product under its names in both languages, and under those that tills print."""
    rows = await fetch(
        """SELECT product.id, name, brand, price_minor_min, price_minor_max
           FROM product, LATERAL (
               SELECT name_ru AS name UNION SELECT name_en
               UNION SELECT text FROM product_alias WHERE product_id = product.id AND kind = 'alias') AS named
           WHERE program_id = $1 ORDER BY product.id, name""",
        program_id,
    )
    return [Ware(*row.values()) for row in rows]

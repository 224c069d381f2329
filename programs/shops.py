"""Shops: the points of sale, by the owner's own codes for them."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from core import audit
from core.db import fetch, fetch_row, transaction
from core.ids import uuid7
from core.refusals import NotFound
from core.text import Key, Name
from programs.installation import find_program
from programs.products import PAGE_MAX, Put
from programs.revision import bump
from programs.snapshot import Shop


class NewShop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A shop as the owner describes it; the region is his word for it, rules compare it letter by letter."""

    code: Key
    name: Name
    region: Key | None = None


_VIEW = "SELECT id, program_id, code, name, region FROM shop "


async def put_shop(program_id: UUID, new: NewShop, *, by: str) -> tuple[Shop, Put]:
    """Add the shop of this code, or replace what is said of it."""
    async with transaction():
        await find_program(program_id)
        done = await put_shops(program_id, [new])
        await audit.record(by, "shop.put", program_id=program_id, shop=new)
        [row] = await fetch(_VIEW + "WHERE program_id = $1 AND code = $2", program_id, new.code)
    return Shop(*row.values()), done


async def find_shop(shop_id: UUID) -> Shop:
    """A shop by its id."""
    row = await fetch_row(_VIEW + "WHERE id = $1", shop_id)
    if row is None:
        raise NotFound
    return Shop(*row.values())


async def shops(program_id: UUID, *, after_code: str = "", limit: int = 100) -> list[Shop]:
    """A page of a program's shops by code."""
    rows = await fetch(
        _VIEW + "WHERE program_id = $1 AND code > $2 ORDER BY code LIMIT $3",
        program_id,
        after_code,
        min(limit, PAGE_MAX),
    )
    return [Shop(*row.values()) for row in rows]


async def put_shops(program_id: UUID, rows: Sequence[NewShop]) -> Put:
    """Create or update shops, each code at most once among them; joins the caller's transaction."""
    # Sorted, so that two who put the same shops never wait for each other in a circle.
    ordered = sorted(rows, key=lambda shop: shop.code)
    changed = await fetch(
        """INSERT INTO shop AS s (id, program_id, code, name, region)
           SELECT id, $1, code, name, region
           FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) AS t (id, code, name, region)
           ON CONFLICT (program_id, code) DO UPDATE SET name = excluded.name, region = excluded.region
               WHERE (s.name, s.region) IS DISTINCT FROM (excluded.name, excluded.region)
           RETURNING s.xmax = 0 AS created""",
        program_id,
        [uuid7() for _ in ordered],
        [shop.code for shop in ordered],
        [shop.name for shop in ordered],
        [shop.region for shop in ordered],
    )
    if changed:
        await bump("catalogue")
    created = sum(row["created"] for row in changed)
    return Put(created, len(changed) - created, len(ordered) - len(changed))

"""Products: what the maker sells, by his SKU, with every number and name that evidence may show it under."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from core import audit
from core.db import fetch, fetch_row, transaction
from core.ids import uuid7
from core.money import AmountMinor
from core.refusals import Conflict, NotFound, Unprocessable
from core.text import Key, Name
from programs import gtin
from programs.installation import find_program
from programs.revision import bump

PAGE_MAX = 500


class GtinTaken(Conflict):
    slug = "gtin_taken"
    title = "The GTIN belongs to another product"


class GtinWrong(Unprocessable):
    slug = "gtin_wrong"
    title = "This is no GTIN: 8, 12, 13 or 14 digits with their check digit"


class PricesWrong(Unprocessable):
    slug = "prices_wrong"
    title = "The least price of a product is above its highest"


class NewProduct(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A product as its maker describes it: his number for it, names, and what else it is called."""

    sku: Key
    name_ru: Name
    name_en: Name
    gtins: Annotated[frozenset[Key], Meta(max_length=20)] = frozenset()
    articles: Annotated[frozenset[Name], Meta(max_length=50)] = frozenset()
    aliases: Annotated[frozenset[Name], Meta(max_length=200)] = frozenset()
    # What a till's name that is only like the product's has to hold, and what a piece costs then, in minor units.
    brand: Key | None = None
    price_minor_min: AmountMinor | None = None
    price_minor_max: AmountMinor | None = None


class ProductView(msgspec.Struct, frozen=True):
    """A product as it stands in the catalogue."""

    id: UUID
    program_id: UUID
    sku: str
    name_ru: str
    name_en: str
    gtins: list[str]
    articles: list[str]
    aliases: list[str]
    brand: str | None
    price_minor_min: int | None
    price_minor_max: int | None


class Put(msgspec.Struct, frozen=True):
    """What putting rows into a list did."""

    created: int
    updated: int
    unchanged: int


_VIEW = """
SELECT p.id, p.program_id, p.sku, p.name_ru, p.name_en,
       array(SELECT gtin FROM product_gtin WHERE product_id = p.id ORDER BY gtin) AS gtins,
       array(SELECT text FROM product_alias WHERE product_id = p.id AND kind = 'article' ORDER BY text) AS articles,
       array(SELECT text FROM product_alias WHERE product_id = p.id AND kind = 'alias' ORDER BY text) AS aliases,
       p.brand, p.price_minor_min, p.price_minor_max
FROM product p
"""


async def put_product(program_id: UUID, new: NewProduct, *, by: str) -> tuple[ProductView, Put]:
    """Add the product of this SKU, or replace what is said of it."""
    async with transaction():
        await find_program(program_id)
        done = await put_products(program_id, [new])
        await audit.record(by, "product.put", program_id=program_id, product=new)
        row = await fetch_row(_VIEW + "WHERE p.program_id = $1 AND p.sku = $2", program_id, new.sku)
    return _view(row), done


async def find_product(product_id: UUID) -> ProductView:
    """A product by its id."""
    row = await fetch_row(_VIEW + "WHERE p.id = $1", product_id)
    if row is None:
        raise NotFound
    return _view(row)


async def products(program_id: UUID, *, after_sku: str = "", limit: int = 100) -> list[ProductView]:
    """A page of a program's products by SKU."""
    rows = await fetch(
        _VIEW + "WHERE p.program_id = $1 AND p.sku > $2 ORDER BY p.sku LIMIT $3",
        program_id,
        after_sku,
        min(limit, PAGE_MAX),
    )
    return [_view(row) for row in rows]


async def put_products(program_id: UUID, rows: Sequence[NewProduct]) -> Put:
    """Create or update products, each SKU at most once among them; joins the caller's transaction."""
    # Sorted, so that two who put the same products never wait for each other in a circle.
    ordered = sorted(rows, key=lambda product: product.sku)
    _check_prices(ordered)
    gtins = {product.sku: [_padded(number) for number in product.gtins] for product in ordered}
    stored = await _put_names(program_id, ordered)
    ids = {row["sku"]: row["id"] for row in stored}
    changed = {row["id"] for row in stored if row["renamed"]}
    changed |= await _put_gtins(program_id, {ids[sku]: numbers for sku, numbers in gtins.items()})
    changed |= await _put_aliases(program_id, {ids[product.sku]: product for product in ordered})
    if changed:
        await bump("catalogue")
    created = sum(row["created"] for row in stored)
    return Put(created, len(changed) - created, len(ordered) - len(changed))


def _check_prices(rows: Iterable[NewProduct]) -> None:
    for product in rows:
        least, most = product.price_minor_min, product.price_minor_max
        if least is not None and most is not None and least > most:
            raise PricesWrong(sku=product.sku)


async def _put_names(program_id: UUID, ordered: Sequence[NewProduct]) -> list[Any]:
    """Each product's id, and whether it was created or renamed just now."""
    skus = [product.sku for product in ordered]
    new = await fetch(
        """INSERT INTO product AS p (id, program_id, sku, name_ru, name_en, brand, price_minor_min, price_minor_max)
           SELECT id, $1, sku, name_ru, name_en, brand, price_minor_min, price_minor_max
           FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[])
               AS t (id, sku, name_ru, name_en, brand, price_minor_min, price_minor_max)
           ON CONFLICT (program_id, sku) DO UPDATE SET name_ru = excluded.name_ru, name_en = excluded.name_en,
               brand = excluded.brand, price_minor_min = excluded.price_minor_min,
               price_minor_max = excluded.price_minor_max
               WHERE (p.name_ru, p.name_en, p.brand, p.price_minor_min, p.price_minor_max) IS DISTINCT FROM
                   (excluded.name_ru, excluded.name_en, excluded.brand, excluded.price_minor_min,
                    excluded.price_minor_max)
           RETURNING p.id, p.xmax = 0 AS created""",
        program_id,
        [uuid7() for _ in ordered],
        skus,
        [product.name_ru for product in ordered],
        [product.name_en for product in ordered],
        [product.brand for product in ordered],
        [product.price_minor_min for product in ordered],
        [product.price_minor_max for product in ordered],
    )
    return await fetch(
        """SELECT p.id, p.sku, t.id IS NOT NULL AS renamed, coalesce(t.created, false) AS created
           FROM product p LEFT JOIN unnest($3::uuid[], $4::bool[]) AS t (id, created) ON t.id = p.id
           WHERE p.program_id = $1 AND p.sku = ANY($2)""",
        program_id,
        skus,
        [row["id"] for row in new],
        [row["created"] for row in new],
    )


async def _put_gtins(program_id: UUID, gtins: Mapping[UUID, Iterable[str]]) -> set[UUID]:
    """Let these products have exactly these numbers; returns those that changed by it."""
    wanted = sorted((product_id, number) for product_id, numbers in gtins.items() for number in numbers)
    pairs = [product_id for product_id, _ in wanted], [number for _, number in wanted]
    gone = await fetch(
        """DELETE FROM product_gtin WHERE product_id = ANY($1)
               AND (product_id, gtin) NOT IN (SELECT * FROM unnest($2::uuid[], $3::text[]))
           RETURNING product_id""",
        list(gtins),
        *pairs,
    )
    come = await fetch(
        """INSERT INTO product_gtin (id, program_id, product_id, gtin)
           SELECT gen_random_uuid(), $1, t.* FROM unnest($2::uuid[], $3::text[]) AS t
           ON CONFLICT DO NOTHING RETURNING product_id""",
        program_id,
        *pairs,
    )
    await _refuse_taken(program_id, pairs)
    return {row["product_id"] for row in (*gone, *come)}


async def _refuse_taken(program_id: UUID, pairs: tuple[list[UUID], list[str]]) -> None:
    taken = await fetch_row(
        """SELECT g.gtin, p.sku FROM unnest($2::uuid[], $3::text[]) AS t (product_id, gtin)
           JOIN product_gtin g ON g.program_id = $1 AND g.gtin = t.gtin AND g.product_id <> t.product_id
           JOIN product p ON p.id = g.product_id ORDER BY g.gtin LIMIT 1""",
        program_id,
        *pairs,
    )
    if taken is not None:
        raise GtinTaken(gtin=taken["gtin"], sku=taken["sku"])


async def _put_aliases(program_id: UUID, rows: Mapping[UUID, NewProduct]) -> set[UUID]:
    """Let these products have exactly these article numbers and aliases; returns those that changed by it."""
    wanted = [
        (product_id, kind, text)
        for product_id, product in sorted(rows.items())
        for kind, texts in (("article", product.articles), ("alias", product.aliases))
        for text in sorted(texts)
    ]
    columns = [one[0] for one in wanted], [one[1] for one in wanted], [one[2] for one in wanted]
    gone = await fetch(
        """DELETE FROM product_alias WHERE product_id = ANY($1)
               AND (product_id, kind, text) NOT IN (SELECT * FROM unnest($2::uuid[], $3::text[], $4::text[]))
           RETURNING product_id""",
        list(rows),
        *columns,
    )
    come = await fetch(
        """INSERT INTO product_alias (id, program_id, product_id, kind, text)
           SELECT gen_random_uuid(), $1, t.* FROM unnest($2::uuid[], $3::text[], $4::text[]) AS t
           ON CONFLICT DO NOTHING RETURNING product_id""",
        program_id,
        *columns,
    )
    return {row["product_id"] for row in (*gone, *come)}


def _padded(number: str) -> str:
    padded = gtin.padded(number)
    if padded is None:
        raise GtinWrong(gtin=number)
    return padded


def _view(row: Any) -> ProductView:
    return ProductView(**dict(row))

"""Imported codes: what is none of ours is looked for among those that were imported, a whole batch in one statement."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from codes.claims import ScanRequest
from codes.identities import Identity, ImportedCode, Said
from codes.keyring import Batch, Item, Known, placed
from core.db import fetch
from referrals import item_keys


class Sought(msgspec.Struct, frozen=True):
    """One of the identities that a request's text can mean, and its hash."""

    place: int
    identity: Identity
    digest: bytes


async def or_imported(
    items: Sequence[Item | None], texts: Sequence[ScanRequest | Said], known: Known
) -> Sequence[Item | None]:
    """The items, and where none is one of ours the imported code that the text is; joins the caller's transaction.

    A misspelled text is what it spells before it is what it may have been.
    """
    left = [place for place, item in enumerate(items) if item is None or item.read_as is not None]
    if not left:
        return items
    digest = item_keys.hasher()
    shapes = await _shapes(known)
    sought = [
        Sought(place, identity, digest(identity.named))
        for place in left
        for identity in _identities(texts[place])
        if identity.shape in shapes
    ]
    return await _found(list(items), sought, known) if sought else items


def is_nothing(request: ScanRequest, known: Known) -> bool:
    """Whether a text that was looked for can be no code of anybody's: to type it is no guess."""
    shapes = known.shapes or ()
    return (
        not request.readings and not request.misspelled and all(one.shape not in shapes for one in request.identities)
    )


async def _shapes(known: Known) -> frozenset[tuple[str, int]]:
    if known.shapes is None:
        rows = await fetch(
            """SELECT DISTINCT form, unnest(lengths) AS length FROM code_batch
               WHERE kind = 'imported' AND state = 'sealed'"""
        )
        known.shapes = frozenset((row["form"], row["length"]) for row in rows)
    return known.shapes


def _identities(text: ScanRequest | Said) -> Iterator[Identity]:
    # A text that is spelled as we print is its own folded form.
    yield from text.identities or (Identity("plain", reading) for reading in text.readings)


async def _found(items: list[Item | None], sought: Sequence[Sought], known: Known) -> list[Item | None]:
    rows = await fetch(
        "SELECT key_hash, batch_number, index FROM imported_code WHERE key_hash = ANY($1)",
        list({one.digest for one in sought}),
    )
    codes = {row["key_hash"]: row for row in rows}
    batches = await known.batches({row["batch_number"] for row in rows}) if rows else {}
    # The likeliest comes first, so it is written last.
    for one in reversed(sought):
        if (row := codes.get(one.digest)) is not None:
            items[one.place] = _item(one, row, batches) or items[one.place]
    return await placed(items)


def _item(one: Sought, row: Any, batches: Mapping[int, Batch]) -> Item | None:
    batch = batches.get(row["batch_number"])
    found = batch.range_of(row["index"]) if batch is not None else None
    if batch is None or found is None:
        return None
    return Item(ImportedCode(row["batch_number"], row["index"], one.identity.form, one.digest), batch, found)

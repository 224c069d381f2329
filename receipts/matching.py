"""Matching: which of the maker's products the lines of a receipt are, the surest sign first, likeness last."""

import asyncio
import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple
from uuid import UUID

from core.db import fetch
from receipts.claims import ClaimedLine
from receipts.likeness import Likeness, Shelf, likest
from receipts.shelves import shelf_of

ARTICLE_MIN: Final = 4
_BETWEEN: Final = re.compile(r"[\s,;:()\[\]\"'«»]+")


class Match(NamedTuple):
    """A product that a line was taken for, by which sign, and what was seen of it."""

    program_id: UUID
    product_id: UUID
    by: str


Found = dict[tuple[str, str], set[Match]]


async def match(
    lines: Sequence[ClaimedLine], programs: Collection[UUID], *, seller: str | None, catalogue: int
) -> UUID | None:
    """Say of each line what it is, among the products of one program, which is returned; None where nothing is known.

    A line that may be two products is neither: a person says which. `catalogue` is the revision that is in force.
    """
    open_lines = [line for line in lines if line.is_goods and line.matched_by != "person"]
    found = await _found(open_lines, list(programs), seller=seller)
    program_id = _program(lines, open_lines, found, programs, seller=seller)
    for line in open_lines:
        _take(line, _signs(line, found, seller=seller, program_id=program_id))
    unknown = [line for line in open_lines if line.why == "unknown"]
    return await _liken(unknown, [program_id] if program_id else programs, catalogue=catalogue) or program_id


async def _liken(lines: Sequence[ClaimedLine], programs: Collection[UUID], *, catalogue: int) -> UUID | None:
    """Take lines for what their names are like; the program that knows most of them so, None where none does."""
    told: dict[UUID, list[Likeness | None]] = {}
    for program_id in sorted(programs):
        among = await shelf_of(program_id, catalogue=catalogue)
        told[program_id] = [await _likest(line, among) for line in lines]
    if not told:
        return None
    sure = {program_id: sum(one is not None and one.is_sure for one in found) for program_id, found in told.items()}
    best = min(told, key=lambda program_id: (-sure[program_id], program_id))
    if not sure[best] and len(told) > 1:
        return None
    for line, found in zip(lines, told[best], strict=True):
        if found is not None:
            _take_alike(line, found)
    return best if sure[best] else None


async def _likest(line: ClaimedLine, among: Shelf) -> Likeness | None:
    # Whoever else has something to do may do it between two lines.
    await asyncio.sleep(0)
    return likest(line.name, line.amount_minor // line.pieces, among)


def _take_alike(line: ClaimedLine, found: Likeness) -> None:
    line.likest_id, line.likeness, line.why = found.product_id, found.permille, found.why
    if found.is_sure:
        line.product_id, line.matched_by = found.product_id, "likeness"


def _take(line: ClaimedLine, matches: set[Match]) -> None:
    products = {one.product_id for one in matches}
    line.product_id = line.matched_by = line.likest_id = line.likeness = None
    line.why = "ambiguous" if len(products) > 1 else "unknown"
    if len(products) == 1:
        line.product_id = products.pop()
        line.matched_by = line.why = next(iter(matches)).by


def _signs(line: ClaimedLine, found: Found, *, seller: str | None, program_id: UUID | None) -> set[Match]:
    """What the surest sign says that says anything; between products that it leaves open the next ones may decide."""
    left: set[Match] = set()
    for kind, text in _keys(line, seller):
        here = {one for one in found.get((kind, text), ()) if program_id in (None, one.program_id)}
        meant = {one.product_id for one in here} & {one.product_id for one in left or here}
        if len(meant) == 1:
            return {one for one in here if one.product_id in meant}
        left = left or here
    return left


def _keys(line: ClaimedLine, seller: str | None) -> Iterator[tuple[str, str]]:
    if line.gtin:
        yield "gtin", line.gtin
    for text in articles_in(line.name):
        yield "article", text
    yield "taught", taught_key(line.seller or seller, line.name)
    yield "alias", plain(line.name)


def plain(name: str) -> str:
    """A name as names are compared: in capitals, without blanks that nobody sees."""
    return " ".join(name.upper().split())


def taught_key(seller: str | None, name: str) -> str:
    """A seller's name for something, as one text."""
    return f"{seller or ''}:{plain(name)}"


def name_hash(name: str) -> bytes:
    """What a taught name is found by, however long it is."""
    return hashlib.sha256(plain(name).encode()).digest()


def articles_in(name: str) -> list[str]:
    """The words of a name that may be article numbers, alone and by twos."""
    words = [word for word in _BETWEEN.split(name.upper()) if word]
    both = [*words, *(f"{one} {two}" for one, two in pairwise(words))]
    return [word for word in dict.fromkeys(both) if len(word) >= ARTICLE_MIN and any(map(str.isdigit, word))]


def _program(
    lines: Sequence[ClaimedLine],
    open_lines: Sequence[ClaimedLine],
    found: Found,
    programs: Collection[UUID],
    *,
    seller: str | None,
) -> UUID | None:
    """The program that most lines belong to; the only one there is where none is known."""
    if len(programs) == 1:
        return next(iter(programs))
    votes = Counter(
        program_id
        for line in open_lines
        for program_id in {one.program_id for one in _signs(line, found, seller=seller, program_id=None)}
    )
    return min(votes, key=lambda program_id: (-votes[program_id], program_id)) if lines and votes else None


async def _found(lines: Sequence[ClaimedLine], programs: list[UUID], *, seller: str | None) -> Found:
    found: Found = {}
    for row in await fetch(
        "SELECT program_id, product_id, gtin FROM product_gtin WHERE program_id = ANY($1) AND gtin = ANY($2)",
        programs,
        [line.gtin for line in lines if line.gtin],
    ):
        _add(found, ("gtin", row["gtin"]), Match(row["program_id"], row["product_id"], "gtin"))
    names = {text for line in lines for text in (*articles_in(line.name), plain(line.name))}
    for row in await fetch(
        """SELECT program_id, product_id, kind, upper(text) AS text FROM product_alias
           WHERE upper(text) = ANY($2) AND program_id = ANY($1)""",
        programs,
        sorted(names),
    ):
        _add(found, (row["kind"], row["text"]), Match(row["program_id"], row["product_id"], row["kind"]))
    await _add_taught(found, lines, programs, seller=seller)
    return found


async def _add_taught(found: Found, lines: Iterable[ClaimedLine], programs: list[UUID], *, seller: str | None) -> None:
    asked = {(line.seller or seller or "", name_hash(line.name), plain(line.name)) for line in lines}
    sellers = [one[0] for one in asked]
    rows = await fetch(
        """SELECT program_id, product_id, seller, name FROM receipt_alias
           WHERE program_id = ANY($1) AND (seller, name_hash) IN (SELECT * FROM unnest($2::text[], $3::bytea[]))""",
        programs,
        sellers,
        [one[1] for one in asked],
    )
    for row in rows:
        key = "taught", taught_key(row["seller"], row["name"])
        _add(found, key, Match(row["program_id"], row["product_id"], "alias"))


def _add(found: Found, key: tuple[str, str], one: Match) -> None:
    found.setdefault(key, set()).add(one)

"""The desk: what a person sees of a receipt that he decides about, and of the others that say something about it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from rapidfuzz import fuzz, process

from core.db import fetch, fetch_row, fetch_value
from core.refusals import NotFound
from programs.snapshot import Product, Snapshot, current_snapshot
from receipts import claims, views
from receipts.likeness import normal
from receipts.shelves import shelf_of
from receipts.views import ReceiptView

_NEIGHBOURS: Final = 3
_ALIKE_MAX: Final = 10
_SUGGESTED_MAX: Final = 8
_WORTH_NAMING: Final = 50.0


class Other(msgspec.Struct, frozen=True):
    """Another receipt, as far as it says something about this one."""

    receipt_id: UUID
    alias: str
    alias_en: str
    number: int | None
    issued_at: datetime
    total_minor: int
    currency: str
    state: str


class Proposal(msgspec.Struct, frozen=True):
    """That somebody would accept it, and as what; another person has to say so too."""

    asked_by: str
    asked_at: datetime
    products: dict[int, UUID]
    note: str
    skus: dict[int, str] = {}


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt with everything that helps to decide about it."""

    receipt: ReceiptView
    alias: str
    alias_en: str
    seller: str | None
    has_buyer_tax_number: bool
    numbers: dict[str, Any]
    has_picture: bool
    number: int | None
    # The till's documents just before and just after, by their numbers.
    neighbours: list[Other]
    # Claims of the same document, and documents of that sum and minute elsewhere.
    alike: list[Other]
    # For each line that nobody has recognised, by its place: the products whose names come nearest.
    suggested: dict[int, list[Product]]
    proposal: Proposal | None
    decided_by: str | None
    note: str
    # Whether it waits for a person, as a whole or with what was not paid for.
    waits: bool
    # The places of the lines that may be named.
    open_places: frozenset[int]


class Queue(msgspec.Struct, frozen=True):
    """A receipt in the queue."""

    receipt_id: UUID
    alias: str
    alias_en: str
    seller: str | None
    state: str
    reason: str
    total_minor: int
    currency: str
    received_at: datetime
    lines: int
    proposed: bool


async def queue(program_id: UUID | None, *, limit: int = 100) -> list[Queue]:
    """What waits for a person, the oldest first; who is confined to a program sees its own."""
    rows = await fetch(
        f"""SELECT id AS receipt_id, (SELECT alias FROM agent WHERE agent.id = agent_id) AS alias,
                  (SELECT alias_en FROM agent WHERE agent.id = agent_id) AS alias_en, seller, state, reason,
                  total_minor, currency, received_at,
                  (SELECT count(*) FROM receipt_line WHERE receipt_id = receipt.id) AS lines,
                  EXISTS (SELECT FROM receipt_proposal WHERE receipt_id = receipt.id) AS proposed
           FROM receipt WHERE {claims.TO_JUDGE} AND ($1::uuid IS NULL OR program_id = $1)
           ORDER BY id LIMIT $2""",  # noqa: S608 - ours.
        program_id,
        limit,
    )
    return [Queue(**row) for row in rows]


async def case(receipt_id: UUID, *, program_id: UUID | None = None) -> Case:
    """One receipt, decided or not; NotFound."""
    row = await fetch_row(
        f"""SELECT {views.COLUMNS}, agent_id, seller, has_buyer_tax_number, numbers, point, number, identity,
                   chain_before, chain_value,
                   decided_by, note, {claims.TO_JUDGE} AS waits,
                   (SELECT alias FROM agent WHERE agent.id = agent_id) AS alias,
                   (SELECT alias_en FROM agent WHERE agent.id = agent_id) AS alias_en,
                   EXISTS (SELECT FROM receipt_picture WHERE receipt_id = receipt.id) AS has_picture
            FROM receipt WHERE id = $1 AND ($2::uuid IS NULL OR program_id = $2)""",  # noqa: S608 - ours.
        receipt_id,
        program_id,
    )
    if row is None:
        raise NotFound
    [receipt] = await views.views_of([row])
    snapshot = await current_snapshot()
    return Case(
        receipt=receipt,
        alias=row["alias"],
        alias_en=row["alias_en"],
        seller=row["seller"],
        has_buyer_tax_number=row["has_buyer_tax_number"],
        numbers=msgspec.json.decode(row["numbers"], type=dict[str, Any]),
        has_picture=row["has_picture"],
        number=row["number"],
        neighbours=await _neighbours(row),
        alike=await _alike(row),
        suggested=await _suggested(receipt, snapshot),
        proposal=await _told(await proposal_of(receipt_id), snapshot),
        decided_by=await _name(row["decided_by"]),
        note=row["note"],
        waits=row["waits"],
        open_places=await _open_places(receipt_id, whole=receipt.state == "in_review"),
    )


async def _open_places(receipt_id: UUID, *, whole: bool) -> frozenset[int]:
    """Of what was paid nobody says anything else; of what was not, somebody may say yet that it is the maker's."""
    lines = (await claims.lines([receipt_id]))[receipt_id]
    return frozenset(line.place for line in lines if whole or line.is_unnamed)


async def waiting(program_id: UUID | None) -> int:
    """How many receipts wait for a person."""
    count: int = await fetch_value(
        f"""SELECT count(*) FROM receipt
            WHERE {claims.TO_JUDGE} AND ($1::uuid IS NULL OR program_id = $1)""",  # noqa: S608 - ours.
        program_id,
    )
    return count


async def next_of(program_id: UUID | None, *, after: UUID, by: str) -> UUID | None:
    """The receipt that waits behind this one; the first of all behind the last. None that he has proposed himself."""
    found: UUID | None = await fetch_value(
        f"""SELECT id FROM receipt WHERE {claims.TO_JUDGE} AND ($1::uuid IS NULL OR program_id = $1) AND id <> $2
             AND NOT EXISTS (SELECT FROM receipt_proposal WHERE receipt_id = receipt.id AND asked_by = $3)
           ORDER BY id < $2, id LIMIT 1""",  # noqa: S608 - ours.
        program_id,
        after,
        by,
    )
    return found


async def was_decided(receipt_id: UUID, decision: Literal["accept", "reject"], *, by: str) -> bool:
    """Whether the same person has decided just that about it."""
    found: bool | None = await fetch_value(
        "SELECT decided_by = $2 AND (state = 'rejected') = $3 FROM receipt WHERE id = $1",
        receipt_id,
        by,
        decision == "reject",
    )
    return bool(found)


async def others(receipt_ids: Sequence[UUID]) -> dict[UUID, Other]:
    """Some receipts, told in short, by their ids."""
    rows = await fetch(f"SELECT {_OTHER} FROM receipt WHERE id = ANY($1)", list(receipt_ids))  # noqa: S608 - ours.
    return {row["receipt_id"]: Other(**row) for row in rows}


async def proposal_of(receipt_id: UUID) -> Proposal | None:
    """Who would accept it, if anybody has said so."""
    row = await fetch_row(
        "SELECT asked_by, asked_at, products, note FROM receipt_proposal WHERE receipt_id = $1", receipt_id
    )
    if row is None:
        return None
    products = msgspec.json.decode(row["products"], type=dict[int, UUID])
    return Proposal(row["asked_by"], row["asked_at"], products, row["note"])


async def _told(proposal: Proposal | None, snapshot: Snapshot) -> Proposal | None:
    """A proposal with names in the place of ids."""
    if proposal is None:
        return None
    known = {place: snapshot.products[one].sku for place, one in proposal.products.items() if one in snapshot.products}
    return msgspec.structs.replace(proposal, asked_by=await _name(proposal.asked_by) or "", skus=known)


async def _name(who: str | None) -> str | None:
    """What somebody of the staff is called; a key is called what it is."""
    kind, _, id_ = (who or "").partition(":")
    if kind != "staff":
        return who
    name: str | None = await fetch_value("SELECT name FROM staff WHERE id = $1", UUID(id_))
    return name or who


async def _neighbours(row: Any) -> list[Other]:
    if row["number"] is None:
        return await _linked(row)
    rows = await fetch(
        f"""(SELECT {_OTHER} FROM receipt WHERE point = $1 AND number < $2 AND {_LIVE}
             ORDER BY number DESC LIMIT $3)
            UNION ALL
            (SELECT {_OTHER} FROM receipt WHERE point = $1 AND number > $2 AND {_LIVE}
             ORDER BY number LIMIT $3)
            ORDER BY number""",  # noqa: S608 - ours.
        row["point"],
        row["number"],
        _NEIGHBOURS,
    )
    return [Other(**one) for one in rows]


async def _linked(row: Any) -> list[Other]:
    """The receipt that it names as the one before it, and those that name it, where tills chain them."""
    rows = await fetch(
        f"""SELECT {_OTHER} FROM receipt
            WHERE point = $1 AND state <> 'rejected' AND (chain_value = $2 OR chain_before = $3)
            ORDER BY issued_at, id LIMIT $4""",  # noqa: S608 - ours.
        row["point"],
        row["chain_before"],
        row["chain_value"],
        2 * _NEIGHBOURS,
    )
    return [Other(**one) for one in rows]


async def _alike(row: Any) -> list[Other]:
    rows = await fetch(
        f"""SELECT {_OTHER} FROM receipt WHERE id IN (
                SELECT id FROM receipt WHERE identity = $2 AND {_LIVE}
                UNION SELECT id FROM receipt WHERE identity = $2 AND state = 'rejected'
                UNION SELECT id FROM receipt WHERE point = $3 AND number = $4 AND {_LIVE}
                UNION SELECT id FROM receipt WHERE point = $3 AND number = $4 AND state = 'rejected')
              AND id <> $1 ORDER BY id DESC LIMIT $5""",  # noqa: S608 - ours.
        row["id"],
        row["identity"],
        row["point"],
        row["number"],
        _ALIKE_MAX,
    )
    same_agent = await fetch(
        f"""SELECT {_OTHER} FROM receipt
            WHERE agent_id = $1 AND id <> $2 AND total_minor = $3 AND issued_at BETWEEN $4 AND $5
            ORDER BY id DESC LIMIT $6""",  # noqa: S608 - ours.
        row["agent_id"],
        row["id"],
        row["total_minor"],
        row["issued_at"] - timedelta(days=1),
        row["issued_at"] + timedelta(days=1),
        _ALIKE_MAX,
    )
    found = {one["receipt_id"]: Other(**one) for one in (*rows, *same_agent)}
    return list(found.values())[:_ALIKE_MAX]


async def _suggested(receipt: ReceiptView, snapshot: Snapshot) -> dict[int, list[Product]]:
    programs = [receipt.program_id] if receipt.program_id else list(snapshot.programs)
    return {
        line.place: await _nearest(line.name, programs, snapshot) for line in receipt.lines if line.product_id is None
    }


async def _nearest(name: str, programs: list[UUID], snapshot: Snapshot) -> list[Product]:
    scored: dict[UUID, float] = {}
    for program_id in programs:
        shelf = await shelf_of(program_id, catalogue=snapshot.revision.catalogue)
        said = normal(name)
        near = {place: shelf.names[place] for place in shelf.near(said)}
        for _, score, place in process.extract(said, near, scorer=fuzz.token_set_ratio, limit=_SUGGESTED_MAX):
            product_id = shelf.wares[place].product_id
            scored[product_id] = max(score, scored.get(product_id, _WORTH_NAMING))
    best = sorted(scored, key=lambda one: (-scored[one], one))[:_SUGGESTED_MAX]
    return [snapshot.products[one] for one in best if one in snapshot.products]


_LIVE: Final = "(state <> 'rejected')"
_OTHER: Final = """id AS receipt_id, (SELECT alias FROM agent WHERE agent.id = agent_id) AS alias,
    (SELECT alias_en FROM agent WHERE agent.id = agent_id) AS alias_en,
    number, issued_at, total_minor, currency, state"""

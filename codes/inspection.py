"""Inspection: the story of one code, from the printer to whoever scanned it, for those who answer questions."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from codes import cartons
from codes.cartons import CodeRun
from codes.claims import ScanRequest
from codes.identities import said
from codes.imported import or_imported
from codes.keyring import Item, Keyring
from codes.ranges import COLUMNS, Stretch, stretch_of
from codes.readings import CheckFailed
from codes.repair import identified
from core import audit
from core.db import fetch, fetch_row, transaction
from core.refusals import NotFound
from referrals import stories
from referrals.stories import Story

_TRIES_MAX = 200


class InspectedBatch(msgspec.Struct, frozen=True):
    """The batch that a code is of, and what is in its packs."""

    id: UUID
    number: int
    state: str
    created_at: datetime
    program_id: UUID
    program: str
    product_id: UUID
    sku: str
    name_ru: str
    name_en: str


class InspectedPrint(msgspec.Struct, frozen=True):
    """Who printed a code and when its file left; the outcome is there once the printer has reported it."""

    print_order_id: UUID
    printer: str
    state: str
    exported_at: datetime | None
    # Counted from 1; None where the order does not say how many labels a roll holds.
    roll: int | None
    outcome: str | None


class InspectedShipment(msgspec.Struct, frozen=True):
    """The shipment that a pack left with, and where to."""

    number: str
    shipped_at: datetime
    shop: str | None
    territory: str | None
    channel: str | None


class InspectedScan(msgspec.Struct, frozen=True):
    """Whoever claimed a code, when, and what it was paid."""

    scan_id: UUID
    agent_id: UUID
    alias: str
    alias_en: str
    scanned_at: datetime
    accepted_at: datetime
    story: Story


class InspectedTry(msgspec.Struct, frozen=True):
    """A try that claimed nothing: held until the goods are on sale, in review, or refused and why."""

    agent_id: UUID
    alias: str
    alias_en: str
    at: datetime
    why: str


class Inspected(msgspec.Struct, frozen=True):
    """All that is known of a code: never its text, nor that of its twin."""

    role: str
    index: int
    read_as_misspelled: bool
    batch: InspectedBatch
    range: Stretch
    print: InspectedPrint | None
    units: list[CodeRun]
    shipment: InspectedShipment | None
    scan: InspectedScan | None
    tries: list[InspectedTry]


async def inspect(text: str, *, keyring: Keyring, by: str, program_id: UUID | None = None) -> Inspected:
    """The story of a code; that it was asked for is audited, without the code. Malformed, CheckFailed, NotFound."""
    async with transaction():
        item = await _item(text, keyring)
        if item is None or program_id not in (None, item.batch.program_id):
            raise NotFound
        number, index = item.code.batch, item.code.index
        found = Inspected(
            role=item.code.role.name.lower(),
            index=index,
            read_as_misspelled=item.read_as is not None,
            batch=InspectedBatch(*(await _row(_BATCH, number)).values()),
            range=stretch_of(await _row(_RANGE, number, index)),
            print=_maybe(InspectedPrint, await fetch_row(_PRINT, number, index)),
            units=await cartons.holding(number, index),
            shipment=_maybe(InspectedShipment, await fetch_row(_SHIPMENT, number, index)),
            scan=await _scan(item.code.code_key),
            tries=[InspectedTry(*row.values()) for row in await _tries(item)],
        )
        await audit.record(by, "code.inspect", batch_id=found.batch.id, index=index)
    return found


async def _item(text: str, keyring: Keyring) -> Item | None:
    """The code that a text is, read as a scan reads it, but nobody's guess; joins the caller's transaction."""
    meant = said(text)
    request = ScanRequest(
        meant.readings,
        agent_id=UUID(int=0),
        client_key=b"",
        scanned_at=None,
        subjects=(),
        misspelled=meant.misspelled,
        identities=meant.identities,
    )
    known = await keyring.current()
    [found] = await or_imported(await identified([request], known), [request], known)
    if found is None and meant.misspelled:
        raise CheckFailed
    return found


async def _scan(code_key: bytes) -> InspectedScan | None:
    row = await fetch_row(_SCAN, code_key)
    if row is None:
        return None
    story = await stories.find(row["agent_id"], row["scan_id"])
    return InspectedScan(**dict(row), story=story)


async def _tries(item: Item) -> list[Any]:
    return await fetch(_TRIES, item.code.code_key, item.code.batch, item.code.index, _TRIES_MAX)


async def _row(statement: str, *arguments: Any) -> Any:
    row = await fetch_row(statement, *arguments)
    if row is None:
        raise NotFound
    return row


def _maybe(kind: Any, row: Any) -> Any:
    return None if row is None else kind(*row.values())


_BATCH = """
SELECT batch.id, batch.number, batch.state, batch.created_at, batch.program_id, program.name, batch.product_id,
       sku, name_ru, name_en
FROM code_batch batch JOIN product ON product.id = product_id JOIN program ON program.id = batch.program_id
WHERE batch.number = $1
"""
_RANGE = f"SELECT {COLUMNS} FROM code_range WHERE batch_number = $1 AND first <= $2 ORDER BY first DESC LIMIT 1"  # noqa: S608 - ours.
_PRINT = """
SELECT print.id, printer, print.state, exported_at, (($2 - print.first) / labels_per_roll + 1)::int AS roll,
       (SELECT outcome FROM printed_run run WHERE run.print_order_id = print.id AND run.first <= $2 AND run.stop > $2
        LIMIT 1) AS outcome
FROM print_order print
WHERE print.batch_number = $1 AND print.first <= $2 AND print.stop > $2 AND print.state <> 'canceled'
ORDER BY print.created_at DESC LIMIT 1
"""
_SHIPMENT = """
SELECT shipment.number, shipment.shipped_at, shop.name, shipment.territory, shipment.channel
FROM (SELECT shipment_id FROM code_range WHERE batch_number = $1 AND first <= $2 ORDER BY first DESC LIMIT 1) AS place
JOIN shipment ON shipment.id = shipment_id LEFT JOIN shop ON shop.id = shop_id
"""
_SCAN = """
SELECT scan.id AS scan_id, agent_id, alias, alias_en, scanned_at, accepted_at
FROM scan JOIN agent ON agent.id = agent_id WHERE code_key = $1
"""
_TRIES = """
SELECT agent_id, alias, alias_en, at, why FROM (
    SELECT agent_id, received_at AS at, CASE WHEN in_review_since IS NULL THEN 'held' ELSE 'in_review' END AS why
    FROM held_scan WHERE code_key = $1
    UNION ALL SELECT agent_id, at, why FROM watched_try WHERE batch_number = $2 AND index = $3) AS tried
JOIN agent ON agent.id = agent_id ORDER BY at LIMIT $4
"""

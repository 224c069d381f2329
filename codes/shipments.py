"""Shipments: goods that left together, from when on their scans count, and where they are meant to be sold."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET

from codes import selections
from codes.batches import changed
from codes.range_rows import states
from codes.ranges import SHOWN_MAX
from codes.selections import Selected
from codes.tags import Tags, tag_all
from codes.transitions import ALIVE, RangeState, paint_all
from core import audit
from core.db import execute, fetch, fetch_row, fetch_value, transaction
from core.ids import uuid7
from core.refusals import Conflict, NotFound, Unprocessable
from core.text import Key, Name
from programs.shops import find_shop

IN_TRANSIT = "in_transit"
BEFORE_TRANSIT = frozenset({"sealed", "exported", "printed"})
_VIEW = """SELECT id, number, shipped_at, shop_id, territory, channel,
                  (SELECT coalesce(sum(stop - first), 0)::bigint FROM code_range WHERE shipment_id = shipment.id)
                      AS indexes FROM shipment """


class ShipmentDiffers(Conflict):
    slug = "shipment_differs"
    title = "A shipment of this number left on another day or for another place"


class UnknownShop(Unprocessable):
    slug = "unknown_shop"
    title = "The program has no such shop"


class ShippedRange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Indexes `first` up to `stop` of a batch."""

    batch_id: UUID
    first: int
    stop: int


class NewShipment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What left, when and where to: units by their numbers, ranges, or both."""

    number: Key
    shipped_at: datetime
    shop_id: UUID | None = None
    territory: Key | None = None
    channel: Key | None = None
    units: tuple[Name, ...] = ()
    ranges: tuple[ShippedRange, ...] = ()


class Shipment(msgspec.Struct, frozen=True):
    """A shipment, and how many indexes left with it and with none after it."""

    id: UUID
    number: str
    shipped_at: datetime
    shop_id: UUID | None
    territory: str | None
    channel: str | None
    indexes: int


async def dispatch(program_id: UUID, new: Sequence[NewShipment], *, by: str) -> list[Shipment]:
    """Let goods leave, all of them or none; saying it again changes nothing, more goods of a number join it.

    What is on sale already is only tagged. Raises UnknownUnit, SsccWrong, NotFound for a batch
    of another program, BeyondBatch, RangeState, ShipmentDiffers, UnknownShop.
    """
    async with transaction() as now:
        await changed()
        ids = [await _dispatch_one(program_id, one, by=by, now=now) for one in new]
        rows = await fetch(_VIEW + "WHERE id = ANY($1) ORDER BY number", ids)
    return [_shipment(row) for row in rows]


async def find(shipment_id: UUID, *, program_id: UUID | None = None) -> Shipment:
    """A shipment; a holder who is confined to a program finds only its own."""
    row = await fetch_row(_VIEW + "WHERE id = $1 AND ($2::uuid IS NULL OR program_id = $2)", shipment_id, program_id)
    if row is None:
        raise NotFound
    return _shipment(row)


async def page(program_id: UUID, *, after: UUID | None = None, limit: int) -> list[Shipment]:
    """A program's shipments in the order in which they were told."""
    rows = await fetch(
        _VIEW + "WHERE program_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3", program_id, after, limit
    )
    return [_shipment(row) for row in rows]


async def contents(shipment_id: UUID) -> list[ShippedRange]:
    """The ranges that left with a shipment and with none after it, the first thousand."""
    rows = await fetch(
        """SELECT code_batch.id, first, stop FROM code_range JOIN code_batch ON code_batch.number = batch_number
           WHERE shipment_id = $1 ORDER BY batch_number, first LIMIT $2""",
        shipment_id,
        SHOWN_MAX,
    )
    return [ShippedRange(*row.values()) for row in rows]


async def _dispatch_one(program_id: UUID, new: NewShipment, *, by: str, now: datetime) -> UUID:
    await _check_shop(program_id, new.shop_id)
    shipment_id = await _shipment_id(program_id, new, by=by, now=now)
    tags = Tags(new.territory or UNSET, new.channel or UNSET)
    for one in await _selected(program_id, new):
        await paint_all(
            one.batch,
            one.runs,
            state=IN_TRANSIT,
            reason=f"shipment {new.number}",
            by=by,
            now=now,
            among=BEFORE_TRANSIT,
            # Nobody can have shipped in days to come, and what he says of the past is his own word.
            shipped_at=min(new.shipped_at, now),
        )
        stopped = await states(one.batch.number, one.runs) - ALIVE
        if stopped:
            raise RangeState(states=sorted(stopped))
        await tag_all(one.batch, one.runs, tags, shipment_id=shipment_id)
    await audit.record(by, "shipment.dispatch", shipment_id=shipment_id, number=new.number)
    return shipment_id


async def _selected(program_id: UUID, new: NewShipment) -> Iterable[Selected]:
    """What left, batch by batch in the order of their numbers."""
    found: dict[int, Selected] = {}
    parts = [await selections.by_units(new.units, program_id=program_id)]
    parts += [
        await selections.by_range(one.batch_id, first=one.first, stop=one.stop, program_id=program_id)
        for one in new.ranges
    ]
    for one in (one for part in parts for one in part):
        found.setdefault(one.batch.number, Selected(one.batch, [])).runs.extend(one.runs)
    return [found[number] for number in sorted(found)]


async def _shipment_id(program_id: UUID, new: NewShipment, *, by: str, now: datetime) -> UUID:
    """The shipment of this number, made if it is new; ShipmentDiffers."""
    told = new.shipped_at, new.shop_id, new.territory, new.channel
    await execute(
        """INSERT INTO shipment
               (id, program_id, number, shipped_at, shop_id, territory, channel, created_by, created_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (program_id, number) DO NOTHING""",
        uuid7(),
        program_id,
        new.number,
        *told,
        by,
        now,
    )
    found: UUID | None = await fetch_value(
        """SELECT id FROM shipment WHERE program_id = $1 AND number = $2
           AND (shipped_at, shop_id, territory, channel) IS NOT DISTINCT FROM ($3, $4, $5, $6)""",
        program_id,
        new.number,
        *told,
    )
    if found is None:
        raise ShipmentDiffers(number=new.number)
    return found


async def _check_shop(program_id: UUID, shop_id: UUID | None) -> None:
    if shop_id is None:
        return
    try:
        shop = await find_shop(shop_id)
    except NotFound:
        raise UnknownShop from None
    if shop.program_id != program_id:
        raise UnknownShop


def _shipment(row: Any) -> Shipment:
    return Shipment(*(row[name] for name in Shipment.__struct_fields__))

"""Shipment files: a sheet with a row for each unit or range that left, read into shipments."""

from collections.abc import Iterable, Mapping
from uuid import UUID

import msgspec

from codes import shipments
from codes.shipments import NewShipment, Shipment, ShippedRange
from core.db import fetch
from core.text import Key, Name
from core.times import Moment
from programs import sheets
from programs.sheets import Digits, RowProblem

EXAMPLE = (
    "number,shipped_at,shop,territory,channel,sscc\n"
    "D-1041,2026-11-20T08:00:00Z,SPB-1,north-west,retail,046012345000000012\n"
)


class Row(msgspec.Struct, frozen=True):
    """A unit or a range that left; `shop` is the owner's code for where it went."""

    number: Key
    shipped_at: Moment
    shop: Key | None = None
    territory: Key | None = None
    channel: Key | None = None
    sscc: Name | None = None
    batch: UUID | None = None
    first: Digits | None = None
    stop: Digits | None = None

    @property
    def range(self) -> ShippedRange | None:
        if self.batch is None or self.first is None or self.stop is None:
            return None
        return ShippedRange(self.batch, int(self.first), int(self.stop))


async def import_shipments(program_id: UUID, content: bytes, *, by: str) -> list[Shipment]:
    """Dispatch a CSV of units and ranges, all of it or nothing; the same again changes nothing.

    Raises SheetRefused, and what `dispatch` raises.
    """
    rows = sheets.rows(content, into=Row)
    wrong = [place for place, one in rows if (one.sscc is None) == (one.range is None)]
    sheets.refuse([RowProblem(place, "either sscc, or batch with first and stop") for place in wrong])
    shops = await _shops(program_id, {one.shop for _, one in rows if one.shop})
    sheets.refuse([RowProblem(place, "no such shop") for place, one in rows if one.shop and one.shop not in shops])
    return await shipments.dispatch(program_id, _shipments((one for _, one in rows), shops), by=by)


def _shipments(rows: Iterable[Row], shops: Mapping[str, UUID]) -> list[NewShipment]:
    found: dict[tuple[object, ...], list[Row]] = {}
    for one in rows:
        found.setdefault((one.number, one.shipped_at, one.shop, one.territory, one.channel), []).append(one)
    return [
        NewShipment(
            number=some[0].number,
            shipped_at=some[0].shipped_at,
            shop_id=shops[some[0].shop] if some[0].shop else None,
            territory=some[0].territory,
            channel=some[0].channel,
            units=tuple(one.sscc for one in some if one.sscc),
            ranges=tuple(one.range for one in some if one.range),
        )
        for some in found.values()
    ]


async def _shops(program_id: UUID, codes: set[str]) -> dict[str, UUID]:
    rows = await fetch("SELECT code, id FROM shop WHERE program_id = $1 AND code = ANY($2)", program_id, sorted(codes))
    return {row["code"]: row["id"] for row in rows}

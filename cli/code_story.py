"""The story of a code as a terminal tells it."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codes.inspection import Inspected, InspectedScan


def told(found: "Inspected") -> Iterator[str]:
    """Line by line: what is known comes, what is not does not."""
    batch, place = found.batch, found.range
    yield f"batch    {batch.id} (number {batch.number}), index {found.index}"
    yield f"product  {batch.sku}  {batch.name_en}"
    yield f"role     {found.role}"
    why = f" ({place.reason})" if place.reason else ""
    yield f"range    {place.first}-{place.stop - 1}: {place.state} since {_time(place.since)}{why}"
    if place.territory or place.channel:
        yield f"meant    for {', '.join(filter(None, (place.territory, place.channel)))}"
    yield from _way(found)
    yield from _scans(found)


def _way(found: "Inspected") -> Iterator[str]:
    """From the printer to the shop."""
    if found.print is not None:
        outcome = found.print.outcome or found.print.state
        yield f"printer  {found.print.printer}, order {found.print.print_order_id}: {outcome}"
        if found.print.roll is not None:
            yield f"roll     {found.print.roll}"
    for unit in found.units:
        yield f"{unit.kind:<8} {unit.sscc}"
    if found.shipment is not None:
        where = found.shipment.shop or found.shipment.territory
        yield f"shipment {found.shipment.number} at {_time(found.shipment.shipped_at)}{f' to {where}' if where else ''}"


def _scans(found: "Inspected") -> Iterator[str]:
    held = sum(one.why == "held" for one in found.tries)
    if found.scan is None:
        yield f"scan     none accepted, {held} held"
    else:
        yield f"scan     claimed at {_time(found.scan.accepted_at)} by agent {found.scan.agent_id}, {found.scan.alias}"
        yield from _bonuses(found.scan)
    for one in found.tries:
        yield f"try      {one.why} at {_time(one.at)} by agent {one.agent_id}, {one.alias}"


def _bonuses(scan: "InspectedScan") -> Iterator[str]:
    for bonus in scan.story.bonuses:
        what = f"{bonus.amount_minor} {bonus.asset} minor units" if bonus.asset else "nothing"
        why = f" ({bonus.reason})" if bonus.reason else ""
        yield f"bonus    {what}: {bonus.state.value}{why}, {bonus.campaign_name or 'no campaign'}"
    if not scan.story.bonuses:
        yield f"bonus    {scan.story.state.value}"


def _time(at: datetime) -> str:
    return f"{at:%F %T} UTC"

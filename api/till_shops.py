"""The till that a cashier stands at: his shop, its calendar and currency."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from api.staff_callers import me
from api.staff_frame import AnyRequest
from api.till_look import Look
from core.refusals import NotFound
from programs.snapshot import current_snapshot
from programs.staff import StaffHolder


class Till(msgspec.Struct, frozen=True):
    """A shop as its cashier's pages need it."""

    id: UUID
    program_id: UUID
    zone: ZoneInfo
    cashier: StaffHolder
    has_pin: bool
    look: Look

    def day(self, moment: datetime) -> str:
        """The shop's date at a moment."""
        return moment.astimezone(self.zone).date().isoformat()


async def till_of(request: AnyRequest) -> Till:
    """The till of who is logged in; NotFound for whoever belongs to no shop."""
    mine = me(request)
    snapshot = await current_snapshot()
    shop = snapshot.shops.get(mine.holder.shop_id) if mine.holder.shop_id else None
    if shop is None:
        raise NotFound
    program = snapshot.programs[shop.program_id]
    return Till(
        shop.id,
        shop.program_id,
        ZoneInfo(program.time_zone),
        mine.holder,
        mine.has_pin,
        Look(request, zone=program.time_zone, currency=program.currency),
    )

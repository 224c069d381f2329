"""A promo code whose agent calls the API."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import httpx
import msgspec

from codes import promo_codes
from codes.promo_codes import PromoCode
from programs.advertising import Marks, put_marks
from programs.discounts import PercentOff
from programs.snapshot import current_snapshot
from tests.api.phoning import Installer
from tests.codes.tills import a_promo_campaign, a_shop
from tests.programs.stored import BY, a_program

MARKS = Marks("Реклама", "ООО «Завод Тепло»", "2VtzqxKcXyZ")
ORIGIN = "http://naparnik.test"


class Promoter(msgspec.Struct, frozen=True):
    """An agent, his phone, his code and its campaign."""

    phone: Installer
    code: PromoCode
    campaign_id: UUID
    program_id: UUID

    async def handout(self, **query: str) -> httpx.Response:
        path = f"/v1/promo-codes/{self.code.id}/handout?{urlencode(query)}"
        return await self.phone.call("GET", path)


async def a_promoter(
    http: httpx.AsyncClient, text: str | None = None, *, program: dict[str, Any] | None = None, **rules: Any
) -> Promoter:
    """Somebody with a code for a campaign that gives 5 % off in one shop."""
    program_id = await a_program(**(program or {}))
    await a_shop(program_id)
    campaign_id = await a_promo_campaign(program_id, **({"discounts": (PercentOff(basis_points=500),)} | rules))
    phone = await Installer(http, ORIGIN).enrol()
    code = await promo_codes.create(phone.agent_id, campaign_id=campaign_id, text=text)
    await current_snapshot(age_seconds_max=0)
    return Promoter(phone, code, campaign_id, program_id)


async def mark(campaign_id: UUID, marks: Marks = MARKS) -> None:
    await put_marks(campaign_id, marks, by=BY)

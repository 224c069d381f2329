"""Programs and campaigns in the database, made the way everybody makes them."""

from typing import Any
from uuid import UUID

from programs.installation import NewProgram, create_program
from programs.lifecycle import NewCampaign, activate, create_campaign
from programs.products import NewProduct, put_product
from tests.programs.made import rules

BY = "key:test"


async def a_program(**changes: Any) -> UUID:
    plain: dict[str, Any] = {"name": "Тепло", "time_zone": "Europe/Moscow"}
    return (await create_program(NewProgram(**(plain | changes)), by=BY)).id


async def a_product(program_id: UUID, sku: str = "K-24", **changes: Any) -> UUID:
    product, _ = await put_product(program_id, NewProduct(sku, "Котёл", "Boiler", **changes), by=BY)
    return product.id


async def a_campaign(program_id: UUID, *, budget_minor: int = 0, active: bool = True, **changes: Any) -> UUID:
    new = NewCampaign("Зима", rules(**changes), budget_minor)
    campaign_id = (await create_campaign(program_id, new, by=BY)).id
    if active:
        await activate(campaign_id, by=BY)
    return campaign_id

"""Worlds: a program with one of everything in it, made so that whatever belongs to it can be asked for."""

from uuid import UUID, uuid4

import msgspec

from core import access
from core.access import Role
from core.db import fetch_value
from programs.facts import Line
from referrals import disputes
from referrals.releases import release_all_due
from tests.driver import ASSET, Campaign, Driver
from tests.referrals.people import Person, credited, enrolled
from wallets import spends
from wallets.spends import Spend
from workers.jobs import run_waiting_jobs

BONUS_MINOR = 500


class World(msgspec.Struct, frozen=True, kw_only=True):
    """The ids of one program's things, by the names that routes have for them, and its owner's confined key."""

    program_id: str
    product_id: str
    campaign_id: str
    batch_id: str
    job_id: str
    accrual_id: str
    activity_id: str
    dispute_id: str
    spend_id: str
    key_id: str
    owner_key: str
    person: Person

    def fill(self, path: str) -> str:
        """A route's address with this world's ids."""
        for name in self.__struct_fields__:
            path = path.replace(f"{{{name}}}", str(getattr(self, name)))
        return path


async def a_world(driver: Driver, asset: str = ASSET) -> World:
    """A program of its own with a batch on paper, a paid activity that is appealed against, and money set aside."""
    campaign = await a_paying_campaign(driver, asset)
    batch = await an_ordered_batch(driver, campaign)
    person = await enrolled()
    activity_id = await paid_activity(person, campaign)
    dispute = await disputes.appeal(
        person.agent_id, activity_id=activity_id, about=f"activity:{activity_id}", words="Почему?", answer_days=14
    )
    _, token = await access.create(role=Role.owner, name="confined", program_id=UUID(campaign.program_id), by="test")
    key_id, _ = await access.create(role=Role.erp, name="erp", program_id=UUID(campaign.program_id), by="test")
    return World(
        program_id=campaign.program_id,
        product_id=campaign.product_id,
        campaign_id=campaign.id,
        batch_id=batch["id"],
        job_id=batch["job_id"],
        accrual_id=str(await fetch_value("SELECT id FROM accrual WHERE activity_id = $1", activity_id)),
        activity_id=str(activity_id),
        dispute_id=str(dispute.id),
        spend_id=str((await a_spend(person, asset)).id),
        key_id=str(key_id),
        owner_key=token,
        person=person,
    )


async def a_paying_campaign(driver: Driver, asset: str = ASSET) -> Campaign:
    """A campaign that pays at once, in a new program that is the driver's from now on."""
    body = {"name": f"P {uuid4()}", "time_zone": "Europe/Moscow", "asset": asset}
    driver._program_id = (await driver.owner("POST", "/v1/programs", body))["id"]
    campaign = await driver.campaign(budget_minor=0, bonus_minor=BONUS_MINOR, asset=asset)
    await driver.owner("POST", f"/v1/campaigns/{campaign.id}/budget", {"amount_minor": 100_000, "asset": asset})
    return campaign


async def an_ordered_batch(driver: Driver, campaign: Campaign, count: int = 10) -> dict[str, str]:
    """A batch of a campaign's product that no worker has sealed yet."""
    body = {"product_id": campaign.product_id, "count": count}
    ordered: dict[str, str] = await driver.owner("POST", f"/v1/programs/{campaign.program_id}/batches", body)
    return ordered


async def a_sealed_batch(driver: Driver, campaign: Campaign, count: int = 10) -> str:
    """A batch with its codes, not on sale."""
    batch = await an_ordered_batch(driver, campaign, count)
    await run_waiting_jobs()
    return batch["id"]


async def paid_activity(person: Person, campaign: Campaign) -> UUID:
    """A scan of the campaign's product whose bonus the agent can spend."""
    line = Line(UUID(campaign.product_id), "SKU", 1)
    activity_id = await credited(person.agent_id, UUID(campaign.program_id), lines=(line,))
    await release_all_due()
    return activity_id


async def a_spend(person: Person, asset: str = ASSET, amount_minor: int = 100) -> Spend:
    """A part of his bonus that an agent has set aside."""
    return await spends.reserve(
        person.agent_id, asset=asset, amount_minor=amount_minor, purpose="test", ttl_seconds=3600
    )

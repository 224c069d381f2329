"""Worlds: a program with one of everything in it, made so that whatever belongs to it can be asked for."""

from uuid import UUID, uuid4

import msgspec

from codes import batches, downloads, plans, settlements, shipments, voids
from codes.ranges import Run
from codes.settlement_disputes import NewDispute, open_dispute
from codes.settlements import Settlement
from codes.shipments import NewShipment
from core import access
from core.access import Role
from core.db import fetch_value, transaction
from programs import staff
from programs.facts import Line
from programs.staff import NewStaff
from receipts import feeds
from receipts.feeds import NewFeed
from referrals import disputes, risks, segment_words, segments
from referrals.releases import release_all_due
from referrals.risks import RiskKind
from referrals.segment_words import NewWord
from rewards import catalogue, orders
from rewards.catalogue import NewReward, RewardChange
from rewards.orders import RewardOrder
from tests.codes.offline_tills import a_signer
from tests.codes.tills import a_shop
from tests.driver import ASSET, Campaign, Driver
from tests.packs import Batch, a_batch, painted, scan, verdict_of
from tests.printing import an_exported_order
from tests.receipts.purchases import a_line, document, handed_in
from tests.referrals.people import Person, credited, enrolled
from wallets import spends
from wallets.spends import Spend
from workers.jobs import run_waiting_jobs

BONUS_MINOR = 500
SEGMENT = "installers"


class World(msgspec.Struct, frozen=True, kw_only=True):
    """The ids of one program's things, by the names that routes have for them, and its owner's confined key."""

    program_id: str
    product_id: str
    campaign_id: str
    batch_id: str
    job_id: str
    print_order_id: str
    download_id: str
    plan_id: str
    void_request_id: str
    scan_id: str
    shipment_id: str
    code: str
    accrual_id: str
    activity_id: str
    dispute_id: str
    spend_id: str
    risk_id: str
    shop_id: str
    terminal_id: str
    settlement_id: str
    settlement_dispute_id: str
    receipt_id: str
    feed_id: str
    secret_id: str
    key_id: str
    staff_id: str
    reward_id: str
    order_id: str
    voucher: str
    segment: str
    agent_id: str
    word_id: str
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
    owner_id, token = await access.create(
        role=Role.owner, name="confined", program_id=UUID(campaign.program_id), by="test"
    )
    shop = await a_settled_shop(UUID(campaign.program_id))
    printed = await a_batch(UUID(campaign.program_id), UUID(campaign.product_id), on_sale=False)
    print_order = await an_exported_order(printed, by=f"key:{owner_id}")
    [download] = await downloads.listed(print_order.id)
    feed = (await feeds.create(UUID(campaign.program_id), NewFeed("Магазин"), by="test")).feed
    key_id, _ = await access.create(role=Role.erp, name="erp", program_id=UUID(campaign.program_id), by="test")
    ordered = await a_service(person, UUID(campaign.program_id))
    return World(
        program_id=campaign.program_id,
        product_id=campaign.product_id,
        campaign_id=campaign.id,
        batch_id=batch["id"],
        job_id=batch["job_id"],
        print_order_id=str(print_order.id),
        download_id=str(download.id),
        plan_id=str(await a_plan(UUID(batch["id"]))),
        void_request_id=str((await voids.ask(printed.id, reason="test", by="test")).id),
        scan_id=str(await a_reviewed_scan(person, printed)),
        shipment_id=str(await a_shipment(UUID(campaign.program_id))),
        code=printed.code(1),
        accrual_id=str(await fetch_value("SELECT id FROM accrual WHERE activity_id = $1", activity_id)),
        activity_id=str(activity_id),
        dispute_id=str(dispute.id),
        spend_id=str((await a_spend(person, asset)).id),
        shop_id=str(shop.shop_id),
        terminal_id=str((await a_signer(shop.shop_id)).terminal_id),
        settlement_id=str(shop.id),
        settlement_dispute_id=str((await open_dispute(shop.id, NewDispute("A-1", 1, "test"), by="test")).id),
        risk_id=str(await a_suspicion(UUID(campaign.program_id))),
        receipt_id=str(await a_reviewed_receipt(person, UUID(campaign.program_id))),
        feed_id=str(feed.id),
        secret_id=str(feed.secrets[0].id),
        key_id=str(key_id),
        staff_id=str(await an_auditor(UUID(campaign.program_id))),
        reward_id=str(ordered.reward_id),
        order_id=str(ordered.id),
        voucher=await voucher_of(ordered, person),
        segment=SEGMENT,
        agent_id=str(person.agent_id),
        word_id=str(await a_segment_word(UUID(campaign.program_id), person)),
        owner_key=token,
        person=person,
    )


async def a_segment_word(program_id: UUID, person: Person) -> UUID:
    """A word for a segment that the agent is in already."""
    await segments.put_in(program_id, SEGMENT, [person.agent_id], by="test")
    ends_at = await fetch_value("SELECT now() + interval '1 day'")
    return (await segment_words.make(program_id, SEGMENT, NewWord(ends_at, 30), by="test")).id


async def a_settled_shop(program_id: UUID) -> Settlement:
    """A statement of a shop's month in which nothing happened."""
    await fetch_value(
        """INSERT INTO settlement (id, program_id, shop_id, month, starts_at, ends_at, asset, lines, goods_minor,
                                   discount_minor, shop_minor, opening_minor, sold_minor, returned_minor,
                                   corrected_minor, paid_minor, closing_minor, closed_at, closed_by)
           VALUES (gen_random_uuid(), $1, $2, '2026-02-01', '2026-02-01', '2026-03-01', 'RUB',
                   0, 0, 0, 0, 0, 0, 0, 0, 0, 0, now(), 'test')""",
        program_id,
        await a_shop(program_id),
    )
    [settlement] = await settlements.page(program_id=program_id)
    return settlement


async def a_service(person: Person, program_id: UUID) -> RewardOrder:
    """A service that the agent has ordered and nobody has given yet."""
    new = NewReward(kind="entitlement", name_ru="Диагностика", name_en="Diagnostics", price_minor=100, valid_days=30)
    reward = await catalogue.add_reward(program_id, new, by="test")
    await catalogue.change_reward(reward.id, RewardChange(state="active"), by="test")
    async with transaction(adoptable=True):
        return await orders.place(reward.id, agent_id=person.agent_id, language="ru", spend_id=uuid4())


async def voucher_of(ordered: RewardOrder, person: Person) -> str:
    """What its owner shows to the staff."""
    return (await orders.show(ordered.id, agent_id=person.agent_id)).voucher or ""


async def a_plan(batch_id: UUID) -> UUID:
    """Something that is to become of a batch in a hundred years."""
    async with transaction() as now:
        batch = await batches.find(batch_id)
        due_at = now.replace(year=now.year + 100)
        await plans.plan(batch, [Run(0, 1)], state="active", due_at=due_at, reason="", by="test", now=now)
    [plan] = await plans.of_batch(batch_id, limit=1)
    return plan.id


async def an_auditor(program_id: UUID) -> UUID:
    """Somebody who logs in."""
    new = NewStaff(f"a{uuid4().hex[:12]}", "Anna", "auditor")
    return (await staff.hire(new, program_id=program_id, by="test")).staff.id


async def a_shipment(program_id: UUID) -> UUID:
    """A car that left with nothing in it."""
    shipped_at = await fetch_value("SELECT now()")
    [shipment] = await shipments.dispatch(program_id, [NewShipment("D-0", shipped_at)], by="test")
    return shipment.id


async def a_reviewed_scan(person: Person, batch: Batch) -> UUID:
    """A scan that waits for a person, because its code has leaked before it was on sale."""
    held = verdict_of(await scan(person.agent_id, batch.code(0)))
    await painted(batch.id, "leaked", 0, 1)
    return held.scan.scan_id


async def a_reviewed_receipt(person: Person, program_id: UUID) -> UUID:
    """A receipt of a program that holds nothing of its goods, so that a person has to look."""
    number = await fetch_value("SELECT count(*) + 1 FROM receipt")
    goods = document(a_line("Хлеб"), i=number)
    return (await handed_in(person.agent_id, document=goods, program_id=program_id)).receipt_id


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


async def a_suspicion(program_id: UUID) -> UUID:
    """Something in a program that looks wrong."""
    async with transaction() as now:
        suspected = await risks.record(
            kind=RiskKind.duplicate_codes, subject=f"program:{program_id}", facts={}, now=now, program_id=program_id
        )
    assert suspected is not None
    return suspected

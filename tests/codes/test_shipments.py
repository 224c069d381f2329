"""Goods leave, arrive and are put on sale, by carton, by shipment, by date; scans count from the day they left."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from codes import activation, cartons, plans, selections, shipment_files, shipments, tags
from codes.activation import Activated
from codes.batches import find
from codes.claims import NotAccepted
from codes.keyring import Keyring
from codes.packaging_code import Role
from codes.ranges import stretches
from codes.selections import NotInCarton, Selected
from codes.shipments import NewShipment, ShipmentDiffers, ShippedRange, UnknownShop
from codes.sscc import numbered
from codes.tags import Tags
from codes.transitions import RangeState
from core.db import execute, fetch_value
from core.refusals import NotFound
from programs.conditions import ChannelIn, TerritoryIn
from programs.shops import NewShop, put_shop
from tests.packs import (
    BONUS_MINOR,
    Sale,
    a_batch,
    a_sale,
    an_agent,
    painted,
    said,
    scan,
    settled,
    some_agents,
    told,
    verdict_of,
    wallet,
)
from tests.programs.stored import BY

PREFIX = "4601234"


@pytest.fixture
async def sale(proven: None) -> Sale:
    """Codes in cartons of ten, two of which stand on each pallet: the first pallet has the first number."""
    sale = await a_sale(100, on_sale=False)
    await cartons.make(
        sale.batch.id, first=0, stop=100, per_carton=10, per_pallet=2, company_prefix=PREFIX, twins=False, by=BY
    )
    return sale


def carton(place: int) -> str:
    """The number of a carton: those of the five pallets come first."""
    return numbered(PREFIX, 5 + place)


async def states(sale: Sale) -> list[tuple[int, int, str]]:
    return [(one.first, one.stop, one.state) for one in await stretches(sale.batch.number)]


async def units(*numbers: str) -> list[Selected]:
    return await selections.by_units(numbers, program_id=None)


async def put_on_sale(select: Any, **days: Any) -> Activated:
    return await activation.activate(select, reason="arrived", by=BY, **days)


async def left(sale: Sale, *numbers: str, **details: Any) -> None:
    shipped_at: datetime = details.pop("shipped_at", None) or await fetch_value("SELECT now()")
    new = NewShipment(number="D-1", shipped_at=shipped_at, units=numbers, **details)
    await shipments.dispatch(sale.program_id, [new], by=BY)


# On sale.


async def test_one_scan_of_an_outer_code_puts_its_carton_on_sale(sale: Sale) -> None:
    code = sale.batch.code(13, Role.OUTER)

    done = await put_on_sale(lambda: selections.by_code(code, program_id=sale.program_id, keyring=Keyring()))

    [(first, stop, _)] = [one for one in await states(sale) if one[2] == "active"]
    assert first <= 13 < stop
    assert done.activated == stop - first


async def test_the_inner_code_puts_nothing_on_sale(sale: Sale) -> None:
    with pytest.raises(NotAccepted):
        await put_on_sale(
            lambda: selections.by_code(sale.batch.code(13), program_id=sale.program_id, keyring=Keyring())
        )


async def test_a_pack_that_is_in_no_carton_says_so(sale: Sale) -> None:
    other = await a_batch(sale.program_id, sale.product_id, on_sale=False)

    with pytest.raises(NotInCarton):
        await put_on_sale(
            lambda: selections.by_code(other.code(0, Role.OUTER), program_id=sale.program_id, keyring=Keyring())
        )


async def test_a_pallets_number_puts_all_its_cartons_on_sale(sale: Sale) -> None:
    await put_on_sale(lambda: units(numbered(PREFIX, 1)))

    [(first, stop, _)] = [one for one in await states(sale) if one[2] == "active"]
    assert [unit.sscc for index in (first, stop - 1) for unit in await cartons.holding(sale.batch.number, index)] == [
        carton(2), numbered(PREFIX, 1), carton(3), numbered(PREFIX, 1)
    ]  # fmt: skip


async def test_to_put_on_sale_twice_changes_nothing_the_second_time(sale: Sale) -> None:
    first = await put_on_sale(lambda: units(carton(0)))
    before = await states(sale)

    second = await put_on_sale(lambda: units(carton(0)))

    assert (first.activated > 0, second.activated) == (True, 0)
    assert await states(sale) == before


async def test_thirty_who_scan_one_carton_at_once_pay_its_held_scan_once(sale: Sale) -> None:
    agent_id = await an_agent()
    await scan(agent_id, sale.batch.code(0))

    done = await asyncio.gather(*(put_on_sale(lambda: units(carton(0))) for _ in range(30)))

    await settled(at_once=3)
    assert len([one for one in done if one.activated]) == 1
    assert (await wallet(agent_id)).available_minor == BONUS_MINOR


@pytest.mark.parametrize("state", ["suspended", "recalled", "leaked", "voided", "expired"])
async def test_a_carton_of_which_a_pack_was_stopped_is_not_put_on_sale(sale: Sale, state: str) -> None:
    await painted(sale.batch.id, state, 5, 6)

    with pytest.raises(RangeState) as refused:
        await put_on_sale(lambda: units(carton(0)))

    assert refused.value.facts == {"states": [state]}
    assert "active" not in {one[2] for one in await states(sale)}


# Shipments.


async def test_a_shipment_is_on_its_way_and_arrives(sale: Sale) -> None:
    shop, _ = await put_shop(sale.program_id, NewShop(code="SPB-1", name="Склад"), by=BY)
    await left(sale, carton(0), carton(1), shop_id=shop.id, territory="north", channel="retail")
    on_its_way = (await stretches(sale.batch.number))[0]

    await put_on_sale(lambda: selections.by_shipment("D-1", program_id=sale.program_id))

    arrived = (await stretches(sale.batch.number))[0]
    [shipment] = await shipments.page(sale.program_id, limit=10)
    assert (on_its_way.state, on_its_way.territory, on_its_way.channel) == ("in_transit", "north", "retail")
    assert (arrived.state, arrived.shipped_at, arrived.shipment_id) == ("active", on_its_way.shipped_at, shipment.id)
    assert (shipment.indexes, shipment.shop_id) == (arrived.stop, shop.id)
    assert len(await states(sale)) == 2


async def test_the_same_shipment_again_changes_nothing_and_another_of_its_number_is_refused(sale: Sale) -> None:
    at = await fetch_value("SELECT now()")
    await left(sale, carton(0), shipped_at=at)
    before = await stretches(sale.batch.number)

    await left(sale, carton(0), shipped_at=at)

    assert await stretches(sale.batch.number) == before
    with pytest.raises(ShipmentDiffers):
        await left(sale, carton(1), shipped_at=at - timedelta(days=1))


async def test_what_is_on_sale_already_is_only_tagged_when_it_leaves(sale: Sale) -> None:
    await painted(sale.batch.id, "active")

    await left(sale, carton(0), territory="north")

    [first, rest] = await stretches(sale.batch.number)
    assert (first.state, first.territory, rest.territory) == ("active", "north", None)


async def test_what_was_recalled_does_not_leave(sale: Sale) -> None:
    await painted(sale.batch.id, "recalled", 0, 5)

    with pytest.raises(RangeState):
        await left(sale, carton(0))


async def test_goods_leave_for_no_shop_of_others(sale: Sale) -> None:
    with pytest.raises(UnknownShop):
        await left(sale, carton(0), shop_id=uuid4())


async def test_a_batch_of_others_does_not_leave_with_ours(sale: Sale) -> None:
    stranger = await a_sale(on_sale=False)

    with pytest.raises(NotFound):
        await left(sale, ranges=(ShippedRange(stranger.batch.id, 0, 5),))


async def test_a_warehouses_sheet_is_read_into_shipments(sale: Sale) -> None:
    rows = [
        "number;shipped_at;territory;sscc;batch;first;stop",
        f"D-1;2026-11-20T08:00:00Z;north;{carton(0)};;;",
        f"D-1;2026-11-20T08:00:00Z;north;;{sale.batch.id};50;60",
        f"D-2;2026-11-21T08:00:00+03:00;south;{carton(9)};;;",
    ]

    done = await shipment_files.import_shipments(sale.program_id, "\n".join(rows).encode(), by=BY)

    assert [(one.number, one.territory) for one in done] == [("D-1", "north"), ("D-2", "south")]
    assert [state for _, _, state in await states(sale)][:5] == [
        "in_transit",
        "sealed",
        "in_transit",
        "sealed",
        "in_transit",
    ]


# Held scans: those from after the goods had left.


async def test_the_earliest_scan_from_after_the_goods_had_left_is_paid_and_earlier_ones_are_looked_into(
    sale: Sale,
) -> None:
    thief, owner, late = await some_agents(3)
    await scan(thief, sale.batch.code(0))
    await execute("UPDATE held_scan SET received_at = received_at - interval '2 hours'")
    await left(sale, carton(0), shipped_at=await fetch_value("SELECT now() - interval '1 hour'"))
    await scan(owner, sale.batch.code(0))
    await scan(late, sale.batch.code(0))

    await put_on_sale(lambda: units(carton(0)))

    await settled()
    assert await told(thief) == [("held", None), ("in_review", None)]
    assert (await wallet(owner)).available_minor == BONUS_MINOR
    assert await told(late) == [("held", None), ("denied", "already_claimed")]


async def test_whoever_scanned_before_the_goods_had_left_is_not_paid_by_scanning_again(sale: Sale) -> None:
    thief, owner = await some_agents(2)
    await scan(thief, sale.batch.code(0))
    await left(sale, carton(0))
    await put_on_sale(lambda: units(carton(0)))

    again = await scan(thief, sale.batch.code(0))

    assert said(again) == "already_yours held"
    assert said(await scan(owner, sale.batch.code(0))) == "new accepted"


# Days to come.


async def test_goods_are_put_on_sale_closed_and_over_on_their_days(sale: Sale) -> None:
    now = await fetch_value("SELECT now()")
    done = await put_on_sale(
        lambda: units(carton(0)),
        at=now + timedelta(days=1),
        closes_at=now + timedelta(days=2),
        expires_at=now + timedelta(days=3),
    )

    seen = [await after_days(sale, days) for days in range(4)]

    assert (done.activated, done.planned_for) == (0, now + timedelta(days=1))
    assert seen == ["sealed", "active", "closing", "expired"]


async def test_a_day_that_comes_wakes_nothing_that_was_stopped(sale: Sale) -> None:
    await put_on_sale(lambda: units(carton(0)), at=await fetch_value("SELECT now() + interval '1 day'"))
    await painted(sale.batch.id, "suspended", 0, 5)

    await after_days(sale, 1)

    assert [state for _, _, state in await states(sale)] == ["suspended", "active", "sealed"]


async def test_a_plan_that_was_called_off_is_not_carried_out(sale: Sale) -> None:
    await put_on_sale(lambda: units(carton(0)), at=await fetch_value("SELECT now() + interval '1 day'"))
    [plan] = await plans.of_batch(sale.batch.id, limit=10)

    await plans.cancel(plan.id, batch_id=sale.batch.id, by=BY)

    assert await after_days(sale, 1) == "sealed"
    with pytest.raises(NotFound):
        await plans.cancel(plan.id, batch_id=sale.batch.id, by=BY)


async def after_days(sale: Sale, days: int) -> str:
    """The first code's state after the chore has run on a day to come."""
    await execute("UPDATE range_plan SET due_at = due_at - interval '1 day' WHERE done_at IS NULL AND $1 > 0", days)
    await plans.carry_out_due()
    return (await stretches(sale.batch.number))[0].state


async def test_nothing_that_is_due_lets_processes_keep_what_they_know(sale: Sale) -> None:
    before = await fetch_value("SELECT revision FROM code_revision")

    await plans.carry_out_due()

    assert await fetch_value("SELECT revision FROM code_revision") == before


# Tags.


async def test_a_tag_stays_until_it_is_taken_away(sale: Sale) -> None:
    await tags.tag(sale.batch.id, Tags(territory="north", channel="retail"), first=0, stop=50, by=BY)
    await tags.tag(sale.batch.id, Tags(territory="south"), first=40, stop=60, by=BY)

    await tags.tag(sale.batch.id, Tags(channel=None), first=0, stop=45, by=BY)

    batch: UUID = sale.batch.id
    assert [(one.first, one.stop, one.territory, one.channel) for one in (await find(batch)).ranges] == [
        (0, 40, "north", None),
        (40, 45, "south", None),
        (45, 50, "south", "retail"),
        (50, 60, "south", None),
        (60, sale.batch.size, None, None),
    ]


async def test_a_campaign_can_pay_for_goods_of_one_territory_only_held_ones_too(proven: None) -> None:
    sale = await a_sale(on_sale=False, conditions=(TerritoryIn(frozenset({"north"})), ChannelIn(frozenset({"retail"}))))
    await tags.tag(sale.batch.id, Tags(territory="north", channel="retail"), first=0, stop=5, by=BY)
    north, south, held = await some_agents(3)
    await scan(held, sale.batch.code(0))
    await painted(sale.batch.id, "active")

    [expected] = [verdict_of(await scan(north, sale.batch.code(1))).scan.expected]
    await scan(south, sale.batch.code(5))

    await settled()
    assert expected is not None
    assert [(await wallet(one)).available_minor for one in (north, south, held)] == [BONUS_MINOR, 0, BONUS_MINOR]

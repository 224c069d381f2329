"""The story of a code, from printer to scan; neither its text nor its twin's is told or written down."""

from uuid import uuid4

import pytest

from codes import cartons, inspection, print_orders, shipments
from codes.inspection import Inspected
from codes.keyring import Keyring
from codes.packaging_code import Role
from codes.print_orders import NewPrintOrder
from codes.readings import Malformed
from codes.shipments import NewShipment
from core.db import fetch, fetch_value
from core.refusals import NotFound
from tests.packs import BONUS_MINOR, Sale, a_sale, a_wrong_code, accepted, painted, scan, settled, some_agents
from tests.programs.stored import BY

PREFIX = "4601234"


@pytest.fixture
async def sale(proven: None) -> Sale:
    """Codes in cartons that have left and are on sale."""
    sale = await a_sale(40, on_sale=False)
    await cartons.make(
        sale.batch.id, first=0, stop=40, per_carton=10, per_pallet=2, company_prefix=PREFIX, twins=False, by=BY
    )
    [unit, _] = await cartons.holding(sale.batch.number, 0)
    shipped_at = await fetch_value("SELECT now()")
    await shipments.dispatch(
        sale.program_id, [NewShipment("D-1", shipped_at, territory="north", units=(unit.sscc,))], by=BY
    )
    await painted(sale.batch.id, "active")
    return sale


async def inspected(text: str) -> Inspected:
    return await inspection.inspect(text, keyring=Keyring(), by=BY)


async def test_a_code_tells_its_carton_its_shipment_and_who_was_paid_for_it(sale: Sale) -> None:
    owner, late = await some_agents(2)
    [scan_id] = await accepted(owner, sale.batch.code(3))
    await scan(late, sale.batch.code(3))
    await settled()

    found = await inspected(sale.batch.code(3))

    assert (found.role, found.index, found.batch.number, found.batch.sku) == ("inner", 3, sale.batch.number, "K-24")
    assert [unit.kind for unit in found.units] == ["carton", "pallet"]
    assert found.shipment is not None
    assert (found.shipment.number, found.shipment.territory, found.range.state) == ("D-1", "north", "active")
    assert found.scan is not None
    assert (found.scan.scan_id, found.scan.agent_id) == (scan_id, owner)
    assert [bonus.amount_minor for bonus in found.scan.story.bonuses] == [BONUS_MINOR]


async def test_its_outer_twin_tells_the_same(sale: Sale) -> None:
    [owner] = await some_agents(1)
    await accepted(owner, sale.batch.code(3))

    inner, outer = await inspected(sale.batch.code(3)), await inspected(sale.batch.code(3, Role.OUTER))

    assert (outer.role, outer.index, outer.scan, outer.units) == ("outer", inner.index, inner.scan, inner.units)


async def test_who_waits_for_it_and_who_is_looked_into_is_told_too(proven: None) -> None:
    sale, (early, late) = await a_sale(on_sale=False), await some_agents(2)
    await scan(early, sale.batch.code(0))
    await painted(sale.batch.id, "in_transit")
    await scan(late, sale.batch.code(0))

    before = await inspected(sale.batch.code(0))
    await painted(sale.batch.id, "active", among={"in_transit"})
    after = await inspected(sale.batch.code(0))

    assert {one.agent_id for one in before.tries if one.why == "held"} == {early, late}
    assert {one.agent_id for one in after.tries if one.why == "in_review"} == {early}
    assert after.scan is not None
    assert after.scan.agent_id == late


async def test_that_somebody_asked_is_written_down_without_the_code(sale: Sale) -> None:
    code = sale.batch.code(3)

    found = await inspected(code)

    facts = await fetch_value("SELECT facts::text FROM audit_entry WHERE action = 'code.inspect'")
    assert str(sale.batch.id) in facts
    for text in (code, sale.batch.code(3, Role.OUTER)):
        assert text not in facts
        assert text not in repr(found)


async def test_a_code_of_nobody_and_one_of_another_program_are_not_found(sale: Sale) -> None:
    with pytest.raises(NotFound):
        await inspected(a_wrong_code(sale.batch))
    with pytest.raises(NotFound):
        await inspection.inspect(sale.batch.code(0), keyring=Keyring(), by=BY, program_id=uuid4())

    assert await fetch("SELECT FROM guess") == []


async def test_what_can_be_no_code_is_malformed(sale: Sale) -> None:
    with pytest.raises(Malformed):
        await inspected("!")


async def test_a_code_tells_the_roll_that_it_was_printed_on(proven: None) -> None:
    batch = (await a_sale(40, on_sale=False)).batch
    new = NewPrintOrder(printer="Полиграф", first=5, labels_per_roll=10)
    await print_orders.create(batch.id, new, origin="https://x.example", by=BY)

    rolls = [(await inspected(batch.code(index))).print for index in (5, 14, 15)]

    assert [one.roll if one else None for one in rolls] == [1, 1, 2]

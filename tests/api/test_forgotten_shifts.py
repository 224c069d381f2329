import httpx

from core.db import fetch_value
from tests.api.staffing import logged_in
from tests.api.stands import on_shift
from tests.codes.tills import a_till
from tests.driver import Driver


async def test_a_shift_that_was_forgotten_is_closed_by_the_maker(driver: Driver, http: httpx.AsyncClient) -> None:
    till = await a_till()
    cashier = await logged_in(http, "cashier", shop_id=till.shop_id)
    await on_shift(cashier, till)
    path = f"/v1/staff/{cashier.id}/shift/close"

    foreign = await driver.call("POST", path, token=await driver.staff(None, "owner"))
    closed = await driver.owner("POST", path)
    again = await driver.call("POST", path, token=driver.owner_key)
    page = await cashier.see("/staff/till")

    assert foreign.status_code == 404
    assert closed["id"] == str(cashier.id)
    assert (again.status_code, again.json()["slug"]) == (409, "shift_needed")
    assert "/staff/till/open" in page.text
    assert await fetch_value("SELECT who FROM audit_entry WHERE action = 'shift.close'") != f"staff:{cashier.id}"

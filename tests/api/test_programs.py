from typing import Any
from uuid import UUID

import pytest

from core.db import transaction
from programs.products import NewProduct, put_products
from tests.driver import Driver


async def test_a_program_is_made_found_and_changed(driver: Driver) -> None:
    body = {"name": "Тепло", "time_zone": "Asia/Yekaterinburg", "asset": "PTS"}

    made = await driver.owner("POST", "/v1/programs", body)
    changed = await driver.owner("PATCH", f"/v1/programs/{made['id']}", {"name": "Тепло и свет"})
    found = await driver.owner("GET", f"/v1/programs/{made['id']}")

    assert made == body | {
        "id": made["id"],
        "currency": "RUB",
        "jurisdiction": "RU",
        "company_receipts": "review",
        "discount_form": "discount",
        "dark": None,
        "light": None,
    }
    assert found == changed == made | {"name": "Тепло и свет"}
    assert await driver.owner("GET", "/v1/programs") == {"programs": [found]}


async def test_a_time_zone_that_does_not_exist_is_refused(driver: Driver) -> None:
    body = {"name": "Тепло", "time_zone": "../etc/passwd"}

    answer = await driver.call("POST", "/v1/programs", body, token=driver.owner_key)

    assert (answer.status_code, answer.json()["slug"]) == (422, "time_zone_unknown")


async def test_a_product_is_put_and_put_again(driver: Driver) -> None:
    path = f"/v1/programs/{await driver.program()}/products"
    body: dict[str, Any] = {"sku": "K-24", "name_ru": "Котёл", "name_en": "Boiler", "gtins": ["4601234567893"]}

    first = await driver.owner("POST", path, body)
    second = await driver.owner("POST", path, body | {"name_en": "Wall boiler"})
    listed = await driver.owner("GET", path)

    assert first["gtins"] == ["04601234567893"]
    assert second == first | {"name_en": "Wall boiler"}
    assert listed == {"products": [second], "after": None}


async def test_a_list_of_products_is_read_page_by_page(driver: Driver) -> None:
    program_id = await driver.program()
    path = f"/v1/programs/{program_id}/products"
    async with transaction():
        await put_products(UUID(program_id), [NewProduct(f"K-{n}", "Котёл", "Boiler") for n in range(5)])

    first = await driver.owner("GET", f"{path}?limit=3")
    second = await driver.owner("GET", f"{path}?limit=3&after={first['after']}")

    assert [product["sku"] for product in first["products"]] == ["K-0", "K-1", "K-2"]
    assert [product["sku"] for product in second["products"]] == ["K-3", "K-4"]
    assert second["after"] is None


@pytest.mark.parametrize(
    ("things", "sheet"),
    [
        ("products", "sku;name_ru;name_en;gtins\nK-24;Котёл;Boiler;4601234567893\nN-1;Насос;Pump;\n"),
        ("shops", "code,name,region\nM-1,Мастер,Тула\nM-2,Дом,\n"),
    ],
)
async def test_a_sheet_is_put_at_once_and_again_without_effect(driver: Driver, things: str, sheet: str) -> None:
    path = f"/v1/programs/{await driver.program()}/{things}"

    first = await imported(driver, path, sheet)
    second = await imported(driver, path, sheet)
    listed = await driver.owner("GET", path)

    assert first == {"created": 2, "updated": 0, "unchanged": 0}
    assert second == {"created": 0, "updated": 0, "unchanged": 2}
    assert len(listed[things]) == 2


async def test_a_bad_sheet_names_its_rows_and_nothing_of_it_is_taken(driver: Driver) -> None:
    path = f"/v1/programs/{await driver.program()}/shops"

    answer = await driver.http.post(
        f"{path}/import",
        content="code,name\nM-1,Мастер\n,Дом\n".encode(),
        headers={"Authorization": f"Bearer {driver.owner_key}", "Content-Type": "text/csv"},
    )

    assert (answer.status_code, answer.json()["slug"]) == (422, "sheet_refused")
    assert [problem["row"] for problem in answer.json()["facts"]["problems"]] == [3]
    assert (await driver.owner("GET", path))["shops"] == []


async def test_a_sheet_may_be_larger_than_other_bodies(driver: Driver) -> None:
    path = f"/v1/programs/{await driver.program()}/shops"
    rows = "".join(f"M-{n},{'Мастер ' * 15}\n" for n in range(8_000))

    done = await imported(driver, path, f"code,name\n{rows}")

    assert done["created"] == 8_000


async def imported(driver: Driver, path: str, sheet: str) -> dict[str, int]:
    headers = {"Authorization": f"Bearer {driver.owner_key}", "Content-Type": "text/csv; charset=utf-8"}
    answer = await driver.http.post(f"{path}/import", content=sheet.encode(), headers=headers)
    assert answer.status_code == 200, answer.text
    put: dict[str, int] = answer.json()
    return put

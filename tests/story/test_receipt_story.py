"""Photographed receipts against real processes: paid after the tax service was down, then slow; one in any spelling."""

import asyncio
import json
from datetime import datetime
from typing import Any
from uuid import uuid4

from tests.calls import until
from tests.driver import Agent, Driver
from tests.photos import saved
from tests.receipts.purchases import a_drive, a_line, code, document, yesterday
from tests.receipts.slips import PAYMENT, slip, slip_picture
from tests.receipts.sources.stand_ins import FnsStandIn

BONUS_MINOR = 300_00


async def what_is_paid_for(driver: Driver) -> str:
    """What tills call a product whose receipts are paid for once the issuer has told their goods."""
    program_id, article = await driver.program(), f"RCP-{uuid4().hex[:8].upper()}X"
    product = {"sku": article, "name_ru": "Котёл", "name_en": "Boiler", "articles": [article]}
    made = await driver.owner("POST", f"/v1/programs/{program_id}/products", product)
    effect = {"pay": "fixed", "amount_minor": BONUS_MINOR, "products": [made["id"]]}
    eligibility = {"products": [made["id"]]}
    rules = {"effects": [effect], "eligibility": eligibility, "trigger": "receipt_matched", "asset": "BON"}
    told = {"name": "Receipts", "rules": rules | {"trust": "items_confirmed", "wait_seconds": 0}}
    campaign = await driver.owner("POST", f"/v1/programs/{program_id}/campaigns", told)
    await driver.top_up(campaign["id"], BONUS_MINOR)
    await driver.owner("POST", f"/v1/campaigns/{campaign['id']}/activate")
    return f"Котёл настенный {article}"


async def seen(driver: Driver, agent: Agent, receipt_id: str) -> dict[str, Any]:
    """A receipt as its agent sees it."""
    answer = await driver.call("GET", f"/v1/receipts/{receipt_id}", token=agent.device.token)
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


def photographed(text: str) -> bytes:
    """A slip with an advertisement above its code, held askew and saved small."""
    return saved(slip_picture([PAYMENT, text]).rotate(4, expand=True, fillcolor=255), quality=60)


def spellings(at: datetime, drive: str) -> list[str]:
    """The text of one receipt's code in ten spellings of tills, operators and phones."""
    text = code(at=at, drive=drive)
    return [
        text,
        text.replace("T", "t"),
        text.replace("5500.00", "5500"),
        text.replace("5500.00", "5500,0"),
        text.replace("&", "&amp;"),
        text.replace("fp=", "fp=00"),
        f" {text}\r\n",
        f"https://check.ofd.example/rec/{drive}/9/77?{text}",
        f"https://lk.example/receipt?utm=1&{text}#top",
        "&".join(reversed(text.split("&"))),
    ]


async def test_a_photo_is_paid_although_the_tax_service_was_first_down_then_slow(
    driver: Driver, tax: FnsStandIn
) -> None:
    name, agent, at, drive = await what_is_paid_for(driver), await driver.agent(), yesterday(), a_drive()
    tax.know(drive, 9, 77, json.loads(document(a_line(name), at=at, drive=drive)))
    tax.fault = "down"

    photo = photographed(code(at=at, drive=drive))
    taken = (await driver.receipt(agent, photo, program_id=await driver.program())).raise_for_status().json()
    await until(
        lambda: seen(driver, agent, taken["receipt_id"]),
        lambda one: one["words"]["en"].startswith("The tax service does not answer yet, we ask again on "),
    )
    tax.fault, tax.processing = None, 2
    wallet = await driver.settled(agent, BONUS_MINOR)
    paid = await seen(driver, agent, taken["receipt_id"])
    attempts = await driver.owner("GET", f"/v1/receipts/{taken['receipt_id']}/attempts")
    sources = await driver.owner("GET", "/v1/receipt-sources")

    assert [one["kind"] for one in taken["codes"]] == ["other", "receipt"]
    assert (paid["state"], [line["name"] for line in paid["lines"]]) == ("credited", [name])
    assert wallet.whole_minor == BONUS_MINOR
    told = [one["outcome"] for one in attempts["attempts"]]
    assert (told[0], told[-1]) == ("found", "unavailable")
    assert (sources["on"], sources["sources"][0]["name"]) == (["fns"], "fns")


async def test_a_receipt_in_ten_spellings_and_on_a_photo_is_one_and_somebodys(driver: Driver, tax: FnsStandIn) -> None:
    name, agent, at, drive = await what_is_paid_for(driver), await driver.agent(), yesterday(), a_drive()
    tax.know(drive, 9, 77, json.loads(document(a_line(name), at=at, drive=drive)))
    program_id = await driver.program()

    answers = await asyncio.gather(
        *(driver.receipt(agent, text, program_id=program_id) for text in spellings(at, drive)),
        driver.receipt(agent, slip(receipt=code(at=at, drive=drive)), program_id=program_id),
    )
    strangers = await driver.receipt(await driver.agent(), photographed(code(at=at, drive=drive)))
    wallet = await driver.settled(agent, BONUS_MINOR)

    assert sorted(answer.status_code for answer in answers) == [200] * 10 + [201]
    assert len({answer.json()["receipt_id"] for answer in answers}) == 1
    assert (strangers.status_code, strangers.json()["slug"]) == (409, "receipt_duplicate")
    assert wallet.whole_minor == BONUS_MINOR

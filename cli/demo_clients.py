"""The story goes on after the codes: a client is sent to a shop, a receipt is handed in, and bonuses buy a card."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx

from cli.demo_caller import Caller, Phone, expect, wait_for
from cli.demo_program import (
    ASSET,
    BOILERS,
    CLIENT_BASIS_POINTS,
    CURRENCY,
    DISCOUNT_BASIS_POINTS,
    OTHERS,
    RECEIPT_BONUS_MINOR,
    SHOPS,
    DemoProgram,
)
from cli.demo_rewards import CARD, CARD_PRICE_MINOR
from cli.demo_words import ZONE, Teller

BOILER_PRICE_MINOR = 40_000_00
DISCOUNT_MINOR = BOILER_PRICE_MINOR * DISCOUNT_BASIS_POINTS // 10_000
CLIENT_BONUS_MINOR = (BOILER_PRICE_MINOR - DISCOUNT_MINOR) * CLIENT_BASIS_POINTS // 10_000
VESSEL = OTHERS[1]
VESSEL_PRICE_MINOR = 3_200_00


def tell(http: httpx.Client, program: DemoProgram, installer: Phone, teller: Teller) -> int:
    """Tell it; what the wallet has gained by the end of it. StoryBroken if anything is not as it is told."""
    _send_a_client(installer, Caller(http, program.shop_key), program, teller)
    _hand_in_a_receipt(installer, program, teller)
    _buy_a_card(installer, program, teller)
    return CLIENT_BONUS_MINOR + RECEIPT_BONUS_MINOR - CARD_PRICE_MINOR


def _send_a_client(installer: Phone, till: Caller, program: DemoProgram, teller: Teller) -> None:
    promo = installer.post("/v1/promo-codes", {"campaign_id": str(program.promo_campaign_id)}, status=201)["text"]
    teller.step("promo", code=promo)
    order = {"order_ref": str(uuid4()), "codes": [promo], "lines": [_boiler()]}
    quoted = till.post("/v1/orders/quote", order, status=200)
    expect(quoted["discount_minor"] == DISCOUNT_MINOR, "the code takes a twentieth off")
    sold = till.post("/v1/orders/redemptions", order, status=201)
    expect(sold["final_minor"] == BOILER_PRICE_MINOR - DISCOUNT_MINOR, "the client pays the rest")
    teller.step(
        "sold",
        shop=SHOPS[0][1],
        price=teller.amount(BOILER_PRICE_MINOR, CURRENCY),
        paid=teller.amount(sold["final_minor"], CURRENCY),
    )
    teller.step("client", bonus=teller.amount(CLIENT_BONUS_MINOR, ASSET))
    _say_news(installer, "client_came", teller)


def _hand_in_a_receipt(installer: Phone, program: DemoProgram, teller: Teller) -> None:
    name = VESSEL[1 if teller.reader.language == "ru" else 2]
    receipt = {"document": _receipt(VESSEL[1]), "program_id": str(program.program_id)}
    taken = installer.post("/v1/receipts", receipt, status=201)
    path = f"/v1/receipts/{taken['receipt_id']}"
    wait_for(lambda: installer.get(path), lambda seen: seen["state"] == "credited", "the receipt is paid")
    again = installer.post("/v1/receipts", receipt, status=200)
    expect(again["receipt_id"] == taken["receipt_id"], "the receipt is one, however often it is handed in")
    teller.step("receipt", product=name, bonus=teller.amount(RECEIPT_BONUS_MINOR, ASSET))


def _buy_a_card(installer: Phone, program: DemoProgram, teller: Teller) -> None:
    wanted = {"reward_id": str(program.card_id), "language": teller.reader.language}
    ordered = installer.post("/v1/reward-orders", wanted, status=201)
    expect(ordered["state"] == "fulfilled", "the card is his at once")
    shown = installer.get(f"/v1/reward-orders/{ordered['id']}/secret")
    teller.step(
        "card",
        reward=CARD[f"name_{teller.reader.language}"],
        price=teller.amount(CARD_PRICE_MINOR, ASSET),
        code=shown["card"]["code"],
    )


def _boiler() -> dict[str, Any]:
    return {"ref": "1", "sku": BOILERS[0][0], "quantity": 1, "amount_minor": BOILER_PRICE_MINOR}


def _receipt(name: str) -> str:
    """A receipt as the tax service's app exports it, of another till each time the story is told."""
    line = {"name": name.upper(), "quantity": 1, "price": VESSEL_PRICE_MINOR, "sum": VESSEL_PRICE_MINOR}
    said = {
        "dateTime": f"{datetime.now(ZoneInfo(ZONE)) - timedelta(hours=20):%Y-%m-%dT%H:%M:%S}",
        "fiscalDriveNumber": f"7384{uuid4().int % 10**12:012}",
        "fiscalDocumentNumber": 4711,
        "fiscalSign": 1_234_567_890,
        "operationType": 1,
        "totalSum": VESSEL_PRICE_MINOR,
        "items": [line | {"paymentType": 4, "productType": 1}],
    }
    return json.dumps({"ticket": {"document": {"receipt": said}}})


def _say_news(installer: Phone, kind: str, teller: Teller) -> None:
    entries = installer.get("/v1/journal")["entries"]
    told = next((entry for entry in entries if entry["kind"] == kind), None)
    expect(told is not None, f"the journal tells of it ({kind})")
    if told is not None:
        teller.aside("said", sentence=told[f"sentence_{teller.reader.language}"])

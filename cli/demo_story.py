"""The demo's story: a code is scanned, paid, explained, refused to others and partly spent, each step checked."""

import time
from datetime import datetime
from typing import Any

import httpx
import msgspec

from cli import demo_clients as clients
from cli.demo_caller import Caller, Phone, expect, wait_for
from cli.demo_program import ASSET, BOILER_BONUS_MINOR, BOILERS, SHOPS, WAIT_SECONDS, DemoProgram
from cli.demo_words import Teller
from codes.alphabet import grouped

CODES = 12
SPENT_MINOR = 150_00


def tell(http: httpx.Client, program: DemoProgram, teller: Teller) -> None:
    """Tell it; StoryBroken if anything is not as it is told."""
    owner, shop = Caller(http, program.owner_key), Caller(http, program.shop_key)
    code = _make_code(owner, program, teller)
    installer = Phone(http, name=teller.line("phone"))
    teller.step("enrolled", alias=_alias(installer, teller))
    scan = _scan(installer, code, teller)
    _be_paid(installer, teller)
    _explain(installer, teller)
    _scan_again(installer, code, scan, teller)
    _refuse_a_stranger(http, code, teller)
    _spend(http, installer, shop, teller)
    left_minor = BOILER_BONUS_MINOR - SPENT_MINOR + clients.tell(http, program, installer, teller)
    _sum_up(installer, left_minor, teller)


def _make_code(owner: Caller, program: DemoProgram, teller: Teller) -> str:
    started = time.monotonic()
    order = {"product_id": str(program.boiler_id), "count": CODES}
    batch = owner.post(f"/v1/programs/{program.program_id}/batches", order, status=202)
    path = f"/v1/batches/{batch['id']}"
    wait_for(
        lambda: owner.get(f"/v1/jobs/{batch['job_id']}"), lambda job: job["state"] == "done", "the batch is sealed"
    )
    name = BOILERS[0][1 if teller.reader.language == "ru" else 2]
    teller.step("ordered", count=CODES, product=name, seconds=teller.seconds(time.monotonic() - started))
    codes = _print(owner, path)
    expect(len(codes) == CODES, f"the batch holds {CODES} codes, not {len(codes)}")
    teller.step("printed")
    active = owner.post(f"{path}/ranges", {"first": 0, "state": "active", "reason": "demo"})
    expect([one["state"] for one in active["ranges"]] == ["active"], "the whole batch is active")
    teller.step("activated", code=grouped(codes[0]))
    return codes[0]


def _print(owner: Caller, batch: str) -> list[str]:
    """What a printer does with a batch: he reads the codes of his order, prints them, and says so."""
    order = owner.post(f"{batch}/print-orders", {"printer": "Demo press"}, status=201)
    path = f"/v1/print-orders/{order['id']}"
    owner.post(f"{path}/downloads", status=201)
    lines = owner.text(f"{path}/codes.txt").split()
    run = {"first": order["first"], "stop": order["stop"], "outcome": "printed"}
    printed = owner.post(f"{path}/reconciliation", {"runs": [run]}, status=200)
    expect((printed["state"], printed["unaccounted"]) == ("printed", 0), "the printer has accounted for every code")
    # An index whose code would read as a swear word has a line of dashes.
    return [line for line in lines if "-" not in line]


def _scan(installer: Phone, code: str, teller: Teller) -> dict[str, Any]:
    scan: dict[str, Any] = installer.post("/v1/scans", {"code": code}, status=201)
    expected = scan["expected"] or {"amount_minor": 0, "asset": ASSET}
    expect((expected["amount_minor"], expected["asset"]) == (BOILER_BONUS_MINOR, ASSET), "it expects a boiler's bonus")
    teller.step(
        "scanned",
        amount=teller.amount(expected["amount_minor"], expected["asset"]),
        when=teller.moment(_time(expected["available_at"])),
    )
    return scan


def _be_paid(installer: Phone, teller: Teller) -> None:
    started = time.monotonic()
    wait_for(lambda: installer.parts(ASSET), lambda parts: sum(parts) > 0, "the bonus is credited")
    credited = time.monotonic()
    # A machine that was busy for the whole waiting time shows the money free already.
    pending_minor = sum(installer.parts(ASSET))
    expect(pending_minor == BOILER_BONUS_MINOR, "the wallet holds the boiler's bonus")
    teller.step("pending", seconds=teller.seconds(credited - started), pending=teller.amount(BOILER_BONUS_MINOR, ASSET))
    wait_for(
        lambda: installer.parts(ASSET),
        lambda parts: parts == (0, BOILER_BONUS_MINOR, 0),
        f"the bonus is free after {WAIT_SECONDS} s",
    )
    teller.step(
        "available",
        seconds=teller.seconds(time.monotonic() - credited),
        available=teller.amount(BOILER_BONUS_MINOR, ASSET),
    )


def _explain(installer: Phone, teller: Teller) -> None:
    told = installer.get("/v1/journal")["entries"]
    expect({"credited", "available"} <= {entry["kind"] for entry in told}, "the journal tells of the bonus")
    teller.step("journal")
    for entry in reversed(told):
        sentence = entry[f"sentence_{teller.reader.language}"]
        teller.aside("entry", when=teller.moment(_time(entry["at"])), sentence=sentence)


def _scan_again(installer: Phone, code: str, scan: dict[str, Any], teller: Teller) -> None:
    again = installer.post("/v1/scans", {"code": code}, status=200)
    expect(again["already_yours"] and again["scan_id"] == scan["scan_id"], "the second scan gets the first result")
    expect(installer.parts(ASSET) == (0, BOILER_BONUS_MINOR, 0), "the second scan pays nothing")
    teller.step("again")


def _refuse_a_stranger(http: httpx.Client, code: str, teller: Teller) -> None:
    stranger = Phone(http, name=teller.line("phone"))
    problem = stranger.post("/v1/scans", {"code": code}, status=409)
    expect(problem["slug"] == "already_claimed", "the stranger is told that the code is somebody's")
    expect(stranger.parts(ASSET) == (0, 0, 0), "the stranger's wallet stays empty")
    teller.step("stranger", alias=_alias(stranger, teller))


def _spend(http: httpx.Client, installer: Phone, shop: Caller, teller: Teller) -> None:
    purpose = teller.line("purpose")
    order = {"amount_minor": SPENT_MINOR, "asset": ASSET, "purpose": purpose}
    refused = Caller(http, installer.token).post("/v1/spends", order, status=401)
    expect(refused["slug"] == "proof_required", "a token alone spends nothing")
    teller.step("unproven")
    spend = installer.post("/v1/spends", order, status=201)
    expect(installer.parts(ASSET) == (0, BOILER_BONUS_MINOR - SPENT_MINOR, SPENT_MINOR), "the amount is set aside")
    teller.step("spent", amount=teller.amount(SPENT_MINOR, ASSET), purpose=purpose)
    captured = shop.post(f"/v1/spends/{spend['id']}/capture", status=200)
    expect(captured["state"] == "captured", "the shop has taken what was set aside")
    teller.step("captured", shop=SHOPS[0][1])


def _sum_up(installer: Phone, left_minor: int, teller: Teller) -> None:
    expect(installer.parts(ASSET) == (0, left_minor, 0), "what was not spent is left")
    entries = installer.get(f"/v1/wallet/entries?account=available&asset={ASSET}")["entries"]
    expect(sum(entry["amount_minor"] for entry in entries) == left_minor, "the entries sum to the balance")
    teller.step("left", available=teller.amount(left_minor, ASSET), entries=len(entries))


def _alias(phone: Phone, teller: Teller) -> str:
    return phone.alias if teller.reader.language == "ru" else phone.alias_en


def _time(text: str) -> datetime:
    return msgspec.convert(text, datetime)

"""Secrets: none stands anywhere in the clear, wrong ones are counted, and without them nothing starts."""

import asyncio
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from cli.binaries import find_postgres
from codes.alphabet import ALPHABET, check_symbol
from core.keys import generate
from core.settings import load
from tests.crowd import rich_agent
from tests.driver import Customer, Driver, an_order
from tests.installation import Installation, logs
from tests.receipts.purchases import a_line, document

ADDRESS = "203.0.113.77"


async def test_no_token_no_code_and_no_address_stands_anywhere_in_the_clear(
    driver: Driver, installation: Installation, tmp_path: Path
) -> None:
    campaign = await driver.campaign(budget_minor=10_000, bonus_minor=100)
    codes = await driver.mint(3, campaign)
    agent, till = await rich_agent(driver, 100), await driver.pos("S1")
    driver.http.headers["X-Forwarded-For"] = ADDRESS
    await driver.agent()
    await driver.scan(agent, codes[0], key="the-phones-own-key")
    await driver.scan(agent, wrong_code())
    await driver.spend(agent, 10)
    secrets = [
        *codes,
        agent.device.token,
        till,
        driver.owner_key,
        ADDRESS,
        (installation.data / "master.key").read_text(),
        *await what_bonuses_buy(driver, till),
        *await what_a_till_knows(driver, till),
        *await what_a_person_logs_in_with(driver),
    ]
    await driver.advance_jobs()

    places = {"dump": dump(installation, tmp_path)} | {str(path): path.read_bytes() for path in written(installation)}

    found = {
        f"{secret[:4]}… in {place}"
        for place, content in places.items()
        for secret in secrets
        if secret.strip().encode() in content
    }
    assert len(places) > 6
    assert agent.id.encode() in places["dump"]
    assert found == set()


async def what_bonuses_buy(driver: Driver, till: str) -> list[str]:
    """The code of a gift card that was looked at, one in stock, and the voucher of a service that was given."""
    agent, cards = await rich_agent(driver, 1_000), [f"GIFT-{uuid4().hex.upper()}" for _ in range(2)]
    shown = [
        await driver.reward_secret(agent, (await driver.reward_order(agent, reward_id)).raise_for_status().json()["id"])
        for reward_id in (await driver.gift_card(*cards), await driver.service())
    ]
    voucher = str(shown[1].raise_for_status().json()["voucher"])
    assert shown[0].json()["card"]["code"] in cards
    assert (await driver.voucher_give(till, voucher)).status_code == 200
    return [*cards, voucher]


async def what_a_till_knows(driver: Driver, till: str) -> list[str]:
    """The phone of a customer and the card of another, and what a receipt says of its buyer."""
    promo = await driver.promo_new(
        await driver.agent(), await driver.promo_campaign(budget_minor=10_000, discount_budget_minor=10_000)
    )
    phone, card = await driver.customer(), Customer("card", uuid4().hex)
    for customer in (phone, card):
        (await driver.promo_redeem(till, promo, an_order(), customer=customer)).raise_for_status()
    contact = f"{uuid4().hex}@buyer.example"
    bought = json.loads(document(a_line("Котёл"), drive=f"7384{uuid4().int % 10**12:012}"))
    receipt = {"document": json.dumps(bought | {"buyerPhoneOrAddress": contact, "operator": f"Cashier {contact}"})}
    (await driver.receipt(await driver.agent(), receipt)).raise_for_status()
    return [phone.value, phone.value[1:], card.value, contact]


async def what_a_person_logs_in_with(driver: Driver) -> list[str]:
    """A password, a wrong one, and the cookie of the session."""
    person, wrong = await driver.person("S1", "cashier"), f"wrong {uuid4()}"
    async with httpx.AsyncClient(base_url=driver.origin, headers={"Origin": driver.origin}) as browser:
        for password in (wrong, person.password):
            await browser.post("/staff/login", data={"login": person.login, "password": password})
        [cookie] = [cookie.value or "" for cookie in browser.cookies.jar if "staff" in cookie.name]
    return [person.password, wrong, cookie]


def dump(installation: Installation, folder: Path) -> bytes:
    """The whole database as plain text."""
    url = installation.variables()["NAPARNIK_DATABASE_OWNER_URL"]
    subprocess.run([find_postgres() / "pg_dump", "--file", folder / "dump", url], check=True, capture_output=True)
    return (folder / "dump").read_bytes()


def written(installation: Installation) -> list[Path]:
    """What an installation writes besides its database: logs, and everything that Valkey keeps."""
    kept = [path for path in (installation.data / "valkey").rglob("*") if path.is_file()]
    return [*logs(installation.data), *kept]


CROWD = 28


def wrong_code() -> str:
    """A well-formed code that is nobody's: a guess."""
    body = "0" + "".join(ALPHABET[byte % 32] for byte in os.urandom(14))
    return body + check_symbol(body)


async def test_a_new_agent_may_guess_ten_times_an_hour_and_is_then_silenced_for_good_codes_too(driver: Driver) -> None:
    campaign = await driver.campaign(budget_minor=10_000, bonus_minor=100)
    [code] = await driver.mint(1, campaign)
    agent, other = await driver.agent(), await driver.agent()
    hour = datetime.now(UTC).hour

    guesses = await asyncio.gather(*(driver.scan(agent, wrong_code()) for _ in range(60)))
    good = await driver.scan(agent, code)

    if datetime.now(UTC).hour != hour:
        pytest.skip("the hour of the clock ended meanwhile, and guesses are counted by it")
    said = [(answer.status_code, answer.json()["slug"]) for answer in guesses]
    assert said.count((422, "not_accepted")) == 10
    assert said.count((429, "rate_limited")) == 50
    assert all(int(answer.headers["retry-after"]) > 0 for answer in (*guesses, good) if answer.status_code == 429)
    assert good.status_code == 429
    assert (await driver.scan(other, code)).status_code == 201


async def test_many_agents_of_one_network_may_guess_two_hundred_times_and_no_spoofed_address_helps(
    driver: Driver,
) -> None:
    hour = datetime.now(UTC).hour
    crowd = [await driver.agent() for _ in range(CROWD)]

    async def guess(place: int) -> int:
        # The last address is the one that our proxy saw; the others are what the caller says.
        driver.http.headers["X-Forwarded-For"] = f"192.0.2.{place % 250}, 198.51.100.{place % 250}"
        return (await driver.scan(crowd[place % CROWD], wrong_code())).status_code

    statuses = [await guess(place) for place in range(CROWD * 9)]

    if datetime.now(UTC).hour != hour:
        pytest.skip("the hour of the clock ended meanwhile, and guesses are counted by it")
    assert statuses.count(422) == 200
    assert statuses.count(429) == 14 * 18 - 200


async def test_unknown_and_suspended_and_foreign_codes_look_the_same(driver: Driver) -> None:
    campaign = await driver.campaign(budget_minor=10_000, bonus_minor=100)
    batch_id = await driver.batch(1, campaign)
    [suspended] = await driver.codes(batch_id)
    body = {"first": 0, "state": "suspended", "reason": "test"}
    await driver.owner("POST", f"/v1/batches/{batch_id}/ranges", body)
    agent = await driver.agent()

    answers = [await driver.scan(agent, code) for code in (suspended, wrong_code())]

    told = [re.sub(r'"trace_id":"[^"]+"', "", answer.text) + repr(sorted(answer.headers.keys())) for answer in answers]
    assert {answer.status_code for answer in answers} == {422}
    assert told[0] == told[1]


async def test_tokens_say_what_they_are_and_a_mistyped_one_is_known_without_asking_anybody(driver: Driver) -> None:
    agent = await driver.agent()
    last = "0" if agent.device.token[-1] != "0" else "1"

    assert re.fullmatch(r"npa_[0-9A-Za-z]{36}", agent.device.token)
    assert re.fullmatch(r"npp_[0-9A-Za-z]{36}", driver.owner_key)
    assert (await driver.call("GET", "/v1/wallet", token=agent.device.token[:-1] + last)).status_code == 401


GOOD = {
    "NAPARNIK_ENVIRONMENT": "production",
    "NAPARNIK_DATABASE_URL": "postgresql://naparnik_app@db/naparnik",
    "NAPARNIK_REDIS_URL": "redis://valkey",
    "NAPARNIK_MASTER_KEY": generate(),
    "NAPARNIK_ORIGIN": "https://naparnik.example",
}


def test_the_settings_that_the_next_test_spoils_are_good() -> None:
    assert load(GOOD).environment == "production"


@pytest.mark.parametrize("word", ["api", "worker"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NAPARNIK_DATABASE_URL", None),
        ("NAPARNIK_REDIS_URL", None),
        ("NAPARNIK_MASTER_KEY", None),
        ("NAPARNIK_MASTER_KEY", "1:" + "A" * 43 + "="),
        ("NAPARNIK_MASTER_KEY", "1:c2hvcnQ="),
        ("NAPARNIK_MASTER_KEY", "changeme"),
        ("NAPARNIK_MASTER_KEY_FILE", "no-such-file-8b5f"),
        ("NAPARNIK_ORIGIN", "http://naparnik.example"),
        ("NAPARNIK_BODY_LIMIT_BYTES", "a lot"),
    ],
)
def test_nothing_starts_with_a_secret_that_is_missing_or_weak(
    word: str, name: str, value: str | None, tmp_path: Path
) -> None:
    spoiled = {key: given for key, given in (GOOD | {name: value}).items() if given is not None}
    plain = {key: given for key, given in os.environ.items() if not key.startswith("NAPARNIK_")}

    started = subprocess.run(
        [sys.executable, "-m", "cli", word],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env=plain | {"PYTHONPATH": str(Path.cwd())} | spoiled,
        cwd=tmp_path,
    )

    assert started.returncode == 1
    assert started.stderr.startswith("naparnik: ")
    assert "Traceback" not in started.stderr
    assert value is None or value not in started.stderr or name in {"NAPARNIK_MASTER_KEY_FILE", "NAPARNIK_ORIGIN"}

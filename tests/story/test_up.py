"""One command: it tells its story, finds its data again, and leaves nothing behind however it ends."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import httpx
import pytest

from cli.demo_words import ENGLISH, RUSSIAN
from core import tokens
from tests.driver import Driver
from tests.installation import LEAVE_SECONDS_MAX, READY_SECONDS_MAX, Installation, running, until


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation that has told its story in English."""
    with running(tmp_path_factory.mktemp("demo"), settings={"LC_ALL": "C.UTF-8"}) as installation:
        assert installation.process.stdout is not None
        for line in installation.process.stdout:
            installation.said.append(line.rstrip())
            if line.startswith(f"  {ENGLISH['key']}"):
                break
        yield installation


def tell_again(installation: Installation, language: str) -> "subprocess.CompletedProcess[str]":
    argv = ["demo", "--origin", installation.origin, "--data", str(installation.data)]
    return subprocess.run(
        [sys.executable, "-m", "cli", *argv],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | {"LC_ALL": language},
    )


def test_the_story_ends_in_a_paid_and_partly_spent_wallet(demo: Installation) -> None:
    told = "\n".join(demo.said)

    assert "Left in the wallet: 240 bonuses." in told
    assert ENGLISH["end"] in told
    assert f"{demo.origin}/docs" in told
    assert f"http://localhost:{demo.port}/app/" in told


@pytest.mark.parametrize(("who", "page"), [("cashier", "/staff/till"), ("manager", "/staff")])
def test_the_logins_that_are_printed_open_the_pages_beside_them(demo: Installation, who: str, page: str) -> None:
    person = json.loads((demo.data / "demo.json").read_text())[who]
    [printed] = [line for line in demo.said if f"{page}  " in line]

    with httpx.Client(base_url=demo.origin, trust_env=False) as browser:
        form = {"login": person["login"], "password": person["password"], "next": page}
        entered = browser.post("/staff/login", data=form, headers={"Origin": demo.origin})

    assert printed.endswith(f"{demo.origin}{page}  {person['login']} / {person['password']}")
    assert (entered.status_code, entered.headers["location"]) == (303, page)


async def test_a_second_story_is_told_about_the_same_program_in_the_terminals_language(demo: Installation) -> None:
    kept = (demo.data / "demo.json").read_bytes()
    program = json.loads(kept)
    async with Driver(demo.origin, program["owner_key"]) as driver:
        # A story buys a card, and so many may have been told that none is left.
        await driver.owner("POST", f"/v1/rewards/{program['card_id']}/cards/withdraw", {"reason": "test"})

    done = tell_again(demo, "ru_RU.UTF-8")

    assert (done.returncode, done.stderr) == (0, "")
    assert "осталась с прошлого раза" in done.stdout
    assert "Осталось в кошельке: 240 бонусов." in done.stdout
    assert (demo.data / "demo.json").read_bytes() == kept
    assert stat.S_IMODE((demo.data / "demo.json").stat().st_mode) == 0o600


async def test_a_story_that_is_not_so_fails_loudly(demo: Installation) -> None:
    program = json.loads((demo.data / "demo.json").read_text())
    async with Driver(demo.origin, program["owner_key"]) as driver:
        running = (await driver.owner("GET", f"/v1/programs/{program['program_id']}/campaigns"))["campaigns"]
        [campaign] = [one for one in running if one["name"] == "Код в упаковке"]
        await driver.owner("POST", f"/v1/campaigns/{campaign['id']}/pause", {"reason": "test"})

        done = tell_again(demo, "C.UTF-8")

        await driver.owner("POST", f"/v1/campaigns/{campaign['id']}/resume")
    assert done.returncode == 1
    assert done.stderr == "naparnik: the story does not go on: it is not so that it expects a boiler's bonus\n"


def test_a_program_whose_data_were_thrown_away_is_made_anew(demo: Installation) -> None:
    file = demo.data / "demo.json"
    kept = file.read_text()
    file.write_text(kept.replace(json.loads(kept)["owner_key"], tokens.new("npp")))

    done = tell_again(demo, "C.UTF-8")

    file.write_text(kept)
    assert (done.returncode, done.stderr) == (0, "")
    assert "program “Тёплый дом” was made" in done.stdout


def test_both_languages_say_the_same_things() -> None:
    def facts(words: dict[str, str]) -> dict[str, set[str | None]]:
        return {name: {field for _, field, _, _ in Formatter().parse(line)} for name, line in words.items()}

    assert facts(ENGLISH) == facts(RUSSIAN)


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL])
def test_it_leaves_in_time_and_nothing_runs_behind_it(tmp_path: Path, by: signal.Signals) -> None:
    first = Installation(tmp_path, "--no-demo", "--api", "2", "--workers", "2")
    below = first.below()

    asked_at = time.monotonic()
    first.end(by)
    seconds = time.monotonic() - asked_at

    assert len(below) > 8
    assert seconds < LEAVE_SECONDS_MAX
    assert first.leftovers(below) == set()


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL])
async def test_a_start_after_any_end_finds_what_was_acknowledged(tmp_path: Path, by: signal.Signals) -> None:
    installation = Installation(tmp_path, "--no-demo")
    async with installation.driver() as driver:
        campaign = await driver.campaign(budget_minor=1_000, bonus_minor=100)
        [code] = await driver.mint(1, campaign)
        agent = await driver.agent()
        scan = await driver.scan(agent, code)

        installation.end(by)
        installation.start()
        wallet = await driver.settled(agent, 100)
        again = await driver.scan(agent, code)
        verified = await driver.ledger_verify()
    installation.end()

    assert scan.status_code == 201
    assert wallet.whole_minor == 100
    assert again.json() == scan.json() | {"already_yours": True}
    assert verified.holds, verified.output


def test_an_api_or_worker_that_is_killed_comes_back(installation: Installation) -> None:
    before = installation.children("cli api") + installation.children("cli worker")

    installation.kill("cli api")
    installation.kill("cli worker")

    def all_new() -> bool:
        now = installation.children("cli api") + installation.children("cli worker")
        return len(now) == len(before) and set(now).isdisjoint(before)

    assert until(all_new)
    assert until(installation.healthy, seconds=READY_SECONDS_MAX)

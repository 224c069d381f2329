"""The kill sweep: a process dies at its first write to the network, its second, and so on; it pays once each time."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.driver import Agent, Campaign, Driver
from tests.installation import Installation, until

BONUS_MINOR = 100
# What went through untouched so often in a row has no further write to die at.
UNTOUCHED_IN_A_ROW = 4
KILLS_MAX = 120

pytestmark = [
    pytest.mark.torture,
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed"),
]


@pytest.fixture
def options() -> tuple[str, ...]:
    # One of each, so that it is known who will be asked.
    return ("--api", "1", "--workers", "1")


@contextmanager
def dying(pid: int, *, at_write: int) -> Iterator[None]:
    """The process is killed with -9 when it begins its n-th write from now on, if it comes to that within the block."""
    calls = "sendto,write,writev,sendmsg"
    argv = ["strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={calls}"]
    argv += ["-e", f"inject={calls}:signal=KILL:when={at_write}", "-p", str(pid)]
    strace = subprocess.Popen(argv, stderr=subprocess.PIPE)
    until(lambda: traced(pid) or strace.poll() is not None, seconds=10)
    # It ends by itself when the process was so quick to write that it is dead already.
    if strace.poll() is not None and (refusal := strace.communicate()[1].decode().strip()):
        pytest.skip(f"strace may not look at other processes here: {refusal}")
    try:
        yield
    finally:
        # Asked politely it would wait for a process that is dying to stop for it, and neither would ever end.
        strace.kill()
        strace.wait(10)


def traced(pid: int) -> bool:
    """Whether every thread of a process is being watched."""
    try:
        states = [(task / "status").read_text() for task in Path(f"/proc/{pid}/task").iterdir()]
    except FileNotFoundError:
        return False
    return all("TracerPid:\t0\n" not in state for state in states)


async def the_only(words: str, installation: Installation) -> int:
    """The living process of these words, once it is there and the API answers."""

    def there() -> bool:
        return len(installation.children(words)) == 1 and installation.healthy()

    assert await asyncio.to_thread(until, there)
    return installation.children(words)[0]


async def scan_until_answered(driver: Driver, agent: Agent, code: str) -> None:
    """What a phone does: the same scan under the same key until somebody answers."""
    for _ in range(200):
        try:
            answer = await driver.scan(agent, code, key=code)
        except httpx.TransportError:
            await asyncio.sleep(0.1)
            continue
        if answer.status_code not in {429, 503}:
            assert answer.status_code in {200, 201}, answer.text
            return
        await asyncio.sleep(0.1)
    raise AssertionError("nobody ever answered")


async def prepared(driver: Driver) -> tuple[Campaign, Agent, list[str]]:
    campaign = await driver.campaign(budget_minor=KILLS_MAX * BONUS_MINOR, bonus_minor=BONUS_MINOR)
    codes = await driver.mint(KILLS_MAX, campaign)
    return campaign, await driver.agent(), codes


async def test_an_api_killed_at_any_write_of_a_scan_has_it_paid_once(
    driver: Driver, installation: Installation
) -> None:
    campaign, agent, codes = await prepared(driver)
    killed = untouched = scanned = 0

    while untouched < UNTOUCHED_IN_A_ROW and scanned < len(codes):
        code, victim = codes[scanned], await the_only("cli api", installation)
        with dying(victim, at_write=scanned + 1):
            try:
                await driver.scan(agent, code, key=code)
            except httpx.TransportError:
                await asyncio.sleep(0)
        died = installation.children("cli api") != [victim]
        killed, untouched = killed + died, 0 if died else untouched + 1
        scanned += 1
        await scan_until_answered(driver, agent, code)
        await driver.settled(agent, scanned * BONUS_MINOR)

    assert killed >= 3
    assert await driver.spent(campaign) == scanned * BONUS_MINOR


async def test_a_worker_killed_at_any_write_of_a_credit_has_it_paid_once(
    driver: Driver, installation: Installation
) -> None:
    campaign, agent, codes = await prepared(driver)
    killed = untouched = scanned = 0

    while untouched < UNTOUCHED_IN_A_ROW and scanned < len(codes):
        code, victim = codes[scanned], await the_only("cli worker", installation)
        scanned += 1
        with dying(victim, at_write=scanned):
            await driver.scan(agent, code, key=code)
            # Its own sweep writes as well, so it dies sooner or later; what counts is where it was in the credit then.
            await credited_or_dead(driver, installation, agent, victim, scanned * BONUS_MINOR)
            died = installation.children("cli worker") != [victim]
        killed, untouched = killed + died, 0 if died else untouched + 1
        await driver.settled(agent, scanned * BONUS_MINOR)

    assert killed >= 3
    assert await driver.spent(campaign) == scanned * BONUS_MINOR


async def credited_or_dead(
    driver: Driver, installation: Installation, agent: Agent, victim: int, whole_minor: int
) -> None:
    while installation.children("cli worker") == [victim]:
        if (await driver.wallet(agent)).whole_minor == whole_minor:
            return

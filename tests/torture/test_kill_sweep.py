"""The kill sweep: a process dies at its first write to the network, its second, and so on; it pays once each time."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
import redis.asyncio

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
    # One of each, so that it is known who will be asked; the worker is started by the test that kills it, without the
    # patience that a supervisor has with somebody who dies again and again.
    return ("--api", "1", "--workers", "0")


@contextmanager
def dying(pid: int, *, at_write: int) -> Iterator[None]:
    """The process is killed with -9 when it begins its n-th write from now on, if it comes to that within the block."""
    calls = "sendto,write,writev,sendmsg"
    argv = ["strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={calls}"]
    argv += ["-e", f"inject={calls}:signal=KILL:when={at_write}", "-p", str(pid)]
    strace = subprocess.Popen(argv, stderr=subprocess.PIPE)
    until(lambda: traced(pid) or strace.poll() is not None, seconds=10)
    # It ends by itself when the process was so quick to write that it is dead already.
    if strace.poll() is not None and alive(pid):
        pytest.skip(f"strace may not look at other processes here: {strace.communicate()[1].decode().strip()}")
    try:
        yield
    finally:
        # Asked politely it would wait for a process that is dying to stop for it, and neither would ever end.
        strace.kill()
        strace.wait(10)


def alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def traced(pid: int) -> bool:
    """Whether every thread of a process is being watched."""
    try:
        states = [(task / "status").read_text() for task in Path(f"/proc/{pid}/task").iterdir()]
    except FileNotFoundError:
        return False
    return all("TracerPid:\t0\n" not in state for state in states)


class Worker:
    """A worker that is started again by whoever killed it."""

    def __init__(self, installation: Installation) -> None:
        self._argv = [sys.executable, "-m", "cli", "worker", "--data", str(installation.data)]
        self.process = subprocess.Popen(self._argv, stderr=subprocess.DEVNULL)

    def dead(self) -> bool:
        return self.process.poll() is not None

    def revive(self) -> None:
        if self.dead():
            self.process = subprocess.Popen(self._argv, stderr=subprocess.DEVNULL)


@pytest.fixture
def worker(installation: Installation) -> Iterator[Worker]:
    worker = Worker(installation)
    yield worker
    worker.process.kill()
    worker.process.wait()


async def the_only_api(installation: Installation) -> int:
    """The living API process, once it answers."""

    def there() -> bool:
        return len(installation.children("cli api")) == 1 and installation.healthy()

    assert await asyncio.to_thread(until, there)
    return installation.children("cli api")[0]


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
    driver: Driver, installation: Installation, worker: Worker
) -> None:
    campaign, agent, codes = await prepared(driver)
    killed = untouched = scanned = 0

    while untouched < UNTOUCHED_IN_A_ROW and scanned < len(codes):
        code, victim = codes[scanned], await the_only_api(installation)
        scanned += 1
        with dying(victim, at_write=scanned), suppress(httpx.TransportError):
            await driver.scan(agent, code, key=code)
        died = installation.children("cli api") != [victim]
        killed, untouched = killed + died, 0 if died else untouched + 1
        await scan_until_answered(driver, agent, code)
        await driver.settled(agent, scanned * BONUS_MINOR)

    print(f"killed at {killed} of {scanned} writes")
    assert killed >= 3
    assert await driver.spent(campaign) == scanned * BONUS_MINOR


async def test_a_worker_killed_at_any_write_of_a_credit_has_it_paid_once(
    driver: Driver, installation: Installation, worker: Worker
) -> None:
    campaign, agent, codes = await prepared(driver)
    before_the_credit = untouched = scanned = 0

    while untouched < UNTOUCHED_IN_A_ROW and scanned < len(codes):
        code = codes[scanned]
        scanned += 1
        with dying(worker.process.pid, at_write=scanned):
            await driver.scan(agent, code, key=code)
            # It asks for work all the time, so it dies sooner or later; what counts is how far the credit was.
            paid = await paid_before(worker.dead, driver, agent, scanned * BONUS_MINOR)
        before_the_credit, untouched = before_the_credit + (not paid), untouched + 1 if paid else 0
        # The dead one's rings would be looked at again and again, and counted as writes of this credit.
        await empty_valkey(installation)
        worker.revive()
        await driver.settled(agent, scanned * BONUS_MINOR)
        # Its sweeps come every second from its start on; half-way between two of them it writes little but this credit.
        await asyncio.sleep(1.5)

    print(f"killed before the credit at {before_the_credit} of {scanned} writes")
    assert before_the_credit >= 3
    assert untouched == UNTOUCHED_IN_A_ROW
    assert await driver.spent(campaign) == scanned * BONUS_MINOR


async def paid_before(dead: Callable[[], bool], driver: Driver, agent: Agent, whole_minor: int) -> bool:
    """Whether the wallet held so much when somebody died, or so much came without anybody dying."""
    while not dead():
        if (await driver.wallet(agent)).whole_minor == whole_minor:
            return True
    return (await driver.wallet(agent)).whole_minor == whole_minor


async def empty_valkey(installation: Installation) -> None:
    async with redis.asyncio.Redis.from_url(installation.variables()["NAPARNIK_REDIS_URL"]) as valkey:
        await valkey.flushall()

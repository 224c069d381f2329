"""Issue: two batches are counted at the same time, and the workers that count them are killed before they are done."""

import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
import pytest

from tests.calls import until
from tests.driver import Driver
from tests.installation import Installation

pytestmark = pytest.mark.torture

CODES = 1_000_000
# A second is more than either takes; this is what anybody may expect of any machine.
CODES_A_SECOND_MIN = 50_000


@pytest.fixture
def options() -> tuple[str, ...]:
    # The workers are started by the test that kills them.
    return ("--workers", "0")


@contextmanager
def workers(installation: Installation, count: int) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """So many workers, which are killed with -9 where the block ends."""
    argv = [sys.executable, "-m", "cli", "worker", "--data", str(installation.data)]
    started = [subprocess.Popen(argv, stderr=subprocess.DEVNULL) for _ in range(count)]
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.wait(10)


@asynccontextmanager
async def nobody_can_seal(installation: Installation) -> AsyncIterator[None]:
    """Whoever has counted a batch waits, as long as the block lasts, to write it down."""
    connection = await asyncpg.connect(installation.variables()["NAPARNIK_DATABASE_OWNER_URL"])
    try:
        async with connection.transaction():
            await connection.execute("SELECT FROM code_revision FOR UPDATE")
            yield
    finally:
        await connection.close()


async def jobs(installation: Installation) -> list[Any]:
    return await installation.ask("SELECT state, percent, attempts FROM job ORDER BY id")


async def test_two_batches_whose_workers_are_killed_have_all_their_codes_and_none_twice(
    installation: Installation, driver: Driver
) -> None:
    campaign = await driver.campaign(budget_minor=0, bonus_minor=1)
    order = ("POST", f"/v1/programs/{campaign.program_id}/batches", {"product_id": campaign.product_id, "count": CODES})
    batches = [await driver.owner(*order) for _ in range(2)]

    async with nobody_can_seal(installation):
        with workers(installation, 2):
            cut = await until(lambda: jobs(installation), lambda both: all(job["percent"] > 0 for job in both))
    unsealed = [await driver.owner("GET", f"/v1/batches/{batch['id']}") for batch in batches]
    await installation.ask("UPDATE job SET lease_until = now()")
    started = time.monotonic()
    with workers(installation, 2):
        done = await until(lambda: jobs(installation), lambda both: all(job["state"] == "done" for job in both))
        seconds = time.monotonic() - started
        codes = [await driver.codes(batch["id"]) for batch in batches]
        sizes = [(await driver.owner("GET", f"/v1/batches/{batch['id']}"))["size"] for batch in batches]
        await driver.advance_jobs()

    assert [job["state"] for job in cut] == ["running", "running"]
    assert [batch["state"] for batch in unsealed] == ["draft", "draft"]
    assert [job["attempts"] for job in done] == [2, 2]
    assert [len(each) for each in codes] == [CODES, CODES]
    assert len(set(codes[0]) | set(codes[1])) == 2 * CODES
    assert all(size > CODES for size in sizes)
    assert 2 * CODES / seconds > CODES_A_SECOND_MIN

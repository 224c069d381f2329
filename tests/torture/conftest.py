"""Torture: an installation for each test, since hardly one is fit to be shared after it, and repeatable chance."""

import os
import random
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.books import breaches
from tests.driver import Driver
from tests.installation import Installation, running


@pytest.fixture
def options() -> tuple[str, ...]:
    """How many processes of each kind; a test that needs others says so."""
    return ("--api", "2", "--workers", "2")


@pytest.fixture
def settings() -> dict[str, str]:
    """Settings that a test wants to be different."""
    return {}


@pytest.fixture
def installation(tmp_path: Path, options: tuple[str, ...], settings: dict[str, str]) -> Iterator[Installation]:
    with running(tmp_path, "--no-demo", *options, settings=settings) as installation:
        yield installation


@pytest.fixture
async def driver(installation: Installation) -> AsyncIterator[Driver]:
    """A client; when its test is over everything is settled, the books are right, and every proof holds."""
    async with installation.driver() as driver:
        yield driver
        await driver.advance_jobs()
        verified = await driver.ledger_verify()
    assert await breaches(installation) == {}
    assert verified.holds, verified.output


@pytest.fixture
def chance(capsys: pytest.CaptureFixture[str]) -> random.Random:
    """Chance with a printed seed, which is on the screen before anything happens; the variable repeats a run."""
    seed = int(os.environ.get("NAPARNIK_TEST_SEED") or random.SystemRandom().randrange(2**32))
    with capsys.disabled():
        print(f"\nNAPARNIK_TEST_SEED={seed}")
    return random.Random(seed)

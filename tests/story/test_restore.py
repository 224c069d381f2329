"""Backup and restore in the runbook's own words: what is restored is proven, served, and known to be restored."""

import os
import re
import shutil
import subprocess
import textwrap
from pathlib import Path

from cli.binaries import find_postgres
from tests.crowd import rich_agent
from tests.driver import Driver
from tests.installation import Installation, running
from tests.servers import running_servers

RUNBOOK = Path(__file__).parents[2] / "docs/runbooks/backup-and-restore.md"


def command(word: str) -> str:
    """The runbook's block of commands that begins with a word."""
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", RUNBOOK.read_text(), re.DOTALL | re.MULTILINE)
    [found] = [plain for block in blocks if (plain := textwrap.dedent(block)).startswith(word)]
    return found


def do(word: str, *, folder: Path, owner_url: str) -> None:
    """Run a block as it stands there."""
    path = f"{find_postgres()}:{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "NAPARNIK_DATABASE_OWNER_URL": owner_url}
    subprocess.run(["bash", "-euc", command(word)], cwd=folder, env=environment, check=True, capture_output=True)


def rename_dump(folder: Path) -> None:
    """Give the only dump the day that the runbook names."""
    [dump] = folder.glob("*.dump")
    dump.rename(folder / "naparnik-2026-01-31.dump")


async def test_a_backup_restored_by_the_runbook_is_proven_and_serves(
    driver: Driver, installation: Installation, tmp_path: Path
) -> None:
    campaign = await driver.campaign(budget_minor=1_000, bonus_minor=100)
    codes = await driver.mint(2, campaign)
    agent = await rich_agent(driver, 500)
    scan = await driver.scan(agent, codes[0])
    wallet = await driver.settled(agent, 600)
    epoch = (await driver.scan_batch(agent, codes[:1])).json()["epoch"]

    do("pg_dump", folder=tmp_path, owner_url=installation.variables()["NAPARNIK_DATABASE_OWNER_URL"])
    await driver.scan(agent, codes[1])
    rename_dump(tmp_path)
    with running_servers(tmp_path / "data") as servers:
        do("pg_restore", folder=tmp_path, owner_url=servers.database_owner_url)
    shutil.copy(installation.data / "master.key", tmp_path / "data")

    with running(tmp_path / "data", "--no-demo") as restored:
        verified, known, begun = (
            restored.run(*words.split()) for words in ("verify", f"code inspect {codes[0]}", "restored")
        )
        async with Driver(restored.origin, driver.owner_key, restored.data) as there:
            again = await there.scan(agent, codes[0])
            kept_by_the_phone = await there.scan_batch(agent, codes)
            free = await there.settled(agent, 700)
            spend = await there.spend(agent, 700)

    assert (verified.returncode, verified.stderr) == (0, "")
    assert (known.returncode, begun.returncode) == (0, 0)
    assert again.json() == scan.json() | {"already_yours": True}
    assert wallet.available_minor == 600
    assert kept_by_the_phone.json()["epoch"] != epoch
    assert [answer["status"] for answer in kept_by_the_phone.json()["answers"]] == [200, 201]
    assert (free.available_minor, spend.status_code) == (700, 201)


async def test_a_batch_that_was_voided_after_the_backup_stays_void_when_it_is_restored(
    driver: Driver, installation: Installation, tmp_path: Path
) -> None:
    codes = await driver.mint(2, await driver.campaign(budget_minor=1_000, bonus_minor=100))
    do("pg_dump", folder=tmp_path, owner_url=installation.variables()["NAPARNIK_DATABASE_OWNER_URL"])
    await void(installation, driver, codes[0])
    rename_dump(tmp_path)
    with running_servers(tmp_path / "data") as servers:
        do("pg_restore", folder=tmp_path, owner_url=servers.database_owner_url)
    shutil.copy(installation.data / "master.key", tmp_path / "data")
    shutil.copytree(installation.data / "destroyed", tmp_path / "data" / "destroyed")

    with running(tmp_path / "data", "--no-demo") as restored:
        said = [restored.run("code", "inspect", code).stdout for code in codes]
        begun, verified = restored.run("restored"), restored.run("verify")
        async with Driver(restored.origin, driver.owner_key, restored.data) as there:
            answer = await there.scan(await there.agent(), codes[1])

    assert said == ["no code of this installation\n"] * 2
    assert (begun.returncode, verified.returncode) == (0, 0)
    assert (answer.status_code, answer.json()["slug"]) == (422, "not_accepted")


async def void(installation: Installation, driver: Driver, code: str) -> None:
    """Destroy the key of a code's batch, by two persons."""
    batch_id = re.findall(r"^batch +(\S+)", installation.run("code", "inspect", code).stdout, re.MULTILINE)[0]
    other = installation.run("keys", "create", "--role", "owner", "--name", "another").stdout.strip()
    asked = await driver.owner("POST", f"/v1/batches/{batch_id}/void-requests", {"reason": "a drill"})
    path = f"/v1/void-requests/{asked['id']}/approve"
    assert (await driver.call("POST", path, token=other)).status_code == 200

"""Codes on the command line: a batch to a file, whole and durable, and what is known about one of them."""

import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from codes.readings import readings
from tests.installation import Installation, running


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    # Without a worker nobody else seals the batch.
    with running(tmp_path_factory.mktemp("installation"), "--no-demo", "--workers", "0") as installation:
        yield installation


@pytest.fixture(scope="module")
def products(installation: Installation) -> list[str]:
    """The SKUs of the only program, as the catalogue orders them."""
    headers, skus = {"Authorization": f"Bearer {installation.owner_key}"}, ["A-1", "B-2"]
    with httpx.Client(base_url=installation.origin, headers=headers, trust_env=False) as http:
        program = http.post("/v1/programs", json={"name": "P", "time_zone": "UTC"}).json()["id"]
        for sku in reversed(skus):
            http.post(f"/v1/programs/{program}/products", json={"sku": sku, "name_ru": sku, "name_en": sku})
    return skus


def issue(installation: Installation, *words: str) -> "subprocess.CompletedProcess[str]":
    return installation.run("code", "issue", *words)


def test_codes_go_to_a_file_that_only_its_owner_reads(
    installation: Installation, products: list[str], tmp_path: Path
) -> None:
    done = issue(installation, "--count", "20000", "--out", str(tmp_path / "codes"))

    codes = (tmp_path / "codes").read_text().splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert "20,000 codes for A-1" in done.stdout
    assert len(set(codes)) == 20_000
    assert all(readings(code) == (code,) for code in codes[::100])
    assert stat.S_IMODE((tmp_path / "codes").stat().st_mode) == 0o600


def test_without_a_file_standard_output_holds_codes_and_nothing_else(
    installation: Installation, products: list[str]
) -> None:
    done = issue(installation, "--count", "3", "--product", "B-2")

    assert [readings(line) for line in done.stdout.splitlines()] == [(line,) for line in done.stdout.splitlines()]
    assert done.stdout.count("\n") == 3
    assert "3 codes for B-2" in done.stderr


def test_a_file_with_codes_is_not_written_over(installation: Installation, products: list[str], tmp_path: Path) -> None:
    (tmp_path / "codes").write_text("worth money")

    done = issue(installation, "--out", str(tmp_path / "codes"))

    assert done.returncode == 1
    assert done.stderr.startswith(f"naparnik: {tmp_path / 'codes'} is there already")
    assert (tmp_path / "codes").read_text() == "worth money"


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (["--product", "Z-9"], "has no product Z-9"),
        (["--program", "00000000-0000-0000-0000-000000000000"], "say by --program which one is meant"),
        (["--out", "/proc/codes"], "/proc/codes cannot be written"),
    ],
)
def test_what_cannot_be_issued_is_refused_in_one_line(
    installation: Installation, products: list[str], words: list[str], refusal: str
) -> None:
    done = issue(installation, *words)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("naparnik: ")
    assert refusal in done.stderr


def test_a_code_is_known_however_it_is_typed(installation: Installation, products: list[str]) -> None:
    [code] = issue(installation, "--count", "1").stdout.split()

    said = installation.run("code", "inspect", f" {code[:4]}-{code[4:8]} {code[8:].lower()}")

    assert said.returncode == 0
    assert f"code     {code[:4]} {code[4:8]} {code[8:12]} {code[12:]}" in said.stdout
    assert "product  A-1" in said.stdout
    assert "role     inner" in said.stdout
    assert "sealed since" in said.stdout
    assert "scan     none accepted, 0 held" in said.stdout


def test_codes_can_be_on_sale_from_the_first_moment(installation: Installation, products: list[str]) -> None:
    [code] = issue(installation, "--count", "1", "--activate").stdout.split()

    assert "active since" in installation.run("code", "inspect", code).stdout


async def test_a_claimed_code_says_by_whom(installation: Installation, products: list[str]) -> None:
    [code] = issue(installation, "--count", "1", "--activate").stdout.split()
    async with installation.driver() as driver:
        agent = await driver.agent()
        scan = await driver.scan(agent, code)

    said = installation.run("code", "inspect", code)

    assert scan.status_code == 201
    assert f"by agent {agent.id}" in said.stdout


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("8WBJ", "This is not the text of a code"),
        ("8WBJF619H3AR21VM", "A symbol of the code is wrong"),
    ],
)
def test_what_is_no_code_is_said_to_be_none(installation: Installation, code: str, said: str) -> None:
    done = installation.run("code", "inspect", code)

    assert done.returncode == 1
    assert done.stderr == f"naparnik: {said}\n"


def test_a_code_of_nobody_is_said_to_be_no_code_of_ours(installation: Installation) -> None:
    done = installation.run("code", "inspect", "0" * 16)

    assert (done.returncode, done.stdout) == (1, "no code of this installation\n")

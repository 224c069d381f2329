"""Printing on the command line: an order for a printer, and his file, whole, gone on with, or encrypted."""

import re
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyrage
import pytest
from pyrage import x25519

from tests.installation import Installation, running


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with running(tmp_path_factory.mktemp("installation"), "--no-demo", "--workers", "0") as installation:
        yield installation


@pytest.fixture(scope="module")
def product(installation: Installation) -> str:
    headers = {"Authorization": f"Bearer {installation.owner_key}"}
    with httpx.Client(base_url=installation.origin, headers=headers, trust_env=False) as http:
        program = http.post("/v1/programs", json={"name": "P", "time_zone": "UTC"}).json()["id"]
        body = {"sku": "A-1", "name_ru": "А", "name_en": "A"}
        return str(http.post(f"/v1/programs/{program}/products", json=body).json()["sku"])


@pytest.fixture
def batch(installation: Installation, product: str, tmp_path: Path) -> str:
    """A batch whose codes are known, as `naparnik code issue` wrote them."""
    done = installation.run("code", "issue", "--count", "5000", "--out", str(tmp_path / "issued"))
    assert done.returncode == 0, done.stderr
    return re.search(r"batch (\S+):", done.stdout)[1]  # type: ignore[index]


def ordered(installation: Installation, batch: str, *words: str) -> str:
    done = installation.run("code", "order", "--batch", batch, "--printer", "Press", *words)
    assert done.returncode == 0, done.stderr
    return re.search(r"print order (\S+):", done.stdout)[1]  # type: ignore[index]


def test_the_file_of_an_order_holds_the_codes_that_were_issued(
    installation: Installation, batch: str, tmp_path: Path
) -> None:
    order = ordered(installation, batch)

    done = installation.run("code", "export", order, "--format", "txt", "--out", str(tmp_path / "file"))

    lines = (tmp_path / "file").read_text().splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert [line for line in lines if "-" not in line] == (tmp_path / "issued").read_text().splitlines()
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o600


def test_a_file_that_was_cut_is_gone_on_with_and_not_written_over(
    installation: Installation, batch: str, tmp_path: Path
) -> None:
    order, file = ordered(installation, batch, "--columns", "inner,outer_url"), tmp_path / "file"
    installation.run("code", "export", order, "--out", str(file))
    whole = file.read_bytes()
    file.write_bytes(whole[:1_000])

    refused = installation.run("code", "export", order, "--out", str(file))
    done = installation.run("code", "export", order, "--out", str(file), "--resume")

    assert refused.returncode == 1
    assert "is there already" in refused.stderr
    assert (done.returncode, file.read_bytes() == whole) == (0, True)


def test_an_order_for_a_key_is_written_as_files_that_only_it_opens(
    installation: Installation, batch: str, tmp_path: Path
) -> None:
    printer = x25519.Identity.generate()
    order = ordered(installation, batch, "--recipient", str(printer.to_public()))

    done = installation.run("code", "export", order, "--format", "txt", "--out", str(tmp_path / "file"))

    sealed = (tmp_path / "file.0001.age").read_bytes()
    codes = [line for line in pyrage.decrypt(sealed, [printer]).decode().splitlines() if "-" not in line]
    assert done.returncode == 0, done.stderr
    assert codes == (tmp_path / "issued").read_text().splitlines()
    assert not (tmp_path / "file").exists()


def test_a_second_day_waits_for_somebody_with_a_key(installation: Installation, batch: str, tmp_path: Path) -> None:
    order = ordered(installation, batch)
    headers = {"Authorization": f"Bearer {installation.owner_key}", "Idempotency-Key": order}
    with httpx.Client(base_url=installation.origin, headers=headers, trust_env=False) as http:
        http.post(f"/v1/print-orders/{order}/downloads")

        refused = installation.run("code", "export", order, "--out", str(tmp_path / "file"))
        waiting = re.search(r"download (\S+) first", refused.stderr)[1]  # type: ignore[index]
        http.post(f"/v1/downloads/{waiting}/approve")
        done = installation.run("code", "export", order, "--out", str(tmp_path / "file"))

    assert (refused.returncode, done.returncode) == (1, 0)
    assert (tmp_path / "file").exists()


@pytest.mark.parametrize("words", [["--columns", "secret"], ["--recipient", "age1nobody"], ["--first", "99999"]])
def test_an_order_that_cannot_be_printed_is_refused(installation: Installation, batch: str, words: list[str]) -> None:
    done = installation.run("code", "order", "--batch", batch, "--printer", "Press", *words)

    assert done.returncode == 1
    assert done.stderr.startswith("naparnik: ")

"""`naparnik code import`: files and pipes, told line by line what is wrong with them."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.codes.files import GTIN, marking, some_codes, some_serials
from tests.installation import Installation, running


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One program with a product that has a GTIN."""
    with running(tmp_path_factory.mktemp("installation"), "--no-demo", "--workers", "0") as installation:
        headers = {"Authorization": f"Bearer {installation.owner_key}"}
        with httpx.Client(base_url=installation.origin, headers=headers, trust_env=False) as http:
            program = http.post("/v1/programs", json={"name": "P", "time_zone": "UTC"}).json()["id"]
            product = {"sku": "A-1", "name_ru": "A", "name_en": "A", "gtins": [GTIN]}
            http.post(f"/v1/programs/{program}/products", json=product)
        yield installation


def written(folder: Path, *lines: str) -> str:
    file = folder / "codes.txt"
    file.write_text("\n".join(lines))
    return str(file)


def test_a_makers_codes_are_taken_and_known(installation: Installation, tmp_path: Path) -> None:
    codes = some_codes(2_000)

    done = installation.run("code", "import", written(tmp_path, "code", *codes), "--product", "A-1", "--activate")
    known = installation.run("code", "inspect", codes[7].lower())

    assert (done.returncode, done.stderr) == (0, "")
    assert "2,000 codes in" in done.stdout
    assert "index 7\n" in known.stdout
    assert "active since" in known.stdout
    assert "code  " not in known.stdout


def test_markings_find_their_product_themselves(installation: Installation, tmp_path: Path) -> None:
    lines = [marking(serial) for serial in some_serials(50)]

    done = installation.run("code", "import", written(tmp_path, *lines))

    assert (done.returncode, done.stderr) == (0, "")
    assert "sealed since" in installation.run("code", "inspect", lines[3]).stdout


def test_a_refused_file_is_told_line_by_line(installation: Installation, tmp_path: Path) -> None:
    codes = some_codes(40, seed=5)

    done = installation.run("code", "import", written(tmp_path, *codes, "?", "!"), "--product", "A-1")

    assert (done.returncode, done.stdout) == (1, "")
    assert "line 41: it is no code" in done.stderr
    assert "problems count: 2" in done.stderr


def test_a_file_that_was_taken_is_not_taken_twice(installation: Installation, tmp_path: Path) -> None:
    file = written(tmp_path, *some_codes(40, seed=6))
    installation.run("code", "import", file, "--product", "A-1")

    again = installation.run("code", "import", file, "--product", "A-1")

    assert again.returncode == 1
    assert "imported before: 40" in again.stderr


def test_a_pipe_is_read_like_a_file(installation: Installation) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli", "code", "import", "-", "--product", "A-1", "--data", str(installation.data)],
        input="\n".join(some_codes(40, seed=7)),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_a_file_that_is_not_there_is_said_to_be_missing(installation: Installation, tmp_path: Path) -> None:
    done = installation.run("code", "import", str(tmp_path / "nothing"))

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("cannot be read: No such file or directory\n")


def test_secrets_are_locked_anew_and_the_versions_told(installation: Installation) -> None:
    rewrapped, versions = installation.run("keys", "rewrap"), installation.run("keys", "versions")

    assert (rewrapped.returncode, versions.returncode) == (0, 0)
    assert "pepper: 0 locked anew" in rewrapped.stdout
    assert versions.stdout.startswith("version 1  locks    1 of pepper")

"""Drawings on the command line: a batch as sheets of labels, and one code of it as a picture."""

import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from codes.drawings.templates import template
from tests.codes.drawings.paper import read, read_labels, said
from tests.installation import Installation, running


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with running(tmp_path_factory.mktemp("installation"), "--no-demo", "--workers", "0") as installation:
        yield installation


@pytest.fixture(scope="module")
def codes(installation: Installation) -> list[str]:
    """The codes of the only batch there is."""
    headers = {"Authorization": f"Bearer {installation.owner_key}"}
    with httpx.Client(base_url=installation.origin, headers=headers, trust_env=False) as http:
        program = http.post("/v1/programs", json={"name": "P", "time_zone": "UTC"}).json()["id"]
        http.post(f"/v1/programs/{program}/products", json={"sku": "A", "name_ru": "А", "name_en": "A"})
    issued = installation.run("code", "issue", "--count", "70")
    return [issued.stderr.split()[1].rstrip(":"), *issued.stdout.split()]


def test_a_batch_is_drawn_as_sheets_of_labels(installation: Installation, codes: list[str], tmp_path: Path) -> None:
    batch_id, *printed = codes
    out = tmp_path / "sheet.pdf"

    done = installation.run(
        "code", "sheet", "--batch", batch_id, "--out", str(out), "--maker", "ООО «Тепло»", "--carrier", "plain"
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert read_labels(out.read_bytes(), template("a4-65")) == printed
    assert said(out.read_bytes())[0].count("ООО «Тепло»") == 65
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_one_code_is_drawn_as_a_picture(installation: Installation, codes: list[str], tmp_path: Path) -> None:
    batch_id, first, *_ = codes
    words = ["code", "draw", "--batch", batch_id, "--out", str(tmp_path / "one.png"), "--dark", "003A70"]

    # One index in a hundred has no code.
    done = next(done for index in range(70) if not (done := installation.run(*words, "--index", str(index))).returncode)

    assert done.stderr == ""
    assert read(Image.open(tmp_path / "one.png")) == [f"{installation.origin.upper()}/C/{first}"]


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (["sheet", "--out", "new.pdf", "--template", "a4-66"], "There is no such sheet of labels"),
        (["sheet", "--out", "new.pdf", "--light", "333333"], "The two colours are too close"),
        (["draw", "--out", "new.png", "--index", "4000000000"], "The batch has no such indexes"),
        (["draw", "--out", "new.gif", "--index", "0"], "new.gif is none of .png, .svg, .pdf"),
    ],
)
def test_what_cannot_be_drawn_leaves_no_file(
    installation: Installation, codes: list[str], tmp_path: Path, words: list[str], refusal: str
) -> None:
    word, out, name, *rest = words

    done = installation.run("code", word, "--batch", codes[0], out, str(tmp_path / name), *rest)

    assert done.returncode != 0
    assert refusal in done.stderr
    assert not (tmp_path / name).exists()


def test_a_drawing_is_not_written_over(installation: Installation, codes: list[str], tmp_path: Path) -> None:
    out = tmp_path / "sheet.pdf"
    out.write_text("worth money")

    done = installation.run("code", "sheet", "--batch", codes[0], "--out", str(out))

    assert (done.returncode, out.read_text()) == (1, "worth money")

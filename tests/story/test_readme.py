"""The first scan by hand, as the README tells it: its commands are run as they stand."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import ROOT
from tests.installation import Installation, running, until

BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def commands(heading: str) -> str:
    """Every shell line below a heading of the README."""
    below = (ROOT / "README.md").read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    return "\n".join(BLOCK.findall(below))


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Installation]:
    with running(tmp_path / "data") as installation:
        assert until((installation.data / "demo.json").exists)
        yield installation


@pytest.mark.skipif(shutil.which("curl") is None, reason="the README scans by curl, which is not here")
def test_the_first_scan_by_hand_ends_in_the_wallet(demo: Installation, tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / ".naparnik").symlink_to(demo.data)
    script = commands("The first scan, by hand").replace("http://127.0.0.1:8000", demo.origin)

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert '"state":"accepted"' in done.stdout
    assert '"balances":' in done.stdout

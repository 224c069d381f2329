"""The first scan and the first order by hand, as the README tells them: its commands are run as they stand."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.demo_program import find
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
        assert until(lambda: (program := find(installation.data)) is not None and program.is_made)
        yield installation


@pytest.mark.skipif(shutil.which("curl") is None, reason="the README calls by curl, which is not here")
def test_a_scan_and_a_promo_order_by_hand_end_in_the_wallet(demo: Installation, tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / ".naparnik").symlink_to(demo.data)
    told = commands("The first scan, by hand") + commands("The first promo order, by hand")

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", told.replace("http://127.0.0.1:8000", demo.origin)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert '"state":"accepted"' in done.stdout
    assert '"balances":' in done.stdout
    assert '"state":"succeeded"' in done.stdout
    assert '"kind":"client_came"' in done.stdout

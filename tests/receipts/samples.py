"""The shared samples of real receipts, read where they stand; a clone without them skips what needs them."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.house.tree import ROOT

FOLDER = Path(os.environ.get("NAPARNIK_SAMPLES", ROOT.parent / "shared" / "receipts"))
needs_samples = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared samples of receipts are not here")


def rows(name: str) -> list[Any]:
    """The rows of a file of JSON lines."""
    return [json.loads(line) for line in (FOLDER / name).read_text().splitlines()]


def document(name: str) -> Any:
    return json.loads((FOLDER / name).read_text())


def files(pattern: str) -> list[Path]:
    return sorted(FOLDER.glob(pattern))

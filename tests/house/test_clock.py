"""One clock decides about money, the database's: a process whose own clock is wrong pays, expires and refuses alike."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import FLOORS, modules, rooms

# Rooms of the business; above them a process may tell its log what time it thinks it is.
BUSINESS = [room for room in rooms() if 0 < FLOORS[room] < FLOORS["api"]]
CLOCKS = {"now", "utcnow", "today", "time", "time_ns"}


def readings(path: Path) -> Iterator[str]:
    """Where a file asks its process for the time: `datetime.now(…)`, `date.today()`, `time.time()`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
            of = node.func.value
            if isinstance(of, ast.Name) and of.id in {"datetime", "date", "time"}:
                yield f"{path.name}:{node.lineno} {of.id}.{node.func.attr}"


@pytest.mark.parametrize("room", BUSINESS)
def test_no_business_asks_its_own_process_for_the_time(room: str) -> None:
    found = [reading for path in modules(room) for reading in readings(path)]

    assert found == []

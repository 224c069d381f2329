"""What the samples of each country came to, told at the end of the run; and plainly that they were not there."""

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from tests.receipts.samples import FOLDER

_COUNTED = "samples"

Counted = Callable[[str, str, int], None]


@pytest.fixture
def counted(record_property: Callable[[str, object], None]) -> Counted:
    """Tell how many samples of a country, and of which kind, a test has proven."""

    def count(country: str, kind: str, samples: int) -> None:
        record_property(_COUNTED, (country, kind, samples))

    return count


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """A line for each country."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for report in terminalreporter.stats.get("passed", ()):
        for name, told in getattr(report, "user_properties", ()):
            if name == _COUNTED and report.when == "call":
                country, kind, samples = told
                found[country][kind] += samples
    if not FOLDER.is_dir():
        terminalreporter.write_line(f"samples of receipts: skipped, {FOLDER.name} is not here")
    for country in sorted(found):
        kinds = ", ".join(f"{samples} {kind}" for kind, samples in found[country].items())
        terminalreporter.write_line(f"samples of receipts, {country.upper()}: {kinds}")

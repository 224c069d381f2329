import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, files

# A letter of each stands in brackets, so that this file does not say it either.
NOT_OURS_TO_NAME = {
    "a registry's host": re.compile(r"py[p]i\.org|pyth[o]nhosted|registry\.n[p]mjs|deb\.d[e]bian"),
    "an index address": re.compile(r"--(extra-)?index[-]url|index[-_]url\s*=|--find[-]links|/simpl[e]/"),
    "a path of one machine": re.compile(r"/wor[k]/|/roo[t]/|/hom[e]/[a-z]|/User[s]/"),
}
COMMAND = re.compile(r"(?:^|[`$(]|&& )make ([a-z]+)", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")


def texts() -> list[Path]:
    return [path for path in files() if b"\0" not in path.read_bytes()[:1024]]


def documents() -> list[Path]:
    return [path for path in files() if path.suffix == ".md"]


@pytest.mark.parametrize("what", NOT_OURS_TO_NAME)
def test_no_file_names(what: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in texts()
        if (match := NOT_OURS_TO_NAME[what].search(path.read_text(encoding="utf-8")))
    ]

    assert found == []


def test_the_readme_says_how_to_run_and_how_to_test() -> None:
    commands = set(COMMAND.findall((ROOT / "README.md").read_text()))

    assert {"run", "test"} <= commands


def test_every_make_command_in_the_documents_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {command for path in documents() for command in COMMAND.findall(path.read_text())}

    assert named <= targets


def test_the_gate_runs_what_the_readme_says() -> None:
    gate = (ROOT / ".ci/run").read_text().splitlines()

    assert {"make check", "make test"} <= set(gate)


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    broken = [link for link in LINK.findall(document.read_text()) if not (document.parent / link).exists()]

    assert broken == []

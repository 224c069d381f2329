"""What a reader finds in the documents is what the code has, no word more and no word less."""

import argparse
import importlib
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from api.app import create_app
from api.openapi import VERSION
from cli.__main__ import parser
from core.access import SCOPES, Role, Scope
from core.refusals import DomainError
from core.settings import Settings, variable
from tests.house.tree import FLOORS, ROOT, rooms

METHODS = {"get", "post", "put", "patch", "delete"}


def text(document: str) -> str:
    return (ROOT / "docs" / document).read_text()


def table(document: str) -> dict[str, list[str]]:
    """The rows of a document's tables, by their first word in backquotes."""
    rows = (re.split(r" ?\| ?", line.strip("|")) for line in text(document).splitlines() if line.startswith("| `"))
    return {first.strip(" `"): [cell.strip(" `") for cell in rest] for first, *rest in rows}


def refusals() -> set[type[DomainError]]:
    """Every refusal class of every room."""
    for room in rooms():
        for module in pkgutil.walk_packages([str(ROOT / room)], prefix=f"{room}."):
            if "piccolo_migrations" not in module.name:
                importlib.import_module(module.name)
    return {refusal for refusal in _descendants(DomainError) if refusal.__module__.partition(".")[0] in FLOORS}


def _descendants(refusal: type[DomainError]) -> Iterator[type[DomainError]]:
    for child in refusal.__subclasses__():
        yield child
        yield from _descendants(child)


def commands(root: argparse.ArgumentParser, words: str = "naparnik") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Each command that can be given, by its words."""
    groups = [action for action in root._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        yield words, root
    for group in groups:
        for word, command in group.choices.items():
            yield from commands(command, f"{words} {word}")


def _as_written(default: object) -> str:
    return str(default).lower() if isinstance(default, bool) else str(default)


def section(document: str, title: str) -> str:
    """A document's part under the heading that holds a title in backquotes."""
    parts = re.split(r"^## ", text(document), flags=re.MULTILINE)
    return next((part for part in parts if part.startswith(f"`{title}`\n")), "")


def endpoints() -> set[str]:
    """Each operation of the OpenAPI document, as METHOD /path."""
    app = create_app(Settings(environment="test", docs=True))
    paths: dict[str, dict[str, Any]] = app.openapi_schema.to_schema()["paths"]
    return {f"{method.upper()} {path}" for path, item in paths.items() for method in item if method in METHODS}


def test_every_refusal_has_its_row() -> None:
    assert table("problems.md").keys() == {refusal.slug for refusal in refusals() if refusal.slug}


def test_every_setting_has_its_row_and_its_default() -> None:
    defaults = {variable(field): default for field, default in msgspec.structs.asdict(Settings()).items()}

    told = {name: default for name, (default, *_) in table("settings.md").items()}

    assert told == {name: _as_written(default) for name, default in defaults.items()}


def test_every_scope_has_its_row_with_the_roles_that_carry_it() -> None:
    told = {scope: [cell == "yes" for cell in cells] for scope, cells in table("access.md").items()}

    assert told == {scope.value: [scope in SCOPES[role] for role in Role] for scope in Scope}


def test_every_endpoint_has_its_row() -> None:
    assert table("api.md").keys() == endpoints()


def test_every_command_has_its_section() -> None:
    headings = set(re.findall(r"^## `(naparnik[^`]*)`$", text("cli.md"), re.MULTILINE))

    assert headings == {words for words, _ in commands(parser())}


@pytest.mark.parametrize("words", [words for words, _ in commands(parser())])
def test_every_option_stands_under_its_command(words: str) -> None:
    command = dict(commands(parser()))[words]
    options = {option for action in command._actions for option in action.option_strings if option.startswith("--")}

    assert [option for option in sorted(options - {"--help"}) if option not in section("cli.md", words)] == []


def test_the_api_and_the_package_tell_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert project["version"] == VERSION

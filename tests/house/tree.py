"""The project's own files and rooms, as the tests of the house see them."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# A room imports from rooms with a lower number, and from itself.
FLOORS = {
    "core": 0,
    "wallets": 1,
    "programs": 2,
    "referrals": 3,
    "codes": 4,
    "receipts": 4,
    "rewards": 5,
    "equipment": 5,
    "api": 6,
    "workers": 6,
    "cli": 7,
}


def rooms() -> list[str]:
    """The rooms that are built so far, lowest floor first."""
    return [room for room in FLOORS if (ROOT / room / "__init__.py").exists()]


def modules(room: str) -> list[Path]:
    """The Python files of a room, without the migrations that Piccolo wrote."""
    return sorted(path for path in (ROOT / room).rglob("*.py") if "piccolo_migrations" not in path.parts)


def files() -> list[Path]:
    """Every file that is, or is about to be, in the repository."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [path for name in listing.stdout.split("\0") if name and (path := ROOT / name).is_file()]

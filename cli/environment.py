"""The variables by which a command finds an installation: the process's own, or the ones `up` wrote beside its data."""

import os
from collections.abc import Mapping
from pathlib import Path

from cli.refusals import CannotStart

DEFAULT_DATA = Path(".naparnik")

# A master key has exactly one source; ours is the file.
OTHER_KEY_SOURCES = ("NAPARNIK_MASTER_KEY", "NAPARNIK_MASTER_KEY_COMMAND")


class NothingRuns(CannotStart):
    """A command was pointed at a data folder without running servers."""


def write(data: Path, variables: Mapping[str, str]) -> None:
    """Leave the variables beside the data, for commands that are started by hand."""
    file = data / "env"
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.writelines(f"{name}={value}\n" for name, value in variables.items())


def remove(data: Path) -> None:
    (data / "env").unlink(missing_ok=True)


def combine(variables: Mapping[str, str]) -> dict[str, str]:
    """Our own environment with an installation's variables over it."""
    kept = {name: value for name, value in os.environ.items() if name not in OTHER_KEY_SOURCES}
    return kept | dict(variables)


def enter(data: Path | None) -> None:
    """Make this process speak to the servers of a data folder.

    Without one the process's own variables count, and where they name no database, the default folder's.
    """
    if data is None and "NAPARNIK_DATABASE_URL" in os.environ:
        return
    file = (data or DEFAULT_DATA) / "env"
    try:
        lines = file.read_text().splitlines()
    except FileNotFoundError:
        if data is None:
            # Nothing was named, so the settings say which variable is missing.
            return
        raise NothingRuns(f"nothing runs on {data}: start it with `naparnik up --data {data}`") from None
    variables = combine(dict(line.split("=", 1) for line in lines))
    os.environ.clear()
    os.environ.update(variables)

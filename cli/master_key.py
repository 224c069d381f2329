"""The master key's file beside embedded data: made once, and never made anew for data that need the old one."""

import os
from pathlib import Path

from cli.place import Place
from cli.refusals import CannotStart
from core import keys


class MasterKeyMissing(CannotStart):
    """There are data and no key to them."""


def ensure(place: Place) -> Path:
    """The path of the master key, which the first start makes."""
    file = place.data / "master.key"
    if file.exists():
        return file
    if place.postgres_data.exists():
        raise MasterKeyMissing(
            f"{file} is missing, and without it no code in {place.data} is worth anything: restore it"
        )
    _create(file)
    return file


def _create(file: Path) -> None:
    # Written aside and renamed, so that a start which is killed here leaves no half of a key.
    unfinished = file.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(f"{keys.generate()}\n")
        out.flush()
        os.fsync(out.fileno())
    unfinished.rename(file)

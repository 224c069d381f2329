"""A file for codes: its owner alone reads it, and nothing is ever written over."""

import os
import sys
from pathlib import Path
from typing import BinaryIO

from cli.refusals import CannotStart


def opened(file: Path | None) -> BinaryIO:
    """The new file, or standard output where none is named; CannotStart."""
    if file is None:
        return os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    if file.is_file():
        raise CannotStart(f"{file} is there already, and codes are worth money: name another file")
    try:
        # Whoever reads the file can claim what is in it.
        return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600), "wb")
    except OSError as failed:
        raise CannotStart(f"{file} cannot be written: {failed.strerror}") from None

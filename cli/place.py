"""Where embedded servers live: their data, their sockets, the account they run under, programs it can reach."""

import fcntl
import hashlib
import os
import pwd
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from cli import copies
from cli.binaries import Programs, find_postgres, find_valkey
from cli.child import Account
from cli.folders import give, private_folder
from cli.refusals import CannotStart

# Sockets need a short path: the kernel allows 107 bytes, and both a data folder and $TMPDIR may be longer.
RUNTIME_ROOT = Path("/tmp")  # noqa: S108 - what we make there is 0700, its owner checked

# The servers inherit nothing of ours: PG* variables would change what they do, and secrets are not their business.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


class DataInUse(CannotStart):
    """Another process runs servers on this data folder."""


class Place(msgspec.Struct, frozen=True):
    """One data folder, taken by this process, and what servers on it need."""

    data: Path
    runtime: Path
    account: Account | None
    programs: Programs
    lock_fd: int

    @property
    def postgres_data(self) -> Path:
        return self.data / "postgres"

    @property
    def valkey_data(self) -> Path:
        return self.data / "valkey"

    @property
    def valkey_socket(self) -> Path:
        return self.runtime / "valkey.sock"

    def log(self, name: str) -> Path:
        return self.data / "log" / f"{name}.log"


@contextmanager
def taken(data: Path) -> Iterator[Place]:
    """Take a data folder for the length of a block."""
    place = take(data)
    try:
        yield place
    finally:
        leave(place)


def take(data: Path) -> Place:
    """Lock a data folder for as long as this process lives, and prepare it."""
    data = data.resolve()
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock_fd = _lock(data)
    try:
        account = _account(data)
        name = _short_name(data)
        programs = Programs(postgres=find_postgres(_major(data / "postgres")), valkey=find_valkey())
        place = Place(
            data=data,
            runtime=private_folder(RUNTIME_ROOT / name, account),
            account=account,
            programs=copies.reachable(programs, account, name=f"{name}-programs"),
            lock_fd=lock_fd,
        )
        for folder in (place.postgres_data, place.valkey_data):
            if folder.exists():
                give(folder, account)
        return place
    except BaseException:
        os.close(lock_fd)
        raise


def leave(place: Place) -> None:
    """Remove what only running servers need, and give the data folder free."""
    shutil.rmtree(place.runtime, ignore_errors=True)
    copies.remove(name=f"{place.runtime.name}-programs")
    os.close(place.lock_fd)


def _lock(data: Path) -> int:
    folder = os.open(data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(folder)
        raise DataInUse(f"{data} is in use: another process runs servers on it") from None
    return folder


def _account(data: Path) -> Account | None:
    """Nobody but ourselves, unless we are root, which PostgreSQL refuses to be."""
    if os.geteuid() != 0:
        return None
    if (data / "postgres").exists() and (owner := (data / "postgres").stat()).st_uid != 0:
        return Account(uid=owner.st_uid, gid=owner.st_gid)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(uid=entry.pw_uid, gid=entry.pw_gid)
    return Account(uid=65534, gid=65534)


def _major(postgres_data: Path) -> int | None:
    try:
        return int((postgres_data / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None


def _short_name(data: Path) -> str:
    return f"naparnik-{hashlib.sha256(os.fsencode(data)).hexdigest()[:12]}"

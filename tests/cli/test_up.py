"""`naparnik up` serves, comes back from every death but its own, and leaves nothing running behind it."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import asyncpg
import pytest

from tests.cli.processes import descendants, left_after

LEAVE_SECONDS_MAX = 10


class Running:
    """One `naparnik up`, and what it said."""

    def __init__(self, data: Path, *options: str) -> None:
        argv = [sys.executable, "-m", "cli", "up", "--data", str(data), "--port", "0", "--no-demo", *options]
        self.data = data
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.stdout: IO[str] = self.process.stdout
        self.ready = self.stdout.readline().strip()
        self.port = int(self.ready.rpartition(":")[2])

    def children(self, words: str) -> list[int]:
        """The direct children whose command line holds these words."""
        return [
            process.pid
            for process in descendants(self.process.pid)
            if process.parent() == self.process.pid and words in process.command()
        ]

    def healthy(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def variables(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in (self.data / "env").read_text().splitlines())

    def end(self, by: signal.Signals) -> int:
        self.process.send_signal(by)
        self.stdout.read()
        return self.process.wait(LEAVE_SECONDS_MAX)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("up"), "--api", "2")
    yield running
    running.end(signal.SIGTERM)


def until(condition: Callable[[], bool], seconds: float = 15) -> bool:
    """Whether the condition comes true in time."""
    give_up_at = time.monotonic() + seconds
    while not (true := condition()) and time.monotonic() < give_up_at:
        time.sleep(0.05)
    return true


def up(data: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """A start that is expected to be refused."""
    argv = [sys.executable, "-m", "cli", "up", "--data", str(data), "--no-demo", *options]
    return subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)


def test_it_says_where_it_serves(running: Running) -> None:
    assert running.ready == f"ready http://127.0.0.1:{running.port}"
    assert running.healthy()


def test_it_leaves_what_other_commands_need_and_nobody_else_may_read(running: Running) -> None:
    variables = running.variables()

    assert variables["NAPARNIK_ORIGIN"] == f"http://127.0.0.1:{running.port}"
    assert variables["NAPARNIK_ENVIRONMENT"] == "development"
    for secret in (running.data / "env", Path(variables["NAPARNIK_MASTER_KEY_FILE"])):
        assert secret.stat().st_mode & 0o777 == 0o600


def test_other_commands_find_it(running: Running) -> None:
    argv = [sys.executable, "-m", "cli", "migrate", "--data", str(running.data)]

    done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_its_api_processes_share_one_port(running: Running) -> None:
    processes = running.children("cli api")

    assert len(processes) == 2
    assert all(listening_socket(running.port) in open_files(process) for process in processes)


def listening_socket(port: int) -> str:
    """What the kernel calls the socket that listens on a port."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return next(f"socket:[{line[9]}]" for line in lines if line[1].endswith(f":{port:04X}") and line[3] == "0A")


def open_files(pid: int) -> set[str]:
    return {str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir()}


@pytest.mark.parametrize("words", ["cli api", "cli worker", "bin/postgres", "valkey-server"])
def test_whatever_dies_below_it_comes_back(running: Running, words: str) -> None:
    before = running.children(words)

    os.kill(before[0], signal.SIGKILL)

    assert until(lambda: len(running.children(words)) == len(before) and before[0] not in running.children(words))
    assert until(running.healthy)


def test_a_second_one_on_the_same_folder_is_refused(running: Running) -> None:
    second = up(running.data, "--port", "0")

    assert second.returncode == 1
    assert second.stderr == f"naparnik: {running.data} is in use: another process runs servers on it\n"
    assert running.healthy()


def test_a_port_in_use_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        refused = up(tmp_path, "--port", str(port))

    assert refused.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in refused.stderr


def test_data_without_their_key_are_not_given_a_new_one(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()

    refused = up(tmp_path, "--port", "0")

    assert refused.returncode == 1
    assert "master.key is missing" in refused.stderr
    assert not (tmp_path / "master.key").exists()


def hears_of_a_lost_terminal() -> None:
    """Under nohup the tests themselves, and all that they start, would not."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_can_be_stopped_while_it_starts(tmp_path: Path, by: signal.Signals) -> None:
    argv = [sys.executable, "-m", "cli", "up", "--data", str(tmp_path), "--port", "0", "--no-demo"]
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, preexec_fn=hears_of_a_lost_terminal)  # noqa: PLW1509 - no lock.
    assert until((tmp_path / "master.key").exists)
    below = descendants(process.pid)

    process.send_signal(by)

    assert process.wait(LEAVE_SECONDS_MAX) == 0
    assert left_after(1, of=below) == set()


# The stories of tests/story/test_up.py end in the same two ways.
@pytest.mark.torture
async def test_it_leaves_nothing_behind_and_finds_its_data_again(tmp_path: Path) -> None:
    first = Running(tmp_path)
    key = (tmp_path / "master.key").read_bytes()
    await execute(first, "CREATE TABLE kept ()")
    below = descendants(first.process.pid)

    status = first.end(signal.SIGTERM)

    assert status == 0
    assert left_after(0, of=below) == set()
    assert not (tmp_path / "env").exists()
    second = Running(tmp_path)
    await execute(second, "SELECT FROM kept")
    assert (tmp_path / "master.key").read_bytes() == key
    second.end(signal.SIGTERM)


# The stories of tests/story/test_up.py end in the same two ways.
@pytest.mark.torture
async def test_it_leaves_nothing_behind_when_it_is_killed_and_starts_again(tmp_path: Path) -> None:
    first = Running(tmp_path)
    await execute(first, "CREATE TABLE kept ()")
    below = descendants(first.process.pid)

    first.end(signal.SIGKILL)

    assert len(below) > 5
    assert left_after(5, of=below) == set()
    second = Running(tmp_path)
    await execute(second, "SELECT FROM kept")
    second.end(signal.SIGTERM)


async def execute(running: Running, statement: str) -> None:
    connection = await asyncpg.connect(running.variables()["NAPARNIK_DATABASE_OWNER_URL"])
    await connection.execute(statement)
    await connection.close()

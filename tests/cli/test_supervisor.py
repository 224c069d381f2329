"""The supervisor starts again what dies and leaves nothing behind."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from cli.child import Process, spawn
from cli.supervisor import DELAY_SECONDS_MIN, Child, Supervisor
from tests.cli.processes import descendants, left_after


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    supervisor = Supervisor()
    yield supervisor
    supervisor.stop()


def shell(script: str, *, log: Path) -> Callable[[], Process]:
    return partial(spawn, ["sh", "-c", script], log=log, death_signal=signal.SIGKILL)


def lines(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


def test_a_child_that_dies_is_started_again(tmp_path: Path, supervisor: Supervisor) -> None:
    log = tmp_path / "log"
    supervisor.start(Child("child", shell("echo $$; exec sleep 60", log=log)))
    supervisor.tend_until(lambda: len(lines(log)) == 1)

    os.kill(int(lines(log)[0]), signal.SIGKILL)
    supervisor.tend_until(lambda: len(lines(log)) == 2)

    first, second = lines(log)
    assert first != second
    assert supervisor.hopeless() is None


def test_a_child_that_dies_at_once_is_waited_for_longer_each_time(tmp_path: Path, supervisor: Supervisor) -> None:
    log = tmp_path / "log"
    started_at = time.monotonic()
    supervisor.start(Child("doomed", shell("echo $$; false", log=log)))

    supervisor.tend_until(lambda: len(lines(log)) == 4)

    assert time.monotonic() - started_at >= DELAY_SECONDS_MIN * (1 + 2 + 4)
    assert supervisor.hopeless() == "doomed"


def test_what_dies_with_a_child_goes_with_it(tmp_path: Path, supervisor: Supervisor) -> None:
    log = tmp_path / "log"
    supervisor.start(Child("parent", shell("sleep 60 & echo $$; wait", log=log)))
    supervisor.tend_until(lambda: len(lines(log)) == 1)
    below = descendants(int(lines(log)[0]))

    os.kill(int(lines(log)[0]), signal.SIGKILL)
    supervisor.tend_until(lambda: len(lines(log)) == 2)

    assert len(below) == 1
    assert left_after(1, of=below) == set()


def test_an_errand_is_run_while_the_others_are_kept_running(tmp_path: Path, supervisor: Supervisor) -> None:
    log = tmp_path / "log"
    supervisor.start(Child("short", shell("echo $$; sleep 0.2", log=log)))

    status = supervisor.run(shell("sleep 1; exit 7", log=log))

    assert status == 7
    assert len(lines(log)) > 1


def test_stages_are_stopped_from_the_highest_down(tmp_path: Path) -> None:
    log = tmp_path / "log"
    supervisor = Supervisor()
    for name, stage in (("servers", 0), ("api", 2), ("queue", 1)):
        script = f"trap 'echo {name}; exit' TERM; echo up; while :; do sleep 0.05; done"
        supervisor.start(Child(name, shell(script, log=log), stage=stage))
    supervisor.tend_until(lambda: len(lines(log)) == 3)

    supervisor.stop()

    assert lines(log)[3:] == ["api", "queue", "servers"]


def test_a_child_that_does_not_listen_is_killed_with_all_it_started(tmp_path: Path) -> None:
    log = tmp_path / "log"
    before = descendants(os.getpid())
    supervisor = Supervisor()
    supervisor.start(Child("deaf", shell("trap '' TERM; sleep 60 & echo up; wait; wait", log=log), stop_seconds=0.3))
    supervisor.tend_until(lambda: len(lines(log)) == 1)
    started = descendants(os.getpid()) - before

    supervisor.stop()

    assert len(started) == 2
    assert left_after(1, of=started) == set()

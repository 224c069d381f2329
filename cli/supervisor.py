"""Keeps children running: starts again those that die, and stops all of them, the last to start first."""

import signal
import sys
import time
from collections.abc import Callable, Iterator

import msgspec

from cli.child import Process, ask, await_end, bury, has_ended
from cli.refusals import CannotStart

TICK_SECONDS = 0.1
DELAY_SECONDS_MIN = 0.1
DELAY_SECONDS_MAX = 5.0
# A child that lived this long did not die of its start, so the next one is started without delay.
SOUND_SECONDS = 10.0
HOPELESS_DEATHS = 3


class Child(msgspec.Struct, frozen=True):
    """What to start, how to ask it to leave, and how long it may take."""

    name: str
    start: Callable[[], Process]
    stop_by: signal.Signals = signal.SIGTERM
    stop_seconds: float = 4.5
    # Stages are stopped from the highest to the lowest, the children of one stage at the same time.
    stage: int = 2


class _Watched(msgspec.Struct):
    child: Child
    process: Process | None
    started_at: float
    deaths: int = 0
    due_at: float = 0.0


class Supervisor:
    """Has to be used from one thread, the one that lives longest: see `cli.child.spawn`."""

    def __init__(self) -> None:
        self._watched: list[_Watched] = []
        self._errands: list[Process] = []

    def start(self, child: Child) -> None:
        """Start a child and keep it running."""
        self.watch(child, child.start())

    def watch(self, child: Child, process: Process) -> None:
        """Keep a child running that was started already."""
        self._watched.append(_Watched(child, process, started_at=time.monotonic()))

    def run(self, start: Callable[[], Process]) -> int:
        """Run something that ends by itself, while all others are kept running; give its exit status."""
        process = start()
        self._errands.append(process)
        self.tend_until(lambda: has_ended(process))
        self._errands.remove(process)
        return bury(process)

    def tend_until(self, condition: Callable[[], bool]) -> None:
        """Keep all children running until the condition holds; it is asked ten times a second."""
        while not condition():
            for watched in self._watched:
                _tend(watched)
            time.sleep(TICK_SECONDS)

    def hopeless(self) -> str | None:
        """The name of a child that dies again and again, if there is one."""
        return next((watched.child.name for watched in self._watched if watched.deaths >= HOPELESS_DEATHS), None)

    def stop(self) -> None:
        """Stop everything, in at most the sum of the stages' seconds; nothing is left afterwards."""
        for process in self._errands:
            bury(process)
        for stage in sorted({watched.child.stage for watched in self._watched}, reverse=True):
            running = list(self._running(stage))
            for child, process in running:
                ask(process, by=child.stop_by)
            asked_at = time.monotonic()
            for child, process in running:
                await_end(process, until=asked_at + child.stop_seconds)
                bury(process)

    def _running(self, stage: int) -> Iterator[tuple[Child, Process]]:
        for watched in self._watched:
            if watched.process is not None and watched.child.stage == stage:
                yield watched.child, watched.process


def _tend(watched: _Watched) -> None:
    now = time.monotonic()
    if watched.process is None:
        if now >= watched.due_at:
            _start_again(watched, now)
    elif has_ended(watched.process):
        status = bury(watched.process)
        watched.process = None
        watched.deaths = 1 if now - watched.started_at > SOUND_SECONDS else watched.deaths + 1
        _postpone(watched, now, f"ended with {status}")


def _start_again(watched: _Watched, now: float) -> None:
    try:
        watched.process = watched.child.start()
    except (CannotStart, OSError) as failed:
        watched.deaths += 1
        _postpone(watched, now, f"did not start: {failed}")
    watched.started_at = now


def _postpone(watched: _Watched, now: float, what: str) -> None:
    delay = min(DELAY_SECONDS_MAX, DELAY_SECONDS_MIN * 2 ** (watched.deaths - 1))
    watched.due_at = now + delay
    print(f"naparnik: {watched.child.name} {what}; again in {delay:.1f} s", file=sys.stderr, flush=True)

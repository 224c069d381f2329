"""A start that is slow is waited for, and given up when nobody could still call it slow."""

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from cli import up
from cli.binaries import Programs
from cli.place import Place
from cli.refusals import CannotStart
from cli.supervisor import Supervisor


class Starting(BaseHTTPRequestHandler):
    """An API that is not ready when it is asked for the first two times."""

    asked = 0

    def do_GET(self) -> None:
        Starting.asked += 1
        self.send_response(200 if Starting.asked > 2 else 503)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, tmp_path, account=None, programs=Programs(tmp_path, tmp_path), lock_fd=-1)


@pytest.fixture
def port() -> Iterator[int]:
    Starting.asked = 0
    server = HTTPServer((up.HOST, 0), Starting)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_what_answers_late_is_waited_for(place: Place, port: int) -> None:
    ready = up._ready(Supervisor(), place, port)

    answers = [ready() for _ in range(3)]

    assert answers == [False, False, True]


def test_what_never_answers_is_given_up_and_its_logs_are_named(
    place: Place, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(up, "READY_SECONDS_MAX", 0.0)
    ready = up._ready(Supervisor(), place, port)

    with pytest.raises(CannotStart, match=str(place.data / "log")):
        ready()


def test_a_machine_that_is_slow_has_minutes(place: Place, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    started_at = time.monotonic()
    ready = up._ready(Supervisor(), place, port)
    monkeypatch.setattr(time, "monotonic", lambda: started_at + 170)

    assert not ready()

"""An embedded Valkey that keeps what it is told, reached through one private unix socket."""

import signal
import socket
import time

from cli.child import Process, has_ended, log_tail, spawn
from cli.folders import private_folder
from cli.place import ENVIRONMENT, Place
from cli.refusals import CannotStart
from cli.squatters import await_none_in

STOP_BY = signal.SIGTERM

READY_SECONDS_MAX = 30.0

_SETTINGS = {
    "port": "0",
    "unixsocketperm": "600",
    "daemonize": "no",
    "save": "",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "maxmemory-policy": "noeviction",
}


class ValkeyFailed(CannotStart):
    """Valkey did not start; the message holds the end of its log."""


def launch(place: Place) -> Process:
    """Start the server on its data; it is not ready yet."""
    private_folder(place.valkey_data, place.account)
    await_none_in(place.valkey_data, program=place.programs.valkey.name)
    settings = _SETTINGS | {"unixsocket": str(place.valkey_socket)}
    return spawn(
        [str(place.programs.valkey), *(word for key, value in settings.items() for word in (f"--{key}", value))],
        log=place.log("valkey"),
        death_signal=signal.SIGTERM,
        environment=ENVIRONMENT,
        folder=place.valkey_data,
        account=place.account,
    )


def await_ready(place: Place, process: Process) -> None:
    """Wait until the server has read its data and answers."""
    until = time.monotonic() + READY_SECONDS_MAX
    while not _answers(place):
        if has_ended(process) or time.monotonic() > until:
            log = place.log("valkey")
            raise ValkeyFailed(f"Valkey did not start; {log} ends with:\n{log_tail(log)}")
        time.sleep(0.02)


def url(place: Place) -> str:
    return f"unix://{place.valkey_socket}?db=0"


def _answers(place: Place) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1.0)
        try:
            client.connect(str(place.valkey_socket))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False

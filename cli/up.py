"""Everything on one machine: embedded servers, API processes, workers, and the demo program."""

import http.client
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from cli import embedded, environment, master_key, postgres, valkey
from cli.child import Process, log_tail, spawn
from cli.listener import listen
from cli.place import Place, taken
from cli.refusals import CannotStart
from cli.supervisor import Child, Supervisor

HOST = "127.0.0.1"
# Whoever dies again and again is noticed at once; this is for those who live, on a machine that is slow.
READY_SECONDS_MAX = 180.0


def up(data: Path, *, port: int, api: int, workers: int, demo: bool) -> None:
    """Run it all until somebody says stop: by SIGTERM, by SIGINT, or by closing the terminal."""
    _on_stop(signal.default_int_handler)
    supervisor = Supervisor()
    with suppress(KeyboardInterrupt), taken(data) as place, listen(HOST, port) as listener:
        try:
            _serve(supervisor, place, listener, api=api, workers=workers, demo=demo)
        finally:
            # Whoever is impatient now gains nothing by a second signal.
            _on_stop(signal.SIG_IGN)
            supervisor.stop()
            environment.remove(place.data)


def _on_stop(handler: signal.Handlers | Callable[..., object]) -> None:
    signal.signal(signal.SIGTERM, handler)
    signal.signal(signal.SIGINT, handler)
    # Whoever started us by nohup wants us to survive the terminal.
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, handler)


def _serve(
    supervisor: Supervisor, place: Place, listener: socket.socket, *, api: int, workers: int, demo: bool
) -> None:
    print(f"naparnik: data in {place.data}; not for production", file=sys.stderr, flush=True)
    origin = f"http://{HOST}:{listener.getsockname()[1]}"
    variables = _start_servers(supervisor, place, origin)
    environment.write(place.data, variables)
    command = partial(_spawn, place, environment.combine(variables))

    if supervisor.run(partial(command, ["migrate"], name="migrate")) != 0:
        raise CannotStart(f"the migrations failed:\n{log_tail(place.log('migrate'))}")
    for number in range(1, workers + 1):
        name = f"worker-{number}"
        supervisor.start(Child(name, partial(command, ["worker"], name=name)))
    fd = listener.fileno()
    for number in range(1, api + 1):
        name = f"api-{number}"
        supervisor.start(Child(name, partial(command, ["api", "--fd", str(fd)], name=name, pass_fds=[fd])))
    supervisor.tend_until(_ready(supervisor, place, listener.getsockname()[1]))
    print(f"ready {origin}", flush=True)

    story = ["demo", "--origin", origin, "--data", str(place.data)]
    if demo and supervisor.run(partial(command, story)) != 0:
        print("naparnik: the demo did not come to its end", file=sys.stderr, flush=True)
    supervisor.tend_until(lambda: False)


def _start_servers(supervisor: Supervisor, place: Place, origin: str) -> dict[str, str]:
    key = master_key.ensure(place)
    servers = embedded.start(place)
    supervisor.watch(
        Child("postgres", partial(postgres.launch, place), stop_by=postgres.STOP_BY, stop_seconds=3.0, stage=0),
        servers.postgres,
    )
    supervisor.watch(
        Child("valkey", partial(valkey.launch, place), stop_by=valkey.STOP_BY, stop_seconds=1.0, stage=1),
        servers.valkey,
    )
    return {
        "NAPARNIK_ENVIRONMENT": "development",
        "NAPARNIK_DOCS": "true",
        "NAPARNIK_DATABASE_URL": servers.database_url,
        "NAPARNIK_DATABASE_OWNER_URL": servers.database_owner_url,
        "NAPARNIK_DATABASE_APP_ROLE": postgres.APPLICATION,
        "NAPARNIK_REDIS_URL": servers.redis_url,
        "NAPARNIK_MASTER_KEY_FILE": str(key),
        "NAPARNIK_DESTROYED_LOG": str(place.data / "destroyed"),
        "NAPARNIK_ORIGIN": origin,
        # All processes count into one folder, so that whichever is asked tells the sum.
        "PROMETHEUS_MULTIPROC_DIR": str(_empty_folder(place.data / "metrics")),
    }


def _empty_folder(path: Path) -> Path:
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(mode=0o700)
    return path


def _spawn(
    place: Place,
    variables: dict[str, str],
    words: Sequence[str],
    *,
    name: str | None = None,
    pass_fds: Sequence[int] = (),
) -> Process:
    return spawn(
        [sys.executable, "-m", "cli", *words],
        log=None if name is None else place.log(name),
        # Nobody is left to insist, and none of ours keeps anything that a kill could lose.
        death_signal=signal.SIGKILL,
        environment=variables,
        pass_fds=pass_fds,
    )


def _ready(supervisor: Supervisor, place: Place, port: int) -> Callable[[], bool]:
    until = time.monotonic() + READY_SECONDS_MAX

    def ready() -> bool:
        if name := supervisor.hopeless():
            raise CannotStart(f"{name} does not stay up:\n{log_tail(place.log(name))}")
        if time.monotonic() > until:
            raise CannotStart(f"not ready after {READY_SECONDS_MAX:.0f} s; the logs are in {place.data / 'log'}")
        return _answers(port)

    return ready


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=1.0)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()

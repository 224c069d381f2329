"""An embedded PostgreSQL: a real server with durable settings, reached through one private unix socket."""

import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from cli.child import Process, dropping_to, has_ended, log_tail, spawn
from cli.folders import private_folder
from cli.place import ENVIRONMENT, Place
from cli.refusals import CannotStart
from cli.squatters import await_none_in

DATABASE = "naparnik"
OWNER = "naparnik_owner"
APPLICATION = "naparnik_app"

# A fast shutdown: open transactions are cut, and what was committed is written out.
STOP_BY = signal.SIGINT

READY_SECONDS_MAX = 60.0

_PORT = 5432
# The folder is named by where the process stands, so that it works below folders the account may not enter.
_HERE = "/proc/self/cwd"

_SETTINGS = {
    "listen_addresses": "",
    "port": str(_PORT),
    "unix_socket_permissions": "0600",
    "max_connections": "200",
    # What was committed survives a power cut. These are the defaults, said aloud because the figures depend on them.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "4GB",
    # After a checkpoint the first touch of a page writes all of it: at full load that is most of the log.
    "checkpoint_timeout": "15min",
    "checkpoint_completion_target": "0.9",
    "random_page_cost": "1.1",
    # Compiling a statement costs more than running ours.
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u ",
}

_ROLES = """
SELECT 'CREATE ROLE naparnik_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'naparnik_app') \\gexec
SELECT 'CREATE DATABASE naparnik OWNER naparnik_owner'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'naparnik') \\gexec
REVOKE ALL ON DATABASE naparnik FROM PUBLIC;
GRANT CONNECT ON DATABASE naparnik TO naparnik_app;
"""


class PostgresFailed(CannotStart):
    """PostgreSQL did not start; the message holds the end of its log."""


def initialise(place: Place) -> None:
    """Create the data once; one that was killed half-way is begun anew."""
    if place.postgres_data.exists():
        return
    unfinished = place.data / "postgres.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    private_folder(unfinished, place.account)
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8"]
    access = [f"--username={OWNER}", "--auth-local=trust", "--auth-host=reject"]
    done = _run(place, "initdb", "--pgdata", _HERE, *locale, *access, folder=unfinished)
    if done.returncode != 0:
        raise PostgresFailed(f"initdb failed:\n{done.stdout}")
    unfinished.rename(place.postgres_data)


def launch(place: Place) -> Process:
    """Start the server on its data, whatever state a kill left them in; it is not ready yet."""
    await_none_in(place.postgres_data, program="postgres")
    # Nobody works here any more, so whichever process now has the number in these files is a stranger.
    (place.postgres_data / "postmaster.pid").unlink(missing_ok=True)
    for left in place.runtime.glob(".s.PGSQL.*"):
        left.unlink()
    settings = _SETTINGS | {"unix_socket_directories": str(place.runtime)}
    return spawn(
        [
            str(place.programs.postgres / "postgres"),
            "-D",
            _HERE,
            *(f"--{key}={value}" for key, value in settings.items()),
        ],
        log=place.log("postgres"),
        # Nobody is left to insist when a slow shutdown hangs, and an immediate one loses nothing that was committed.
        death_signal=signal.SIGQUIT,
        environment=ENVIRONMENT,
        folder=place.postgres_data,
        account=place.account,
    )


def await_ready(place: Place, process: Process) -> None:
    """Wait until the server answers a query, and make sure of its roles and database."""
    until = time.monotonic() + READY_SECONDS_MAX
    while _sql(place, "SELECT 1").returncode != 0:
        if has_ended(process) or time.monotonic() > until:
            raise PostgresFailed(
                f"PostgreSQL did not start; {place.log('postgres')} ends with:\n{log_tail(place.log('postgres'))}"
            )
        time.sleep(0.02)
    done = _sql(place, _ROLES)
    if done.returncode != 0:
        raise PostgresFailed(f"PostgreSQL refused the roles or the database:\n{done.stdout}")


def url(place: Place, role: str) -> str:
    """The address of the application's database for one of its two roles."""
    return f"postgresql://{role}@/{DATABASE}?host={quote(str(place.runtime), safe='/')}"


def _sql(place: Place, script: str) -> subprocess.CompletedProcess[str]:
    options = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--host={place.runtime}", f"--username={OWNER}"]
    return _run(place, "psql", *options, f"--port={_PORT}", "--dbname=postgres", folder=Path("/"), stdin=script)


def _run(place: Place, program: str, *options: str, folder: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [place.programs.postgres / program, *options],
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env=ENVIRONMENT,
        cwd=folder,
        **dropping_to(place.account),
    )

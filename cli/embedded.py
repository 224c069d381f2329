"""Real PostgreSQL and Valkey servers inside a data folder, for development, tests and trying things out."""

import msgspec

from cli import child, postgres, valkey
from cli.child import Process, bury
from cli.place import Place


class Servers(msgspec.Struct, frozen=True):
    """Two running servers and how to reach them."""

    place: Place
    database_url: str
    database_owner_url: str
    redis_url: str
    postgres: Process
    valkey: Process


def start(place: Place) -> Servers:
    """Start both servers on a data folder that was taken. They end with the calling thread's process."""
    started: list[Process] = []
    try:
        postgres.initialise(place)
        started.append(valkey.launch(place))
        started.append(postgres.launch(place))
        valkey.await_ready(place, started[0])
        postgres.await_ready(place, started[1])
    except BaseException:
        for process in started:
            bury(process)
        raise
    return Servers(
        place=place,
        database_url=postgres.url(place, postgres.APPLICATION),
        database_owner_url=postgres.url(place, postgres.OWNER),
        redis_url=valkey.url(place),
        valkey=started[0],
        postgres=started[1],
    )


def stop(servers: Servers) -> None:
    """Stop both servers in an orderly way."""
    child.stop(servers.valkey, by=valkey.STOP_BY, seconds=1.0)
    child.stop(servers.postgres, by=postgres.STOP_BY, seconds=3.0)

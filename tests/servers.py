"""Real servers for the test suite, the ones `naparnik up` embeds."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli import embedded
from cli.embedded import Servers
from cli.place import leave, take


def start_servers(folder: Path) -> Servers:
    """Start PostgreSQL and Valkey with their data in the folder; they end with this process, whatever ends it."""
    place = take(folder)
    try:
        return embedded.start(place)
    except BaseException:
        leave(place)
        raise


def stop_servers(servers: Servers) -> None:
    embedded.stop(servers)
    leave(servers.place)


@contextmanager
def running_servers(folder: Path) -> Iterator[Servers]:
    servers = start_servers(folder)
    try:
        yield servers
    finally:
        stop_servers(servers)

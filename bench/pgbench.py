"""PostgreSQL's own load generator: what the database does when nothing of ours stands before it."""

import asyncio
import subprocess
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.installation import Database
from bench.load import Measured


async def run(database: Database, script: str, *, clients: int, transactions: int, **values: str) -> Measured:
    """Run one of our scripts so many times over so many connections, each transaction as durable as ours."""
    text = (files("bench") / "scripts" / f"{script}.sql").read_text()
    for name, value in values.items():
        text = text.replace(f"<{name}>", value)
    return await asyncio.to_thread(_run, database, text, clients=clients, each=transactions // clients)


def _run(database: Database, script: str, *, clients: int, each: int) -> Measured:
    place = database.servers.place
    with TemporaryDirectory() as folder:
        file = Path(folder, "script.sql")
        file.write_text(script)
        done = subprocess.run(
            [
                place.programs.postgres / "pgbench",
                *("--no-vacuum", "--protocol=prepared", f"--client={clients}", f"--transactions={each}"),
                *("--log", f"--log-prefix={folder}/log", f"--file={file}"),
                *(f"--host={place.runtime}", "--username=naparnik_app", database.name),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"pgbench failed:\n{done.stdout[-2000:]}")
        return _measured(Path(folder).glob("log.*"))


def _measured(logs: Iterable[Path]) -> Measured:
    """The log has a line a transaction: client, number, microseconds, script, and when it ended, in two parts."""
    latencies, ends = [], []
    for log in logs:
        for line in log.read_text().splitlines():
            _, _, microseconds, _, seconds, fraction = line.split()
            latencies.append(int(microseconds) / 1e6)
            ends.append(int(seconds) + int(fraction) / 1e6)
    started = min(end - latency for end, latency in zip(ends, latencies, strict=True))
    return Measured(max(ends) - started, latencies, {})

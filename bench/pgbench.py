"""PostgreSQL's own load generator: what the database does when nothing of ours stands before it."""

import asyncio
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.installation import Database
from bench.load import Measured


async def run(database: Database, script: str, *, clients: int, transactions: int, **values: str) -> Measured:
    """Run one of our scripts so many times over so many connections, each transaction as durable as ours."""
    with TemporaryDirectory() as folder:
        text = (files("bench") / "scripts" / f"{script}.sql").read_text()
        for name, value in values.items():
            text = text.replace(f"<{name}>", value)
        file = Path(folder, "script.sql")
        file.write_text(text)
        await _pgbench(database, file, clients=clients, transactions=transactions // clients)
        return _measured(Path(folder).glob("log.*"))


async def _pgbench(database: Database, script: Path, *, clients: int, transactions: int) -> None:
    place = database.servers.place
    process = await asyncio.create_subprocess_exec(
        place.programs.postgres / "pgbench",
        *("--no-vacuum", "--protocol=prepared", f"--client={clients}", f"--transactions={transactions}"),
        *("--log", f"--log-prefix={script.parent / 'log'}", f"--file={script}"),
        *(f"--host={place.runtime}", "--username=naparnik_app", database.name),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"pgbench failed:\n{said.decode()[-2000:]}")


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

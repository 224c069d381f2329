"""Proofs: statements that return a row for each breach of an invariant, and the run over all of them."""

import time
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from core import switches
from core.db import execute, fetch, transaction

SHOWN_MAX = 20


class Breach(msgspec.Struct, frozen=True):
    """A row that breaks an invariant: which, what is wrong, and the asset or campaign that it touches."""

    subject: str
    detail: str
    asset: str | None = None


class Proof(msgspec.Struct, frozen=True):
    """An invariant and what finds its breaches: a statement (columns subject, detail, asset) or a function."""

    name: str
    statement: str = ""
    check: Callable[[], Awaitable[list[Breach]]] | None = None


class Verdict(msgspec.Struct, frozen=True):
    """What one proof found, at most the first few breaches, and how long it took."""

    name: str
    breaches: list[Breach]
    seconds: float

    @property
    def holds(self) -> bool:
        return not self.breaches


async def run(proofs: Sequence[Proof]) -> list[Verdict]:
    """Prove everything over one snapshot of the database."""
    async with transaction(isolation="repeatable_read"):
        await execute("SET LOCAL statement_timeout = 0")
        await execute("SET LOCAL work_mem = '256MB'")
        return [await _judge(proof) for proof in proofs]


async def freeze(verdicts: Sequence[Verdict], *, by: str) -> list[str]:
    """Stop spending of every asset that a failed proof touches; returns the switches thrown."""
    assets = {breach.asset or "*" for verdict in verdicts for breach in verdict.breaches}
    if "*" in assets:
        assets = {row["asset"] for row in await fetch("SELECT DISTINCT asset FROM account")}
    names = [switches.spending(asset) for asset in sorted(assets)]
    failed = ", ".join(verdict.name for verdict in verdicts if not verdict.holds)
    for name in names:
        await switches.turn_on(name, reason=f"verify: {failed}", by=by)
    return names


async def _judge(proof: Proof) -> Verdict:
    started = time.perf_counter()
    if proof.check is not None:
        breaches = await proof.check()
    else:
        rows = await fetch(f"SELECT * FROM ({proof.statement}) AS breach LIMIT {SHOWN_MAX}")  # noqa: S608 - our own text.
        breaches = [Breach(str(row["subject"]), row["detail"], row["asset"]) for row in rows]
    return Verdict(proof.name, breaches[:SHOWN_MAX], time.perf_counter() - started)

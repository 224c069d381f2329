"""Proofs: statements that return a row for each breach of an invariant, and the run over all of them."""

import time
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from core import switches
from core.db import execute, fetch, transaction
from core.switches import EVERY_ASSET
from core.whole_tables import WAYS

SHOWN_MAX = 20
PROOF_SECONDS_MAX = 3_600

_WHOLE_TABLES = (*WAYS, "statement_timeout = 0", "idle_in_transaction_session_timeout = 0", "work_mem = '256MB'")


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
        for setting in _WHOLE_TABLES:
            await execute(f"SET LOCAL {setting}")
        return [await _judge(proof) for proof in proofs]


async def freeze(verdicts: Sequence[Verdict], *, by: str) -> list[str]:
    """Stop spending of every asset that a failed proof touches; returns the switches thrown.

    All spending stops where a breach names no asset, or where there may be more breaches than are shown.
    """
    failed = [verdict for verdict in verdicts if not verdict.holds]
    assets = {breach.asset or EVERY_ASSET for verdict in failed for breach in verdict.breaches}
    if any(len(verdict.breaches) == SHOWN_MAX for verdict in failed):
        assets.add(EVERY_ASSET)
    names = [switches.spending(asset) for asset in sorted({EVERY_ASSET} & assets or assets)]
    reason = f"verify: {', '.join(verdict.name for verdict in failed)}"[: switches.REASON_MAX]
    for name in names:
        await switches.turn_on(name, reason=reason, by=by)
    return names


async def _judge(proof: Proof) -> Verdict:
    started = time.perf_counter()
    if proof.check is not None:
        breaches = await proof.check()
    else:
        statement = f"SELECT * FROM ({proof.statement}) AS breach LIMIT {SHOWN_MAX}"  # noqa: S608 - our own text.
        rows = await fetch(statement, seconds_max=PROOF_SECONDS_MAX)
        breaches = [Breach(str(row["subject"]), row["detail"], row["asset"]) for row in rows]
    return Verdict(proof.name, breaches[:SHOWN_MAX], time.perf_counter() - started)

"""Growth: the same work on an empty database and on one with a million credited scans; and proving that one."""

import time
from uuid import UUID

import msgspec

from bench import filling, requests, stock
from bench.figures import Figure, at_least, ratio_at_most
from bench.installation import Database, Installation
from bench.load import Address, closed
from bench.rounds import ROUNDS, in_turn
from bench.stock import Agents, Codes
from core import proofs
from core.db import fetch_value
from referrals import crediting
from workers.chores import PROOFS

CONNECTIONS = 64
_SCANS = 4_000
# After a checkpoint PostgreSQL logs each page whole once; a database at work has most of its pages behind it.
_WARM_ROUNDS = 4
_UNSPENT = _SCANS * (ROUNDS + _WARM_ROUNDS)
_AGENTS = 10_000
_BATCH = 500
_WAIT_SECONDS = 14 * 86_400


class Done(msgspec.Struct, frozen=True):
    """One round on one database."""

    accept_p99_ms: float
    drain_microseconds: float


class Stage(msgspec.Struct, frozen=True):
    """What both databases start from; the codes were never scanned in either."""

    program_id: UUID
    product_id: UUID
    campaign_id: UUID
    agents: Agents
    codes: Codes


async def measure(installation: Installation) -> list[Figure]:
    """The grown database begins as a copy of the empty one, so that the same requests are good for both."""
    empty = await installation.database("growth_none")
    async with empty.opened():
        stage = await _stage(installation.filled_scans)
    grown = await installation.twin(empty, "growth_filled")
    async with grown.opened():
        unspent = stage.codes.take(_UNSPENT)
        await filling.fill(
            grown,
            scans=installation.filled_scans,
            agents=stage.agents,
            codes=stage.codes,
            unspent=unspent,
            program=stage.program_id,
            product=stage.product_id,
            campaign=stage.campaign_id,
        )
    sent = requests.scans(unspent, stage.agents.tokens)
    rounds = [sent[first : first + _SCANS] for first in range(0, len(sent), _SCANS)]
    of_grown, of_empty = iter(rounds), iter(rounds)
    async with grown.api() as at_grown, empty.api() as at_empty:
        for _ in range(_WARM_ROUNDS):
            await _work(grown, at_grown, next(of_grown))
            await _work(empty, at_empty, next(of_empty))
        done, before = await in_turn(
            lambda: _work(grown, at_grown, next(of_grown)), lambda: _work(empty, at_empty, next(of_empty))
        )
    return [*_figures(done, before, installation.filled_scans), await _proof(grown)]


def _figures(done: list[Done], before: list[Done], scans: int) -> list[Figure]:
    return [
        Figure(
            what=f"accept a scan, p99, after {scans:,} scans",
            unit="ms",
            ours=[one.accept_p99_ms for one in done],
            against="the same on an empty database",
            theirs=[one.accept_p99_ms for one in before],
            target=ratio_at_most(1.5),
        ),
        Figure(
            what=f"drain an activity, after {scans:,} scans",
            unit="µs",
            ours=[one.drain_microseconds for one in done],
            against="the same on an empty database",
            theirs=[one.drain_microseconds for one in before],
            target=ratio_at_most(1.5),
        ),
    ]


async def _stage(scans: int) -> Stage:
    program_id = await stock.program()
    product_id = await stock.product(program_id)
    campaign_id = await stock.campaign(program_id, wait_seconds=_WAIT_SECONDS)
    codes = await stock.codes(program_id, product_id, scans + _UNSPENT)
    return Stage(program_id, product_id, campaign_id, await stock.agents(_AGENTS), codes)


async def _work(database: Database, address: Address, sent: list[bytes]) -> Done:
    """Accept, then credit what was accepted, each with nothing beside it."""
    accepted = (await closed(address, sent, connections=CONNECTIONS)).expect(201)
    async with database.opened():
        started, settled = time.perf_counter(), 0
        while settled < len(sent):
            settled += (await crediting.drain(batch_max=_BATCH)).settled
        seconds = time.perf_counter() - started
    return Done(accepted.percentile_ms(99), seconds / len(sent) * 1e6)


async def _proof(database: Database) -> Figure:
    """What `naparnik verify` does."""
    async with database.opened():
        transfers: int = await fetch_value("SELECT count(*) FROM transfer")
        started = time.perf_counter()
        verdicts = await proofs.run(PROOFS)
        seconds = time.perf_counter() - started
    if broken := [verdict for verdict in verdicts if not verdict.holds]:
        raise RuntimeError(f"the filled database does not verify: {broken}")
    return Figure(what="naparnik verify", unit="transfers/s", ours=[transfers / seconds], target=at_least(50_000))

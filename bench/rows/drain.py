"""Crediting by the drain, with one campaign and with a hundred: against bare transfers, and a job for each credit."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import ExitStack
from uuid import UUID

import msgspec

from bench import one_job_each, stock
from bench.figures import Figure, at_least, ratio_at_least
from bench.installation import Database, Installation
from bench.one_job_each import transfer
from bench.rounds import in_turn
from bench.settled import settled, until
from bench.stock import Agents
from core.db import fetch_value, transaction
from core.doorbell import Doorbell
from core.ids import uuid7
from programs.conditions import CountAtLeast
from programs.facts import ActivityKind, Facts, Line
from programs.periods import Period
from programs.rules import Limit, LimitScope
from referrals import activities
from referrals.activities import Evidence
from wallets.ledger import post

_ACTIVITIES = 10_000
_JOBS = 2_000
_BATCH = 500
_AGENTS = 2_000
_WAIT_SECONDS = 14 * 86_400
_LIMITS = (Limit(scope=LimitScope.AGENT, period=Period.MONTH, max_count=10**6),)
_PRODUCTS = 10
_CAMPAIGNS_A_PRODUCT = 10


class Crediting(msgspec.Struct, frozen=True):
    """A program whose agents are about to earn."""

    program_id: UUID
    product_ids: list[UUID]
    campaign_id: UUID
    agents: Agents

    def facts(self, place: int) -> Facts:
        """One purchase of one product; agents and products take turns."""
        activity_id, now = uuid7(), stock.now()
        return Facts(
            activity_id=activity_id,
            kind=ActivityKind.CODE_SCANNED,
            program_id=self.program_id,
            agent_id=self.agents.ids[place % _AGENTS],
            occurred_at=now,
            accepted_at=now,
            lines=(Line(self.product_ids[place % len(self.product_ids)], "BENCH", 1),),
            batch=1,
        )


async def measure(installation: Installation) -> list[Figure]:
    """One worker at a time, the one that `naparnik worker` starts."""
    one = await installation.database("drain_one")
    async with one.opened():
        crediting = await _one_campaign()
        with ExitStack() as processes:
            processes.enter_context(one.process("cli", "worker"))
            processes.enter_context(one.process("bench.one_job_each"))
            drained, bare, jobs = await in_turn(
                lambda: _drain(one, crediting), lambda: _bare(crediting), lambda: _jobs(one, crediting)
            )
    hundred = await installation.database("drain_hundred")
    async with hundred.opened():
        crediting = await _hundred_campaigns()
        with hundred.process("cli", "worker"):
            drained_among, bare_among = await in_turn(lambda: _drain(hundred, crediting), lambda: _bare(crediting))
    return [
        _figure("credit by the drain, one campaign", drained, "the ledger alone, as many bare transfers", bare),
        Figure(
            what="credit by the drain, one campaign",
            unit="activities/s",
            ours=drained,
            against="one arq job for each credit",
            theirs=jobs,
            target=ratio_at_least(5),
        ),
        _figure("credit by the drain, 100 live campaigns", drained_among, "the ledger alone", bare_among, least=5_000),
    ]


def _figure(what: str, ours: list[float], against: str, theirs: list[float], *, least: float = 10_000) -> Figure:
    return Figure(what=what, unit="activities/s", ours=ours, against=against, theirs=theirs, target=at_least(least))


async def _one_campaign() -> Crediting:
    program_id = await stock.program()
    product_id = await stock.product(program_id)
    campaign_id = await stock.campaign(program_id, wait_seconds=_WAIT_SECONDS, limits=_LIMITS)
    return Crediting(program_id, [product_id], campaign_id, await stock.agents(_AGENTS))


async def _hundred_campaigns() -> Crediting:
    """Ten campaigns for each of ten products: each looks at what the agent has done, and one of the ten pays."""
    program_id = await stock.program()
    product_ids = [await stock.product(program_id, f"BENCH-{number}") for number in range(_PRODUCTS)]
    campaign_ids = [
        await stock.campaign(
            program_id,
            product_ids=[product_id],
            wait_seconds=_WAIT_SECONDS,
            limits=_LIMITS,
            conditions=(CountAtLeast(at_least=1 + number),),
            exclusivity_group="bench",
        )
        for product_id in product_ids
        for number in range(_CAMPAIGNS_A_PRODUCT)
    ]
    return Crediting(program_id, product_ids, campaign_ids[0], await stock.agents(_AGENTS))


async def _drain(database: Database, crediting: Crediting) -> float:
    """From the moment at which the activities are there until the last of them is settled."""
    async with transaction():
        for batch in _batches(_ACTIVITIES):
            facts = [crediting.facts(place) for place in batch]
            await activities.accept([Evidence(one, f"bench:{one.activity_id}") for one in facts])
    doorbell = Doorbell(database.variables["NAPARNIK_REDIS_URL"])
    started = time.perf_counter()
    doorbell.ring("drain")
    ended = await settled()
    await doorbell.close()
    return _ACTIVITIES / (ended - started)


async def _bare(crediting: Crediting) -> float:
    agents = crediting.agents.ids
    batches = [
        [transfer(agents[place % _AGENTS], crediting.campaign_id, uuid7(), kind="bare") for place in batch]
        for batch in _batches(_ACTIVITIES)
    ]
    started = time.perf_counter()
    for transfers in batches:
        async with transaction():
            await post(transfers)
    return _ACTIVITIES / (time.perf_counter() - started)


async def _jobs(database: Database, crediting: Crediting) -> float:
    queue = await one_job_each.queue(database.variables["NAPARNIK_REDIS_URL"])
    wanted = await _credited() + _JOBS

    async def done() -> bool:
        return await _credited() >= wanted

    started = time.perf_counter()
    for batch in _batches(_JOBS):
        await asyncio.gather(*(queue.enqueue_job(one_job_each.JOB, *_arguments(crediting, place)) for place in batch))
    ended = await until(done)
    await queue.aclose()
    return _JOBS / (ended - started)


def _arguments(crediting: Crediting, place: int) -> tuple[str, str, str]:
    return str(crediting.agents.ids[place % _AGENTS]), str(crediting.campaign_id), str(uuid7())


async def _credited() -> int:
    credited: int = await fetch_value("SELECT count(*) FROM transfer WHERE kind = $1", one_job_each.KIND)
    return credited


def _batches(count: int) -> Sequence[range]:
    return [range(first, min(first + _BATCH, count)) for first in range(0, count, _BATCH)]

"""Packs on sale: a batch of codes and what is paid for them, agents who scan them, and what they get."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec

from codes import activation, batches
from codes.batches import seal
from codes.claims import ScanRequest, Verdict
from codes.keyring import Keyring
from codes.packaging_code import BatchKey, Role, encode
from codes.ranges import Stretch
from codes.readings import meaning
from codes.scans import Judged, claim
from codes.transitions import paint_all, within
from core.db import execute, fetch, fetch_value, transaction
from core.ids import uuid7
from core.refusals import DomainError
from programs.budgets import budgets
from programs.conditions import Condition
from programs.effects import Effect, Fixed
from programs.facts import ActivityKind
from referrals import journal
from referrals.crediting import drain
from tests.programs.stored import BY, a_campaign, a_product, a_program
from wallets import statement
from wallets.statement import Balance

ASSET = "BON"
BONUS_MINOR = 100
PLENTY_MINOR = 10**12
NOWHERE = Balance(ASSET, 0, 0, 0, 0, None, None)


class Batch(msgspec.Struct, frozen=True):
    """A sealed batch, with its key to print any code of it."""

    id: UUID
    number: int
    size: int
    key: BatchKey

    def code(self, index: int, role: Role = Role.INNER) -> str:
        return encode(self.key, index=index, role=role)

    def codes(self, count: int, first: int = 0) -> list[str]:
        return [self.code(first + place) for place in range(count)]


class Sale(msgspec.Struct, frozen=True):
    """A product of a program, the campaign that pays for its codes, and one batch of them."""

    program_id: UUID
    product_id: UUID
    campaign_id: UUID
    batch: Batch


async def a_sale(
    count: int = 20,
    *,
    on_sale: bool = True,
    budget_minor: int = PLENTY_MINOR,
    effects: Sequence[Effect] = (Fixed(amount_minor=BONUS_MINOR),),
    conditions: Sequence[Condition] = (),
    **rules: Any,
) -> Sale:
    """Codes on sale, each worth a bonus that is free to spend at once."""
    program_id = await a_program(asset=ASSET)
    product_id = await a_product(program_id)
    campaign_id = await a_code_campaign(
        program_id, budget_minor=budget_minor, effects=tuple(effects), conditions=tuple(conditions), **rules
    )
    return Sale(program_id, product_id, campaign_id, await a_batch(program_id, product_id, count, on_sale=on_sale))


async def a_code_campaign(program_id: UUID, *, budget_minor: int = PLENTY_MINOR, **rules: Any) -> UUID:
    """A running campaign that pays for scans."""
    plain: dict[str, Any] = {
        "trigger": ActivityKind.CODE_SCANNED,
        "asset": ASSET,
        "effects": (Fixed(amount_minor=BONUS_MINOR),),
        "wait_seconds": 0,
    }
    return await a_campaign(program_id, budget_minor=budget_minor, **(plain | rules))


async def a_batch(program_id: UUID, product_id: UUID, count: int = 20, *, on_sale: bool = True) -> Batch:
    """A sealed batch, all of it on sale unless told otherwise."""
    ordered = await batches.order(program_id, product_id=product_id, count=count, by=BY, by_job=False)
    size = await seal(ordered.id, progress=ignore)
    if on_sale:
        await activation.change_range(ordered.id, first=0, stop=None, state="active", reason="", by=BY)
    _, key = await batches.with_key(ordered.id)
    return Batch(ordered.id, ordered.number, size, key)


async def painted(batch_id: UUID, state: str, first: int = 0, stop: int | None = None, **details: Any) -> list[Stretch]:
    """A part of a batch in a state, as the use cases put it there; what has changed."""
    async with transaction() as now:
        batch = await batches.find(batch_id)
        run = within(batch, first=first, stop=stop)
        return await paint_all(batch, [run], state=state, reason="", by=BY, now=now, **details)


async def ignore(_percent: int) -> None:
    """Nobody watches."""


async def some_agents(count: int) -> list[UUID]:
    """Agents who did nothing but enrol."""
    found = [uuid7() for _ in range(count)]
    await execute(
        "INSERT INTO agent (id, alias, alias_en) SELECT id, 'Барсук', 'Badger' FROM unnest($1::uuid[]) id", found
    )
    return found


async def an_agent() -> UUID:
    [found] = await some_agents(1)
    return found


def asks(
    agent_id: UUID,
    code: str,
    *,
    key: bytes | None = None,
    scanned_at: datetime | None = None,
    most: int = 20,
    network: bytes = b"network",
    network_most: int = 200,
    trusted: bool = False,
) -> ScanRequest:
    """A request for a code; its guesses count for the agent and for his network."""
    subjects = ((agent_id.bytes, most), (network, network_most))
    meant = meaning(code)
    return ScanRequest(
        meant.readings, agent_id, key or uuid4().bytes, scanned_at, subjects, meant.misspelled, trusted=trusted
    )


async def scan(agent_id: UUID, code: str, *, keyring: Keyring | None = None, **details: Any) -> Judged:
    """One claim by itself."""
    [judged] = await claim([asks(agent_id, code, **details)], keyring=keyring or Keyring())
    return judged


async def accepted(agent_id: UUID, *codes: str) -> list[UUID]:
    """Scans that have to be accepted; the ids of their activities."""
    judged = await claim([asks(agent_id, code) for code in codes], keyring=Keyring())
    return [verdict_of(one).scan.scan_id for one in judged]


def verdict_of(judged: Judged) -> Verdict:
    assert isinstance(judged, Verdict), judged
    return judged


def said(judged: Judged) -> str:
    """A verdict in a word or two: 'new accepted', 'already_yours held', or the refusal's slug."""
    if isinstance(judged, DomainError):
        return judged.slug
    return f"{judged.outcome} {judged.scan.state}"


def a_wrong_code(batch: Batch) -> str:
    """A well-formed text that no batch confirms: a code far beyond the end of this one."""
    return batch.code(batch.size + 1_000)


async def settled(*, at_once: int = 1) -> int:
    """Drain until nothing waits, by so many workers; how many activities were settled."""
    done = 0
    while True:
        drained = await asyncio.gather(*(drain(batch_max=100) for _ in range(at_once)))
        done += sum(one.settled for one in drained)
        if not any(one.more for one in drained):
            return done


async def wallet(agent_id: UUID) -> Balance:
    """What an agent has in the asset of the sales."""
    found = [balance for balance in await statement.balances(agent_id) if balance.asset == ASSET]
    return found[0] if found else NOWHERE


async def told(agent_id: UUID) -> list[tuple[str, Any]]:
    """An agent's journal in order: the kind, and the reason or else the amount."""
    entries = await journal.after(agent_id, 0, limit=1_000)
    return [(one.kind.value, one.facts.get("reason") or one.facts.get("amount_minor")) for one in entries]


async def outcomes() -> dict[str, int]:
    """How many causes have which status."""
    rows = await fetch("SELECT status, count(*) AS causes FROM v_causes GROUP BY status")
    return {row["status"]: row["causes"] for row in rows}


async def claimed(*requests: ScanRequest, ring: Keyring | None = None) -> list[Judged]:
    return await claim(requests, keyring=ring or Keyring())


async def one_by_one(*requests: ScanRequest, processes: int = 3) -> list[Judged]:
    """Each in a transaction of its own, all at once, by several processes' keyrings."""
    rings = [Keyring() for _ in range(processes)]
    judged = await asyncio.gather(
        *(claim([request], keyring=rings[place % processes]) for place, request in enumerate(requests))
    )
    return [one for [one] in judged]


async def crowd_of_scans(sale: Sale, agents: list[UUID], count: int) -> None:
    """So many accepted scans, agent after agent."""
    requests = [asks(agents[place % len(agents)], sale.batch.code(place)) for place in range(count)]
    for judged in await claim(requests, keyring=Keyring()):
        verdict_of(judged)


async def drained_by_many() -> None:
    """Settle by several workers in batches so small that every agent is in several of them."""
    more = True
    while more:
        more = any(one.more for one in await asyncio.gather(*(drain(batch_max=5) for _ in range(6))))
    assert await fetch_value("SELECT count(*) FROM activity_queue") == 0


async def spent(campaign_id: UUID) -> int:
    [budget] = await budgets(campaign_id)
    return budget.spent_minor


async def paid(agents: list[UUID]) -> list[int]:
    return [(await wallet(agent_id)).available_minor for agent_id in agents]

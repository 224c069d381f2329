"""Past costs: a campaign's rules played over the last year of its program, as a job that goes through it in pieces."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from codes.orders import Order
from core import audit, jobs
from core.db import fetch, fetch_value, transaction
from core.ids import derived, earliest, made_at
from core.jobs import Job
from core.refusals import NotFound
from programs.discounts import OrderLine
from programs.facts import decode_facts
from programs.installation import find_program
from programs.lifecycle import CampaignView, find_campaign
from programs.past_cost import A_YEAR, Past, PastCost, Play
from referrals import segments
from referrals.families import ADDED_LINES, with_lines

PAST_COST_JOB: Final = "past_cost"
_PIECE: Final = 2_000

# A piece of the table by the ids, which go by time, whosever the activities are: so each statement ends soon. An order
# of which everything came back would have cost nothing; prices before any discount stand in the order alone.
_SOME = f"""
SELECT a.id, a.program_id = $2 AS is_ours, a.facts, {ADDED_LINES.format(first="a.id")} AS added,
       o."order", coalesce(o.state = 'returned', false) AS is_gone
FROM (SELECT id, program_id, facts FROM activity WHERE id > $1 ORDER BY id LIMIT $3) AS a
LEFT JOIN promo_order o ON o.id = a.id AND a.program_id = $2
ORDER BY a.id
"""  # noqa: S608 - our own text.


async def begin(campaign_id: UUID, *, by: str) -> UUID:
    """Have the newest rules of a campaign played over the last year; once a day for each version. The job's id."""
    async with transaction() as now:
        campaign = await find_campaign(campaign_id)
        job_id = _job_id(campaign, now)
        if await _find(job_id) is None:
            await jobs.enqueue(PAST_COST_JOB, {"campaign_id": campaign_id}, created_by=by, job_id=job_id)
            await audit.record(by, "campaign.past_cost", campaign_id=campaign_id, version=campaign.version)
    return job_id


async def latest(campaign: CampaignView) -> Job | None:
    """Today's job about the newest rules of a campaign, if somebody has asked."""
    return await _find(_job_id(campaign, await fetch_value("SELECT now()")))


def result_of(job: Job) -> PastCost | None:
    """What a job has found, once it is done."""
    return None if job.result is None else msgspec.convert(job.result, PastCost)


async def carry_out(
    campaign_id: UUID, *, progress: Callable[[int], Awaitable[None]], finish: Callable[[Any], Awaitable[None]]
) -> None:
    """Play the rules over the year; whoever goes on after a cut begins anew."""
    campaign = await find_campaign(campaign_id)
    program = await find_program(campaign.program_id)
    now: datetime = await fetch_value("SELECT now()")
    since = now - A_YEAR
    play = Play(
        campaign.rules,
        zone=program.zone,
        currency=program.currency,
        since=since.astimezone(program.zone).date(),
        until=now.astimezone(program.zone).date(),
        caps={budget.asset: budget.cap_minor for budget in campaign.budgets},
    )
    found = await segments.everybody(program.id) if campaign.rules.segments else {}
    after = earliest(since)
    while some := await fetch(_SOME, after, program.id, _PIECE):
        # In a thread, so that the worker's other work goes on meanwhile.
        await asyncio.to_thread(_play, play, some, campaign, found)
        after = some[-1]["id"]
        await progress(max(0, min(99, int(100 * (made_at(after) - since) / A_YEAR))))
    await finish(msgspec.to_builtins(play.cost(), str_keys=True))


def _play(play: Play, some: Sequence[Any], campaign: CampaignView, found: Mapping[UUID, frozenset[str]]) -> None:
    for row in some:
        if not row["is_ours"] or row["is_gone"]:
            continue
        facts = segments.as_today(with_lines(decode_facts(row["facts"]), row["added"]), found)
        if facts.kind is campaign.rules.trigger and facts.part_of is None:
            play.add(Past(facts, _lines(row["order"], [line.product_id for line in facts.lines])))


def _lines(order: str | None, products: Sequence[UUID | None]) -> tuple[OrderLine, ...]:
    """The lines of an order of a till; none where the purchase was no such order."""
    if order is None:
        return ()
    return tuple(
        OrderLine(product_id, line.sku, line.quantity, line.amount_minor, line.min_amount_minor, line.discountable)
        for line, product_id in zip(_orders.decode(order).lines, products, strict=True)
    )


def _job_id(campaign: CampaignView, now: datetime) -> UUID:
    """The one job of a day about one version, so that whoever asks twice asks once."""
    return derived(b"past cost", str(campaign.id), str(campaign.version), now.date().isoformat())


async def _find(job_id: UUID) -> Job | None:
    try:
        return await jobs.find(job_id)
    except NotFound:
        return None


_orders = msgspec.json.Decoder(Order)

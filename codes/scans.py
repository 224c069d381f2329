"""Scans: agents claim packaging codes, many claims in one transaction, each with its own verdict."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from codes.claims import (
    ACTIVE,
    Claim,
    NotAccepted,
    ScanRequest,
    Verdict,
    ask_who_was_first,
    insert_held,
    insert_scans,
    keep_refused,
    recall_refused,
)
from codes.keyring import Item, Keyring
from codes.packaging_code import Role
from core import guesses, metrics
from core.db import transaction
from core.limits import RateLimited
from core.refusals import DomainError
from programs.facts import ActivityKind, Facts, Line
from programs.snapshot import Snapshot, current_snapshot
from referrals import activities
from referrals.activities import Evidence
from referrals.estimates import Expected, estimate

# Codes whose goods are on their way: their scans are held, never called invalid.
NOT_YET = frozenset({"sealed", "exported", "printed", "in_transit"})

Judged = Verdict | DomainError


async def claim(requests: Sequence[ScanRequest], *, keyring: Keyring) -> list[Judged]:
    """Judge claims in one transaction, the verdicts in the order of the requests.

    The first claim of a code owns it, by the unique key of its row, whatever else the batch holds. A scan is held while
    its range is not active; one that is no code of ours counts as a guess, and too many guesses silence its subjects.
    """
    async with transaction() as now:
        await keyring.refresh()
        items = await keyring.identify([request.readings for request in requests])
        claims = [
            Claim(request, item, _occurred_at(request, item, now=now))
            for request, item in zip(requests, items, strict=True)
        ]
        await recall_refused(claims)
        await _judge(claims, now=now)
        await _settle([one for one in claims if one.verdict is None], now=now)
        await keep_refused(claims, now=now)
    metrics.batch_sizes.observe(len(claims))
    return [_verdict(one) for one in claims]


async def _judge(claims: Sequence[Claim], *, now: datetime) -> None:
    new = [one for one in claims if one.verdict is None]
    subjects = dict(pair for one in new for pair in one.request.subjects)
    blocked = await guesses.blocked(list(subjects.items()), now=now)
    for one in new:
        if any(subject in blocked for subject, _ in one.request.subjects):
            one.verdict = _later(now)
        elif one.item is not None and not _may_be_claimed(one.item):
            one.verdict = NotAccepted()
    await _count_guesses([one for one in new if one.verdict is None and one.item is None], now=now)


def _may_be_claimed(item: Item) -> bool:
    return item.code.role is Role.INNER and (item.range.state == ACTIVE or item.range.state in NOT_YET)


async def _count_guesses(wrong: Iterable[Claim], *, now: datetime) -> None:
    wrong = list(wrong)
    let_in = await guesses.count([pair for one in wrong for pair in one.request.subjects], now=now)
    for one in wrong:
        allowed = all(let_in[subject] > 0 for subject, _ in one.request.subjects)
        one.verdict = NotAccepted() if allowed else _later(now)
        for subject, _ in one.request.subjects:
            let_in[subject] -= 1


def _later(now: datetime) -> RateLimited:
    """Guesses are counted by the hour of the clock."""
    next_hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return RateLimited(retry_after_seconds=int((next_hour - now).total_seconds()) + 1)


async def _settle(claims: Sequence[Claim], *, now: datetime) -> None:
    if not claims:
        return
    snapshot = await current_snapshot(age_seconds_max=0)
    active, waiting = [one for one in claims if one.active], [one for one in claims if not one.active]
    if active:
        _expect(active, snapshot, now=now)
        accepted = await insert_scans(active, now=now)
        await activities.accept([evidence_of(one, snapshot, now=now) for one in accepted])
    if waiting:
        await insert_held(waiting, now=now)
    await ask_who_was_first([one for one in claims if one.verdict is None])


def _expect(claims: Sequence[Claim], snapshot: Snapshot, *, now: datetime) -> None:
    """Estimate each claim's bonus; claims of one batch within a minute look alike to an estimate."""
    known: dict[tuple[int, datetime], Expected | None] = {}
    for one in claims:
        if one.item is not None:
            key = one.item.code.batch, one.occurred_at.replace(second=0, microsecond=0)
            if key not in known:
                known[key] = estimate(evidence_of(one, snapshot, now=now).facts, snapshot)
            one.expected = known[key]


def evidence_of(one: Claim, snapshot: Snapshot, *, now: datetime) -> Evidence:
    """A claimed code as evidence for the rules."""
    if one.item is None:
        raise ValueError("only a code of ours is evidence")
    batch = one.item.batch
    product = snapshot.products[batch.product_id]
    facts = Facts(
        activity_id=one.id,
        kind=ActivityKind.CODE_SCANNED,
        program_id=batch.program_id,
        agent_id=one.request.agent_id,
        occurred_at=one.occurred_at,
        accepted_at=now,
        lines=(Line(batch.product_id, product.sku, 1),),
        batch=one.item.code.batch,
    )
    return Evidence(facts, cause=f"code:{one.item.code.batch}:{one.item.code.index}")


def _occurred_at(request: ScanRequest, item: Item | None, *, now: datetime) -> datetime:
    """The phone's time, never ahead of ours and never before the codes were on sale."""
    told = min(request.scanned_at or now, now)
    return max(told, min(item.range.since, now)) if item is not None else told


def _verdict(one: Claim) -> Judged:
    if one.verdict is None:
        raise RuntimeError("a claim was left without a verdict")
    outcome = one.verdict.slug if isinstance(one.verdict, DomainError) else one.verdict.outcome
    metrics.scans.labels(outcome).inc()
    return one.verdict

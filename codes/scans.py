"""Scans: agents claim packaging codes, many claims in one transaction, each with its own verdict."""

from collections.abc import Sequence
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
)
from codes.keyring import Item, Keyring, Known
from codes.packaging_code import Role
from codes.repetitions import firsts_of, keep_refused, recall, repeat
from core import guesses, metrics
from core.db import transaction
from core.limits import RateLimited
from core.refusals import DomainError
from programs.facts import ActivityKind, Facts, Line
from programs.snapshot import Snapshot, current_snapshot
from referrals import activities, journal
from referrals.activities import Evidence
from referrals.estimates import Expected, estimate
from referrals.journal import Entry, JournalKind

# Codes whose goods are on their way: their scans are held, never called invalid.
NOT_YET = frozenset({"sealed", "exported", "printed", "in_transit"})

Judged = Verdict | DomainError


class _Moved(Exception):
    """A range changed its state after it was looked at: nothing was done, and everything is to be looked at anew."""


async def claim(requests: Sequence[ScanRequest], *, keyring: Keyring) -> list[Judged]:
    """Judge claims in one transaction, the verdicts in the order of the requests.

    The first claim of a code owns it, by the unique key of its row, whatever else the batch holds. A scan is held while
    its range is not active; one that is no code of ours counts as a guess, and too many guesses silence its subjects.
    """
    while True:
        try:
            claims = await _claim(requests, keyring=keyring)
        except _Moved:
            continue
        metrics.batch_sizes.observe(len(claims))
        return [_verdict(one) for one in claims]


async def _claim(requests: Sequence[ScanRequest], *, keyring: Keyring) -> list[Claim]:
    async with transaction() as now:
        known = await keyring.current()
        items = await known.identify([request.readings for request in requests])
        claims = [
            Claim(request, item, _occurred_at(request, item, now=now))
            for request, item in zip(requests, items, strict=True)
        ]
        firsts = firsts_of(claims)
        await recall(firsts)
        new = [one for one in firsts if one.verdict is None]
        await _judge(new, now=now)
        held = await _settle([one for one in new if one.verdict is None], known, now=now)
        await keep_refused(new, now=now)
        await journal.write([_told_held(one) for one in held], at=now)
    repeat(claims, firsts)
    return claims


async def _judge(claims: Sequence[Claim], *, now: datetime) -> None:
    """Refuse what is no code of ours or may not be claimed, and everything by whom guesses have silenced."""
    subjects = dict(pair for one in claims for pair in one.request.subjects)
    silent = await guesses.blocked(list(subjects.items()), now=now)
    wrong = [one for one in claims if one.item is None and not _is_silent(one, silent)]
    let_in = await guesses.count([pair for one in wrong for pair in one.request.subjects], now=now)
    silent |= {subject for subject, left in let_in.items() if left <= 0}
    for one in claims:
        if one.item is None:
            # In their order, as if each came alone: after a guess too many nothing of its subjects is looked at.
            silent |= {subject for subject, _ in one.request.subjects if let_in.get(subject, 1) <= 0}
        if _is_silent(one, silent):
            one.verdict = _later(now)
        elif one.item is None:
            one.verdict = NotAccepted()
            for subject, _ in one.request.subjects:
                let_in[subject] -= 1
        elif not _may_be_claimed(one.item):
            one.verdict = NotAccepted()


def _is_silent(one: Claim, silent: set[bytes]) -> bool:
    return any(subject in silent for subject, _ in one.request.subjects)


def _may_be_claimed(item: Item) -> bool:
    return item.code.role is Role.INNER and (item.range.state == ACTIVE or item.range.state in NOT_YET)


def _later(now: datetime) -> RateLimited:
    """Guesses are counted by the hour of the clock."""
    next_hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return RateLimited(retry_after_seconds=int((next_hour - now).total_seconds()) + 1)


async def _settle(claims: Sequence[Claim], known: Known, *, now: datetime) -> list[Claim]:
    """Write what may be written and find out who was first elsewhere; returns the claims that are held from now on."""
    if not claims:
        return []
    active, waiting = [one for one in claims if one.active], [one for one in claims if not one.active]
    # Whoever puts these codes on sale pays the scans that he finds held: he waits for us, or we look again.
    if waiting and not await known.hold():
        raise _Moved
    if active:
        snapshot = await current_snapshot(age_seconds_max=0)
        expect(active, snapshot, now=now)
        accepted = await insert_scans(active, now=now)
        await activities.accept([evidence_of(one, snapshot, now=now) for one in accepted])
    held = await insert_held(waiting, now=now) if waiting else []
    await ask_who_was_first([one for one in claims if one.verdict is None])
    return held


def expect(claims: Sequence[Claim], snapshot: Snapshot, *, now: datetime) -> None:
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


def _told_held(one: Claim) -> Entry:
    return Entry(agent_id=one.request.agent_id, kind=JournalKind.held, facts={"scan_id": one.id})


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

"""Scans: agents claim packaging codes, many claims in one transaction, each with its own verdict."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice

import msgspec

from codes import tries
from codes.claims import (
    PAYING,
    Claim,
    NotAccepted,
    ScanRequest,
    Verdict,
    ask_who_was_first,
    insert_held,
    insert_scans,
)
from codes.imported import is_nothing, or_imported
from codes.keyring import Item, Keyring, Known
from codes.look import Look, looked_at
from codes.packaging_code import Role
from codes.readings import CheckFailed, Malformed
from codes.repair import identified
from codes.repetitions import firsts_of, keep_refused, recall, repeat
from core import guesses, metrics
from core.ids import uuid7
from core.limits import Allowance, RateLimited
from core.refusals import DomainError
from programs.facts import ActivityKind, Facts, Line
from programs.snapshot import Snapshot, snapshot_of
from referrals import activities, journal
from referrals.activities import Evidence
from referrals.estimates import Expected, estimate
from referrals.journal import Entry, JournalKind
from referrals.segments import NO_SEGMENTS, segments_of
from referrals.standings import Owner

# Codes whose goods are on their way: their scans are held, never called invalid.
NOT_YET = frozenset({"sealed", "exported", "printed", "in_transit"})
CLAIMABLE = PAYING | NOT_YET

Judged = Verdict | DomainError


class _Moved(Exception):
    """A range changed its state after it was looked at: nothing was done, and everything is to be looked at anew."""


async def claim(requests: Sequence[ScanRequest], *, keyring: Keyring) -> list[Judged]:
    """Judge claims in one transaction, the verdicts in the order of the requests.

    The first claim of a code owns it, by the unique key of its row, whatever else the batch holds. A scan is held while
    its range is not active; one that is no code of ours, nor can have been one before it was misspelled, counts as a
    guess, and too many guesses silence its subjects.
    """
    while True:
        try:
            claims = await _claim(requests, keyring=keyring)
        except _Moved:
            continue
        judged = [_verdict(one) for one in claims]
        _count(judged)
        return judged


async def _claim(requests: Sequence[ScanRequest], *, keyring: Keyring) -> list[Claim]:
    async with looked_at(requests) as look:
        now = look.now
        known = await keyring.of(look.codes)
        items = await or_imported(await identified(requests, known), requests, known)
        claims = [
            Claim(uuid7(at=now), request, item, _occurred_at(request, item, now=now))
            for request, item in zip(requests, items, strict=True)
        ]
        for one in claims:
            if one.item is None and is_nothing(one.request, known):
                one.verdict = Malformed()
        firsts = firsts_of(claims)
        if look.repeated:
            await recall(firsts)
        new = [one for one in firsts if one.verdict is None]
        await _judge(new, look)
        held = await _settle([one for one in new if one.verdict is None], known, look)
        await keep_refused(new, now=now)
        await tries.note(new, now=now)
        await journal.write([_told_held(one) for one in held], at=now)
    repeat(claims, firsts)
    return claims


async def _judge(claims: Sequence[Claim], look: Look) -> None:
    """Refuse what is no code of ours or may not be claimed, and everything by whom guesses have silenced."""
    silent = set(look.silent)
    wrong = [one for one in claims if one.item is None and not _is_silent(one, silent)]
    let_in = await guesses.count([_heard(one, silent) for one in wrong], now=look.now)
    silent |= {subject for subject, left in let_in.items() if left <= 0}
    for one in claims:
        if one.item is None and not _is_silent(one, silent):
            # In their order, as if each came alone: after a guess too many nothing of its subject is looked at.
            silent |= _used_up(one, let_in)
        if _is_silent(one, silent):
            one.verdict = _later(one, silent, now=look.now)
        elif one.item is None:
            heard = _heard(one, silent)
            # Behind a silenced network a guess is the agent's alone: it counts, and teaches him nothing.
            one.verdict = _neutral(one) if heard == one.request.subjects else _later(one, silent, now=look.now)
            for subject, _ in heard:
                let_in[subject] -= 1
        elif not _may_be_claimed(one.item):
            one.verdict = _neutral(one)


def _used_up(one: Claim, let_in: Mapping[bytes, int]) -> set[bytes]:
    """The first subject of a guess that has no try left, if one has; it was never counted for those behind that one."""
    return set(islice((subject for subject, _ in one.request.subjects if let_in.get(subject, 1) <= 0), 1))


def _neutral(one: Claim) -> DomainError:
    """Whatever is the matter with a code, its answer says no more than the text does by itself."""
    return CheckFailed() if one.request.misspelled else NotAccepted()


def _is_silent(one: Claim, silent: set[bytes]) -> bool:
    """A trusted agent is silenced by his own guesses, never by those of whoever shares his network."""
    judges = one.request.subjects[:1] if one.request.trusted else one.request.subjects
    return bool(silent) and any(subject in silent for subject, _ in judges)


def _heard(one: Claim, silent: set[bytes]) -> tuple[tuple[bytes, int], ...]:
    """The subjects of a claim that are not silenced."""
    return tuple(pair for pair in one.request.subjects if pair[0] not in silent)


def _may_be_claimed(item: Item) -> bool:
    return item.code.role is Role.INNER and item.range.state in CLAIMABLE


def _later(one: Claim, silent: set[bytes], *, now: datetime) -> RateLimited:
    seconds = guesses.seconds_left(now)
    most = next(most for subject, most in one.request.subjects if subject in silent)
    return RateLimited(allowance=Allowance("guesses", most, 0, seconds), retry_after_seconds=seconds)


async def _settle(claims: Sequence[Claim], known: Known, look: Look) -> list[Claim]:
    """Write what may be written and find out who was first elsewhere; returns the claims that are held from now on."""
    if not claims:
        return []
    active, waiting = [one for one in claims if one.active], [one for one in claims if not one.active]
    # Whoever puts these codes on sale pays the scans that he finds held: he waits for us, or we look again.
    if waiting and not await known.hold():
        raise _Moved
    if active:
        snapshot = await snapshot_of(look.rules)
        await expect(active, snapshot, now=look.now)
        accepted = await insert_scans(active, now=look.now)
        await activities.accept([evidence_of(one, snapshot, now=look.now) for one in accepted])
    held = await insert_held(waiting, now=look.now) if waiting else []
    await ask_who_was_first([one for one in claims if one.verdict is None])
    return held


async def expect(claims: Sequence[Claim], snapshot: Snapshot, *, now: datetime) -> None:
    """Estimate each claim's bonus; claims of one batch and one place within a minute look alike to an estimate."""
    await _see_segments(claims, snapshot)
    known: dict[tuple[object, ...], Expected | None] = {}
    for one in claims:
        if one.item is not None:
            place, minute = one.item.range, one.occurred_at.replace(second=0, microsecond=0)
            key = one.item.code.batch, place.territory, place.channel, minute, one.segments
            if key not in known:
                known[key] = estimate(evidence_of(one, snapshot, now=now).facts, snapshot)
            one.expected = known[key]


async def _see_segments(claims: Sequence[Claim], snapshot: Snapshot) -> None:
    if not snapshot.index.asks_segments:
        return
    owners = {one.id: Owner(one.request.agent_id, one.item.batch.program_id) for one in claims if one.item is not None}
    found = await segments_of(owners.values(), snapshot)
    for one in claims:
        one.segments = found.get(owners[one.id], NO_SEGMENTS) if one.id in owners else NO_SEGMENTS


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
        territory=one.item.range.territory,
        channel=one.item.range.channel,
        segments=one.segments,
    )
    code = one.item.code
    return Evidence(facts, cause=f"code:{code.batch}:{code.index}", item_keys=code.item_keys)


def _told_held(one: Claim) -> Entry:
    return Entry(agent_id=one.request.agent_id, kind=JournalKind.held, facts={"scan_id": one.id})


def _occurred_at(request: ScanRequest, item: Item | None, *, now: datetime) -> datetime:
    """The phone's time, never ahead of ours and never before the codes were on sale."""
    told = min(request.scanned_at or now, now)
    return max(told, min(item.range.since, now)) if item is not None else told


def _verdict(one: Claim) -> Judged:
    if one.verdict is None:
        raise RuntimeError("a claim was left without a verdict")
    if isinstance(one.verdict, Verdict) and one.item is not None and one.item.read_as:
        return msgspec.structs.replace(one.verdict, read_as=one.item.read_as)
    return one.verdict


def _count(judged: Sequence[Judged]) -> None:
    metrics.batch_sizes.observe(len(judged))
    outcomes = Counter(one.slug if isinstance(one, DomainError) else one.outcome for one in judged)
    for outcome, scans in outcomes.items():
        metrics.scans.labels(outcome).inc(scans)

"""Intake: agents claim receipts, one document once, whatever its spelling and whoever is first."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
import structlog

from core.db import execute, fetch, fetch_value, transaction
from core.idempotency import IdempotencyMismatch
from core.refusals import Conflict, DomainError, NotFound
from programs.facts import Facts
from programs.snapshot import Snapshot, current_snapshot
from programs.trust import Trust
from receipts import chains, claims, confirmations, fed, outcomes, paces, rivals, signers
from receipts.claims import Claim
from receipts.door import Policy, objection
from receipts.fed import Said
from receipts.fiscal.frame import ReceiptUnverified
from receipts.submissions import Submission
from receipts.tills import place_of, signer_of
from referrals import journal, risks
from referrals.estimates import Expected, estimate
from referrals.journal import JournalKind
from referrals.risks import RiskKind

_log = structlog.get_logger()

_YIELDED = "receipt_duplicate"


class ReceiptDuplicate(Conflict):
    slug = "receipt_duplicate"
    title = "Somebody has handed in this receipt already"


class Taken(msgspec.Struct, frozen=True):
    """What became of a submission; `completed` is an earlier claim that got its goods or a better proof by it."""

    receipt_id: UUID
    outcome: Literal["new", "replayed", "already_yours", "completed"]
    expected: Expected | None = None


async def claim(asked: Submission, *, policy: Policy) -> Taken | DomainError:
    """Take a receipt in: a claim, the agent's own from before, or the refusal, whose traces are kept."""
    snapshot = await current_snapshot(age_seconds_max=0)
    if asked.program_id is not None and asked.program_id not in snapshot.programs:
        return NotFound()
    async with transaction() as now:
        await _hold(asked)
        before = await claims.of_key(asked.agent_id, asked.client_key)
        if before is not None:
            return _again(before, asked)
        signer = signer_of(asked.receipt)
        ring = await signers.ring_of(signer)
        await chains.recall(ring, asked.receipt)
        found = asked.weighed(ring)
        refusal = objection(found, policy, now=now)
        if refusal is not None:
            return refusal
        due_at = now if asked.is_fed else await paces.due_at(asked, policy, now=now)
        fresh = claims.new(asked, trust=found.trust, now=now, due_at=due_at)
        known = await fed.find(fresh.identity)
        if known is not None and not known.said.fits(fresh):
            return await _forged(fresh, asked, contradicts=known.id, program_id=fresh.program_id, now=now)
        if known is not None:
            _believe(fresh, known.said)
        taken = await _against_known(fresh, asked, snapshot, now=now)
        if isinstance(taken, Taken):
            await signers.remember(signer, ring, now=now)
    return taken


async def _hold(asked: Submission) -> None:
    """One receipt of an agent, of a signer, of a shop and of a till at a time; in this order for everybody."""
    signer = signer_of(asked.receipt)
    await execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 5))", str(asked.agent_id))
    if signer is not None:
        await execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 7))", ":".join(signer))
    if asked.receipt.seller is not None:
        await execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 9))", asked.receipt.seller)
    await hold_till(place_of(asked.receipt).point)


async def hold_till(point: str) -> None:
    """Let nobody else do anything about a till's receipts until the caller's transaction ends."""
    await execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 6))", point)


def _again(before: Claim, asked: Submission) -> Taken | DomainError:
    if before.request_hash != asked.request_hash:
        return IdempotencyMismatch()
    if before.state == "rejected" and before.reason == rivals.FORGED:
        return _unverified()
    return Taken(before.id, "replayed")


async def _against_known(fresh: Claim, asked: Submission, snapshot: Snapshot, *, now: datetime) -> Taken | DomainError:
    known = [
        one
        for one in await claims.live(fresh.identity, place_of(asked.receipt))
        if not await _gives_way(one, fresh, now=now)
    ]
    other = rivals.refuting(fresh, known)
    if other is not None:
        return await _forged(fresh, asked, contradicts=other.id, program_id=other.program_id, now=now)
    own = next((one for one in known if one.identity == fresh.identity), None)
    if own is None:
        return await _take(fresh, asked, snapshot, now=now)
    if own.agent_id != fresh.agent_id:
        return ReceiptDuplicate()
    return await _complete(own, fresh, snapshot, now=now)


async def _gives_way(known: Claim, fresh: Claim, *, now: datetime) -> bool:
    """Whether a known claim makes room for a fresh one, and then it has."""
    if await rivals.is_corrected(known, fresh):
        known.state, known.reason = "rejected", rivals.CORRECTED
        await claims.save(known)
        return True
    if _yields(known, fresh):
        await _yield(known, now=now)
        return True
    return False


def _yields(known: Claim, fresh: Claim) -> bool:
    """A claim that is not proven well enough to be paid keeps nobody out who proves it better."""
    return known.provisional and known.agent_id != fresh.agent_id and fresh.trust.rank > known.trust.rank


async def _yield(weaker: Claim, *, now: datetime) -> None:
    weaker.state, weaker.reason = "rejected", _YIELDED
    await claims.save(weaker)
    await journal.tell(weaker.agent_id, JournalKind.denied, at=now, reason=_YIELDED, receipt_id=weaker.id)


def _believe(fresh: Claim, said: Said) -> None:
    """What a feed has brought is the issuer's own word: a claim begins with its goods and its proof."""
    fresh.trust, fresh.lines = Trust.ITEMS_CONFIRMED, said.lines
    fresh.seller, fresh.has_buyer_tax_number = said.seller, said.has_buyer_tax_number


async def _forged(
    fresh: Claim, asked: Submission, *, contradicts: UUID, program_id: UUID | None, now: datetime
) -> DomainError:
    """Two receipts that cannot both be genuine: the later one is kept as evidence and owns nothing."""
    fresh.state, fresh.reason, fresh.lines = "rejected", rivals.FORGED, []
    await claims.insert(fresh, asked.receipt)
    await risks.record(
        kind=RiskKind.forged_receipt,
        subject=f"agent:{fresh.agent_id}",
        facts={"receipt_id": fresh.id, "contradicts": contradicts},
        now=now,
        program_id=program_id,
        agent_id=fresh.agent_id,
    )
    return _unverified()


def _unverified() -> ReceiptUnverified:
    return ReceiptUnverified(evidence=["neighbour"])


async def _take(fresh: Claim, asked: Submission, snapshot: Snapshot, *, now: datetime) -> Taken:
    if fresh.due_at > now:
        fresh.state = "deferred"
        fresh.provisional = fresh.trust.rank < outcomes.trust_asked(snapshot, fresh.program_id).rank
        await claims.insert(fresh, asked.receipt)
        return Taken(fresh.id, "new")
    await claims.insert(fresh, asked.receipt)
    facts = await outcomes.settle(fresh, snapshot, now=now)
    return Taken(fresh.id, "new", _expected(facts, snapshot))


async def _complete(own: Claim, fresh: Claim, snapshot: Snapshot, *, now: datetime) -> Taken:
    """The agent's own receipt again: it may bring the goods that were missing, or a better proof."""
    brings = bool(fresh.lines) and (not own.lines or fresh.trust is Trust.ITEMS_CONFIRMED)
    if not confirmations.waits(own) or not (brings or fresh.trust.rank > own.trust.rank):
        return Taken(own.id, "already_yours")
    own.trust = max(own.trust, fresh.trust, key=lambda trust: trust.rank)
    if brings:
        own.seller, own.has_buyer_tax_number = fresh.seller, fresh.has_buyer_tax_number
        own.order_key = own.order_key or fresh.order_key
        await claims.keep_order(own)
        await claims.replace_lines(own, fresh.lines)
    if own.state == "deferred":
        await claims.save(own)
        return Taken(own.id, "completed")
    facts = await outcomes.settle(own, snapshot, now=now)
    return Taken(own.id, "completed", _expected(facts, snapshot))


def _expected(facts: Facts | None, snapshot: Snapshot) -> Expected | None:
    return estimate(facts, snapshot) if facts is not None else None


async def carry_out_due(limit: int = 100) -> None:
    """Look at the receipts whose turn has come, each in a transaction of its own."""
    due = await fetch(
        "SELECT id FROM receipt WHERE state = 'deferred' AND due_at <= now() ORDER BY due_at LIMIT $1", limit
    )
    for row in due:
        try:
            await _carry_out(row["id"])
        except Exception:  # noqa: BLE001 - the outermost edge of each.
            # One receipt that breaks keeps nobody else's waiting.
            _log.exception("receipt.broke", receipt_id=str(row["id"]))


async def _carry_out(receipt_id: UUID) -> None:
    snapshot = await current_snapshot(age_seconds_max=0)
    async with transaction() as now:
        point = await fetch_value("SELECT point FROM receipt WHERE id = $1", receipt_id)
        await hold_till(point)
        one = await claims.load(receipt_id)
        if one.state == "deferred" and one.due_at <= now:
            await outcomes.settle(one, snapshot, now=now)
            if one.state == "in_review":
                await journal.tell(one.agent_id, JournalKind.in_review, at=now, receipt_id=one.id)

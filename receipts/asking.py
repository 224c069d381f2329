"""Asking: sources are asked for the goods of receipts that wait, over days, and what does not fit is not believed."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import structlog

from core import keys
from core.db import fetch_row, fetch_value, transaction
from programs.snapshot import Snapshot, current_snapshot
from receipts import claims, confirmations, inquiries, intake
from receipts.claims import Claim
from receipts.confirmations import Word
from receipts.fiscal.frame import Operation
from receipts.inquiries import Inquiry
from receipts.sources import health
from receipts.sources.frame import Answer, Outcome, Question, Source
from receipts.sources.wire import REPLY_SECONDS_MAX, Unanswered, Wire
from referrals import journal, risks
from referrals.journal import JournalKind
from referrals.risks import RiskKind

# A worker asks about so many receipts at a time.
AT_ONCE: Final = 8
# In first pauses: a minute, five, half an hour, two hours, half a day, a day, three days.
PAUSES: Final = (1, 5, 30, 120, 720, 1_440, 4_320)
# A service that says no may have been asked too early, and one that mixes receipts up may do so once.
TIMES_MAX: Final = 3
# Tills without a network send their receipts days later: until then a no may mean not yet.
DENIED_FOR: Final = timedelta(days=3)
_NOBODY_ANSWERS: Final = timedelta(days=1)
_SAYS_SOMETHING: Final = frozenset({Outcome.FOUND, Outcome.CONFIRMED, Outcome.REFUTED})

_log = structlog.get_logger()


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How patient the asking is, and by whose certificates sources are believed."""

    again_seconds: int = 60
    wait_days: int = 35
    reply_seconds_max: float = REPLY_SECONDS_MAX
    ca_file: str = ""


class Heard(msgspec.Struct, frozen=True):
    """What the sources of a turn have said: the last answer and whose it is; or when one of them may be asked."""

    source: str = ""
    answer: Answer | None = None
    free_at: datetime | None = None


async def ask_due(sources: Sequence[Source], pace: Pace, *, limit: int = AT_ONCE) -> int:
    """Ask about the receipts whose turn has come, side by side; returns how many there were."""
    free = await health.free(sources)
    if not free:
        return 0
    due = await inquiries.take(sorted({source.format for source in free}), limit=limit)
    await asyncio.gather(*(_turn(inquiry, free, pace) for inquiry in due))
    return len(due)


async def give_up_silent(sources: Sequence[Source], pace: Pace, *, limit: int = AT_ONCE) -> None:
    """Leave to a person what has waited long enough, also for a source that is not asked because it is down."""
    codes = sorted({source.format for source in sources})
    while due := await inquiries.take(codes, limit=limit, open_days=pace.wait_days):
        await asyncio.gather(*(_turn(inquiry, (), pace) for inquiry in due))


async def _turn(inquiry: Inquiry, sources: Sequence[Source], pace: Pace) -> None:
    """One receipt's turn; whatever breaks in it, the lease ends and it is asked about again."""
    try:
        question = await _question(inquiry)
        heard = Heard() if question is None else await _hear(question, sources, pace)
        await _conclude(inquiry, heard, pace)
    except Exception:  # noqa: BLE001 - the outermost edge of each.
        _log.exception("receipt.asking_broke", receipt_id=str(inquiry.receipt_id))


async def _question(inquiry: Inquiry) -> Question | None:
    row = await fetch_row(
        """SELECT id, format, identity, numbers, total_minor, issued_at, operation, agent_id FROM receipt
           WHERE id = $1 AND (state = 'pending_issuer' OR state = 'in_review'
                 AND NOT EXISTS (SELECT FROM receipt_line WHERE receipt_id = receipt.id))""",
        inquiry.receipt_id,
    )
    if row is None:
        return None
    return Question(
        receipt_id=row["id"],
        format=row["format"],
        identity=row["identity"],
        numbers=msgspec.json.decode(row["numbers"], type=dict[str, str]),
        total_minor=row["total_minor"],
        issued_at=row["issued_at"],
        operation=Operation(row["operation"]),
        asker=keys.pseudonym(str(row["agent_id"]), "who asks a source").hex()[:32],
        ticket=inquiry.ticket,
    )


async def _hear(question: Question, sources: Sequence[Source], pace: Pace) -> Heard:
    """Ask one source after another until one says something of the receipt. No transaction is open meanwhile."""
    heard, free_at = Heard(), []
    for source in (one for one in sources if one.format == question.format and one.answers(question)):
        closed_until = await health.admit(source.name)
        answer = await _ask(source, question, pace) if closed_until is None else None
        if answer is None or answer.outcome is Outcome.BUDGET_SPENT:
            free_at.append(closed_until or await health.free_at(source.name, source.budget))
            continue
        heard = Heard(source.name, answer)
        if answer.outcome in _SAYS_SOMETHING:
            break
    return msgspec.structs.replace(heard, free_at=min(filter(None, free_at), default=None))


async def _ask(source: Source, question: Question, pace: Pace) -> Answer:
    attempt_id = await inquiries.note_asked(question.receipt_id, source.name)
    try:
        async with Wire(
            source.origin,
            spend=lambda: health.spend(source.name, source.budget),
            ca_file=pace.ca_file,
            seconds_max=pace.reply_seconds_max,
        ) as wire:
            answer = await source.ask(question, wire)
    except Unanswered as none:
        answer = Answer(outcome=none.outcome, detail=none.detail, retry_after_seconds=none.retry_after_seconds)
    except Exception as broken:  # noqa: BLE001 - a reply that we cannot bear is a source that gave none.
        _log.error("receipt.source_broke", source=source.name, exc_info=broken)
        answer = Answer(outcome=Outcome.UNAVAILABLE, detail=type(broken).__name__)
    if answer.outcome is Outcome.BUDGET_SPENT:
        await inquiries.forget_asked(attempt_id)
        return answer
    if answer.outcome is Outcome.DENIED:
        _log.error("receipt.source_denied", source=source.name, detail=answer.detail)
    await inquiries.note_answered(attempt_id, outcome=answer.outcome.value, detail=answer.detail)
    await health.report(source.name, answer, pause_seconds=pace.again_seconds)
    return answer


async def _conclude(inquiry: Inquiry, heard: Heard, pace: Pace) -> None:
    """One transaction: what was heard becomes the claim's next state, or the time of the next turn."""
    snapshot = await current_snapshot(age_seconds_max=0)
    async with transaction() as now:
        await intake.hold_till(await fetch_value("SELECT point FROM receipt WHERE id = $1", inquiry.receipt_id))
        claim = await claims.load(inquiry.receipt_id)
        if not await inquiries.is_mine(inquiry):
            return
        if not confirmations.is_asked_about(claim):
            await inquiries.close(claim.id, state="dropped", now=now)
            return
        if heard.answer is None and now > inquiry.opened_at + timedelta(days=pace.wait_days):
            await _give_up(claim, "issuer_silent", now=now)
            return
        if heard.answer is None:
            await inquiries.wait(inquiry, due_at=await _later(heard.free_at or now + _NOBODY_ANSWERS, pace))
            return
        told = _told(inquiry, heard)
        await _carry_on(claim, told, heard.answer, pace, snapshot, now=now)


def _told(inquiry: Inquiry, heard: Heard) -> Inquiry:
    """The inquiry with what was heard counted."""
    if heard.answer is None:
        return inquiry
    said, ticket = heard.answer.outcome, heard.answer.ticket
    # What is in the works is looked at once more in a moment; that it still is, is an answer like any other.
    in_the_works = ticket is not None and ticket != inquiry.ticket
    return msgspec.structs.replace(
        inquiry,
        asked=inquiry.asked + (not in_the_works),
        refuted=inquiry.refuted + (said is Outcome.REFUTED),
        mistaken=inquiry.mistaken + (said is Outcome.WRONG_RECEIPT),
        source=heard.source,
        outcome=said.value,
        ticket=ticket if in_the_works else None,
    )


async def _carry_on(
    claim: Claim, told: Inquiry, answer: Answer, pace: Pace, snapshot: Snapshot, *, now: datetime
) -> None:
    if answer.outcome in {Outcome.FOUND, Outcome.CONFIRMED}:
        await confirmations.confirm(claim, _word(answer), snapshot, now=now)
        if not confirmations.is_asked_about(claim):
            await inquiries.close(claim.id, state="answered", now=now)
            return
    elif told.refuted >= TIMES_MAX and now > told.opened_at + DENIED_FOR:
        await _refute(claim, told, now=now)
        return
    if told.mistaken >= TIMES_MAX or now > told.opened_at + timedelta(days=pace.wait_days):
        reason = "wrong_receipt" if told.mistaken >= TIMES_MAX else "issuer_silent"
        await _give_up(claim, reason, now=now)
        return
    await inquiries.wait(told, due_at=await _next_turn(told, answer, pace, now=now))


def _word(answer: Answer) -> Word:
    if answer.receipt is None:
        return Word(trust=answer.trust)
    return Word(
        trust=answer.trust,
        lines=claims.lines_of(answer.receipt.lines),
        seller=answer.receipt.seller,
        has_buyer_tax_number=answer.receipt.has_buyer_tax_number,
    )


async def _refute(claim: Claim, told: Inquiry, *, now: datetime) -> None:
    """The issuer says again and again that there is no such receipt: it owns nothing, and is remembered."""
    claim.state, claim.reason = "rejected", "issuer_denies"
    await claims.save(claim)
    await inquiries.close(claim.id, state="answered", now=now)
    await risks.record(
        kind=RiskKind.forged_receipt,
        subject=f"agent:{claim.agent_id}",
        facts={"receipt_id": claim.id, "source": told.source},
        now=now,
        program_id=claim.program_id,
        agent_id=claim.agent_id,
    )
    await journal.tell(claim.agent_id, JournalKind.denied, at=now, reason=claim.reason, receipt_id=claim.id)


async def _give_up(claim: Claim, reason: str, *, now: datetime) -> None:
    """A machine gets no further: a person looks, and nothing is paid until he has."""
    is_news = claim.state != "in_review"
    claim.state, claim.reason = "in_review", reason
    await claims.save(claim)
    await inquiries.close(claim.id, state="given_up", now=now)
    if is_news:
        await journal.tell(claim.agent_id, JournalKind.in_review, at=now, receipt_id=claim.id)


async def _next_turn(told: Inquiry, answer: Answer, pace: Pace, *, now: datetime) -> datetime:
    if told.ticket is not None:
        return now + timedelta(seconds=min(answer.retry_after_seconds or 0, pace.again_seconds))
    pause = PAUSES[min(max(told.asked, 1), len(PAUSES)) - 1] * pace.again_seconds
    return await _later(now + timedelta(seconds=max(pause, answer.retry_after_seconds or 0)), pace, pause=pause)


async def _later(at: datetime, pace: Pace, *, pause: float | None = None) -> datetime:
    """A little after a moment, for each receipt a little else, so that they do not all come back at once."""
    spread = (pace.again_seconds if pause is None else pause) / 4
    later: Any = await fetch_value("SELECT $1::timestamptz + make_interval(secs => $2 * random())", at, spread)
    return later  # type: ignore[no-any-return]

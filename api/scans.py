"""Scans over HTTP: one at a time at the till's pace, or a phone's whole queue after a day in a cellar."""

import time
from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import structlog
from litestar import HttpMethod, Request
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody
from msgspec import Meta

from api import idempotent
from api.addresses import guess_subject, network_of
from api.callers import agent_of, agents
from api.hot import HotAnswer, HotRoute
from api.idempotent import IdempotencyKey, IdempotencyKeyMissing, key_of
from api.openapi import AGENT
from api.pace import ALIKE, next_tick
from api.problems import REPLAYED, InternalError, PayloadTooLarge, refuses
from api.process import Process, process_of
from codes.alphabet import grouped
from codes.claims import AlreadyClaimed, NotAccepted, ScanRequest, ScanView, Verdict
from codes.guessing import agent_subject
from codes.identities import said
from codes.readings import CheckFailed, Malformed
from core.coalescer import QueueFull, settle
from core.db import CONTENDED, LOST
from core.epoch import current_epoch
from core.limits import RateLimited
from core.refusals import DomainError, Unauthorized
from core.settings import Settings
from core.switches import ReadOnly
from core.text import CodeText, Key
from core.times import Moment
from referrals.devices import AgentCaller
from referrals.estimates import Expected
from referrals.trust import Trust, guesses_most

BATCH_MAX = 500

_log = structlog.get_logger()

_STATUS = {"new": {"accepted": 201, "held": 202}, "replayed": {"accepted": 201, "held": 202}}


class NewScan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The code as it was scanned or typed, and when, where the phone was offline."""

    code: CodeText
    scanned_at: Moment | None = None


class Scanned(msgspec.Struct, frozen=True):
    """An accepted scan: what it will probably earn and from when, or held until its goods are on sale.

    `read_as` is the code that a misspelled text was taken for; a text that was right as it came has none.
    """

    scan_id: UUID
    state: Literal["accepted", "held"]
    received_at: datetime
    product_id: UUID | None
    expected: Expected | None
    already_yours: bool = False
    read_as: str | None = None


class QueuedScan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One scan of a phone's queue with the phone's own id for it, which makes sending it again harmless."""

    id: Key
    code: CodeText
    scanned_at: Moment | None = None


class ScanQueue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Up to 500 scans, in the order in which they were made."""

    scans: Annotated[list[QueuedScan], Meta(min_length=1, max_length=BATCH_MAX)]


class ScanAnswer(msgspec.Struct, frozen=True):
    """The answer to one scan of a queue, as if it had come alone: its HTTP status, and the scan or the refusal."""

    id: str
    status: int
    scan: Scanned | None = None
    slug: str | None = None
    title: str | None = None
    retry_after_seconds: int | None = None


class ScanAnswers(msgspec.Struct, frozen=True):
    """An answer for each scan, in their order; a changed epoch asks the phone to send again what it kept."""

    epoch: UUID
    answers: list[ScanAnswer]


_REFUSALS: tuple[type[DomainError], ...] = (
    Unauthorized,
    Malformed,
    IdempotencyKeyMissing,
    CheckFailed,
    NotAccepted,
    AlreadyClaimed,
    RateLimited,
    QueueFull,
    ReadOnly,
    *idempotent.REFUSALS,
)
_REPLAY = ((REPLAYED.lower().encode(), b"true"),)
_ANSWERS = {
    201: ResponseSpec(data_container=Scanned, description="Accepted, for ever: credited, or shown with a reason."),
    200: ResponseSpec(data_container=Scanned, description="Already yours: the first result again."),
    202: ResponseSpec(data_container=Scanned, description="Held: the goods are not on sale yet; paid on activation."),
}


@HotRoute(
    "/v1/scans",
    http_method=HttpMethod.POST,
    guards=[agents],
    security=AGENT,
    tags=["scans"],
    operation_id="create_scan",
    status_code=201,
    responses=_ANSWERS | refuses(*_REFUSALS),
)
async def create_scan(
    request: Request[Any, Any, Any], data: JSONBody[NewScan], idempotency_key: IdempotencyKey = None
) -> HotAnswer:
    """Claim a packaging code. 201 is acknowledged for ever: it will be credited, or shown with a reason.

    The same agent again gets 200 and his first result; another gets 409. A code with one wrong symbol or two
    neighbours swapped is repaired, and `read_as` tells how it was read. An unknown code counts as a guess.
    """
    began = time.perf_counter()
    key = key_of(request, required=True) or ""
    process = process_of(request)
    caller, subjects = agent_of(request), subjects_of(request, process.settings)
    try:
        verdict = await process.scans.submit(claim_of(caller, subjects, data.code, data.scanned_at, key))
    except ALIKE:
        await next_tick(began)
        raise
    headers = _REPLAY if verdict.outcome == "replayed" else ()
    return HotAnswer(_status(verdict), msgspec.json.encode(_scanned(verdict)), *headers)


@HotRoute(
    "/v1/scans/batch",
    http_method=HttpMethod.POST,
    guards=[agents],
    security=AGENT,
    tags=["scans"],
    operation_id="create_scans",
    status_code=200,
    responses=refuses(Unauthorized, PayloadTooLarge, ReadOnly),
)
async def create_scans(request: Request[Any, Any, Any], data: JSONBody[ScanQueue]) -> ScanAnswers:
    """Claim up to 500 codes that were scanned offline; each gets its own answer. Sending them again changes nothing."""
    began = time.perf_counter()
    process = process_of(request)
    caller, subjects = agent_of(request), subjects_of(request, process.settings)
    asked: list[ScanRequest | DomainError] = []
    for scan in data.scans:
        try:
            asked.append(claim_of(caller, subjects, scan.code, scan.scanned_at, scan.id))
        except DomainError as refusal:
            asked.append(refusal)
    judged = iter(await judged_of(process, [one for one in asked if isinstance(one, ScanRequest)], began=began))
    answers = [
        answer_of(scan.id, next(judged) if isinstance(one, ScanRequest) else one)
        for scan, one in zip(data.scans, asked, strict=True)
    ]
    return ScanAnswers(await current_epoch(), answers)


Subjects = tuple[tuple[bytes, int], ...]


def claim_of(caller: AgentCaller, subjects: Subjects, code: str, scanned_at: datetime | None, key: str) -> ScanRequest:
    meant = said(code)
    return ScanRequest(
        readings=meant.readings,
        agent_id=caller.agent_id,
        client_key=blake2b(key.encode(), digest_size=16).digest(),
        scanned_at=scanned_at,
        subjects=subjects,
        misspelled=meant.misspelled,
        identities=meant.identities,
        trusted=caller.trust >= Trust.known,
    )


async def judged_of(process: Process, asked: Sequence[ScanRequest], *, began: float) -> Sequence[Verdict | Exception]:
    """Each claim's verdict or refusal, told at a tick if one of them could betray a code by the clock."""
    judged = await settle(process.claim, asked)
    if any(isinstance(one, ALIKE) for one in judged):
        await next_tick(began)
    return judged


def subjects_of(request: Request[Any, Any, Any], settings: Settings) -> Subjects:
    """Whose guess a wrong code is: the agent's, as far as he is known, then his network's; the most of each an hour."""
    caller = agent_of(request)
    return (
        (agent_subject(caller.agent_id), guesses_most(caller.trust, settings.guesses_per_agent_hour)),
        (guess_subject(network_of(request, settings)), settings.guesses_per_address_hour),
    )


def _status(verdict: Verdict) -> int:
    return _STATUS[verdict.outcome][verdict.scan.state] if verdict.outcome in _STATUS else 200


def _scanned(verdict: Verdict) -> Scanned:
    scan: ScanView = verdict.scan
    return Scanned(
        scan.scan_id,
        scan.state,
        scan.received_at,
        scan.product_id,
        scan.expected,
        already_yours=verdict.outcome == "already_yours",
        read_as=grouped(verdict.read_as) if verdict.read_as else None,
    )


def answer_of(scan_id: str, judged: Verdict | Exception) -> ScanAnswer:
    if isinstance(judged, Verdict):
        return ScanAnswer(scan_id, _status(judged), scan=_scanned(judged))
    if isinstance(judged, DomainError):
        return ScanAnswer(
            scan_id,
            judged.status,
            slug=judged.slug,
            title=judged.title,
            retry_after_seconds=judged.retry_after_seconds,
        )
    if isinstance(judged, (*LOST, *CONTENDED)):
        raise judged
    # One scan that breaks keeps nobody's queue from being answered.
    _log.error("scan.broke", exc_info=judged)
    return answer_of(scan_id, InternalError())


ROUTES = [create_scan, create_scans]

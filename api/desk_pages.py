"""The desk: people decide about receipts that the machine would not, and answer appeals, with the keyboard alone."""

from collections.abc import Mapping
from typing import Final, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from api.callers import holder
from api.confines import reach
from api.desk_views import APPEALS, DESK, SKU, appeals_page, case_page, queue_page
from api.desk_words import WORDS
from api.process import process_of
from api.staff_callers import Staffed
from api.staff_frame import HEADERS, AnyRequest, fields, filled, go, language_for, pages
from core.access import Scope
from core.text import Line
from programs.snapshot import Snapshot, current_snapshot
from receipts import desk, pictures, reviews
from receipts.desk import Case
from receipts.reviews import LineRefused
from referrals import activities, disputes
from referrals.disputes import Verdict

REVIEWERS: Final = [Staffed(Scope.receipts_review)]
ANSWERERS: Final = [Staffed(Scope.disputes_answer)]


class _Decision(msgspec.Struct, frozen=True):
    decision: Literal["accept", "reject"]
    note: Line = ""


class _Answer(msgspec.Struct, frozen=True):
    verdict: Verdict
    words: Line
    again: bool = False


@get("/staff/desk", guards=REVIEWERS)
async def receipts_page(request: AnyRequest) -> Response[str]:
    """The receipts that wait."""
    waiting = await desk.queue(reach(request))
    return queue_page(request, waiting, appeals=len(await _appeals(request)))


@get("/staff/desk/{receipt_id:uuid}", guards=REVIEWERS)
async def receipt_page(request: AnyRequest, receipt_id: FromPath[UUID]) -> Response[str]:
    """One receipt with all that is known of it."""
    return case_page(request, await desk.case(receipt_id, program_id=reach(request)))


@get("/staff/desk/{receipt_id:uuid}/photo", guards=REVIEWERS)
async def receipt_photo(request: AnyRequest, receipt_id: FromPath[UUID]) -> Response[bytes]:
    """The photo beside it; who has looked at it stands in the audit."""
    picture = await pictures.show(receipt_id, by=holder(request).who, program_id=reach(request))
    return Response(picture, media_type="image/jpeg", headers=HEADERS)


@post("/staff/desk/{receipt_id:uuid}", guards=REVIEWERS, status_code=303)
async def decide(request: AnyRequest, receipt_id: FromPath[UUID]) -> Response[str] | Response[None]:
    """Accept it or refuse it, and on to the next one."""
    asked, program_id = await filled(request, _Decision), reach(request)
    case, words = await desk.case(receipt_id, program_id=program_id), WORDS[language_for(request)]
    if asked.decision == "reject" and not asked.note:
        return case_page(request, case, wrong=words.note_hint, status=422)
    try:
        await _carry_out(request, asked, case)
    except LineRefused as refusal:
        told = words.line_problems.get(str(refusal.facts.get("problem")), refusal.title)
        return case_page(request, case, wrong=told, status=refusal.status)
    process_of(request).doorbell.ring("drain")
    following = await desk.next_of(program_id, after=receipt_id)
    return go(f"{DESK}/{following}" if following else DESK)


async def _carry_out(request: AnyRequest, asked: _Decision, case: Case) -> None:
    receipt_id, program_id, by = case.receipt.receipt_id, reach(request), holder(request).who
    if asked.decision == "reject":
        await reviews.reject(receipt_id, note=asked.note, by=by, program_id=program_id)
        return
    await reviews.accept(
        receipt_id,
        _products(await fields(request), case, await current_snapshot(age_seconds_max=0)),
        note=asked.note,
        by=by,
        program_id=program_id,
        second_person_minor=process_of(request).settings.receipt_second_person_minor,
    )


@get("/staff/desk/appeals", guards=ANSWERERS)
async def appeals(request: AnyRequest) -> Response[str]:
    """The appeals that wait for their answer."""
    return appeals_page(request, await _appeals(request), receipts=len(await desk.queue(reach(request))))


@post("/staff/desk/appeals/{dispute_id:uuid}", guards=ANSWERERS, status_code=303)
async def answer_appeal(request: AnyRequest, dispute_id: FromPath[UUID]) -> Response[None]:
    """Answer an appeal in words, and ask the rules once more about what it is about, if that is wanted."""
    asked = await filled(request, _Answer)
    program_id = reach(request)
    answered = await disputes.answer(
        dispute_id, verdict=asked.verdict, words=asked.words, by=holder(request).who, program_id=program_id
    )
    if asked.again and asked.verdict is Verdict.upheld and answered.activity_id is not None:
        await activities.drive_again(answered.activity_id, program_id=program_id)
        process_of(request).doorbell.ring("drain")
    return go(APPEALS)


async def _appeals(request: AnyRequest) -> list[disputes.Dispute]:
    return await disputes.waiting(overdue=False, program_id=reach(request), limit=100)


def _products(said: Mapping[str, str], case: Case, snapshot: Snapshot) -> dict[int, UUID]:
    """The products that were typed, by the places of their lines; LineRefused where one is none."""
    programs = [case.receipt.program_id] if case.receipt.program_id else list(snapshot.programs)
    found = {}
    for line in case.receipt.lines:
        text = said.get(f"{SKU}{line.place}", "")
        if text:
            found[line.place] = _product(text, programs, snapshot, place=line.place)
    return found


def _product(text: str, programs: list[UUID], snapshot: Snapshot, *, place: int) -> UUID:
    for program_id in programs:
        known = snapshot.product_id(program_id, text)
        if known is not None:
            return known
    raise LineRefused(place=place, problem="no_such_product")


# The appeals' own path comes before that of a receipt, which takes ids alone.
ROUTES = pages(receipts_page, appeals, answer_appeal, receipt_page, receipt_photo, decide)

"""The desk: people decide about receipts that the machine would not, and answer appeals, with the keyboard alone."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from api.callers import holder
from api.confines import reach
from api.desk_appeal_views import APPEALS, appeals_page
from api.desk_forms import Answer, Decision, goods, on_one_line, products
from api.desk_goods_views import DESK
from api.desk_views import case_page, queue_page
from api.desk_words import WORDS
from api.process import process_of
from api.staff_callers import Staffed
from api.staff_frame import HEADERS, AnyRequest, convert, fields, go, language_for, pages
from core.access import Scope, SecondPersonNeeded
from programs.snapshot import current_snapshot
from receipts import desk, later_goods, pictures, returned_by_word, reviews
from receipts.desk import Case
from receipts.reviews import LineRefused, ReceiptBeingPaid, ReceiptDecided
from referrals import activities, disputes
from referrals.disputes import DisputeAnswered, Verdict

REVIEWERS: Final = [Staffed(Scope.receipts_review)]
ANSWERERS: Final = [Staffed(Scope.disputes_answer)]


@get("/staff/desk", guards=REVIEWERS)
async def receipts_page(request: AnyRequest) -> Response[str]:
    """The receipts that wait."""
    waiting = await desk.queue(reach(request))
    return queue_page(
        request, waiting, receipts=await desk.waiting(reach(request)), appeals=len(await _appeals(request))
    )


@get("/staff/desk/{receipt_id:uuid}", guards=REVIEWERS)
async def receipt_page(request: AnyRequest, receipt_id: FromPath[UUID]) -> Response[str]:
    """One receipt with all that is known of it."""
    return await _shown(request, receipt_id, {})


@get("/staff/desk/{receipt_id:uuid}/photo", guards=REVIEWERS)
async def receipt_photo(request: AnyRequest, receipt_id: FromPath[UUID]) -> Response[bytes]:
    """The photo beside it; who has looked at it stands in the audit."""
    picture = await pictures.show(receipt_id, by=holder(request).who, program_id=reach(request))
    return Response(picture, media_type="image/jpeg", headers=HEADERS)


@post("/staff/desk/{receipt_id:uuid}", guards=REVIEWERS, status_code=303)
async def decide(request: AnyRequest, receipt_id: FromPath[UUID]) -> Response[str] | Response[None]:
    """Accept it or refuse it, and on to the next one; a form that was sent twice leads there too."""
    said = on_one_line(await fields(request))
    asked, words = convert(said, Decision), WORDS[language_for(request)]
    by, program_id = holder(request).who, reach(request)
    case = await desk.case(receipt_id, program_id=program_id)
    if asked.decision == "reject" and not asked.note:
        return await _shown(request, receipt_id, said, wrong=words.note_hint, status=422)
    try:
        await _carry_out(request, asked, said, case)
    except LineRefused as refusal:
        told = words.line_problems.get(str(refusal.facts.get("problem")), refusal.title)
        return await _shown(request, receipt_id, said, wrong=told, status=refusal.status)
    except SecondPersonNeeded as refusal:
        return await _shown(request, receipt_id, said, wrong=words.proposed_by_you, status=refusal.status)
    except ReceiptBeingPaid as refusal:
        return await _shown(request, receipt_id, said, wrong=words.being_paid, status=refusal.status)
    except ReceiptDecided as refusal:
        if not await desk.was_decided(receipt_id, asked.decision, by=by):
            return await _shown(request, receipt_id, said, wrong=words.decided_meanwhile, status=refusal.status)
    process_of(request).doorbell.ring("drain")
    following = await desk.next_of(program_id, after=receipt_id, by=by)
    return go(f"{DESK}/{following}" if following else DESK)


async def _shown(
    request: AnyRequest, receipt_id: UUID, said: Mapping[str, str], *, wrong: str = "", status: int = 200
) -> Response[str]:
    case, sales = await desk.case(receipt_id, program_id=reach(request)), await returned_by_word.sales_for(receipt_id)
    return case_page(request, case, sales=sales, said=said, wrong=wrong, status=status)


async def _carry_out(request: AnyRequest, asked: Decision, said: Mapping[str, str], case: Case) -> None:
    receipt_id, program_id, by = case.receipt.receipt_id, reach(request), holder(request).who
    if asked.decision == "reject":
        await reviews.reject(receipt_id, note=asked.note, by=by, program_id=program_id)
        return
    second_person_minor = process_of(request).settings.receipt_second_person_minor
    if asked.sale is not None:
        await returned_by_word.accept_return(
            receipt_id,
            asked.sale,
            note=asked.note,
            by=by,
            program_id=program_id,
            second_person_minor=second_person_minor,
        )
        return
    snapshot = await current_snapshot(age_seconds_max=0)
    await reviews.accept(
        receipt_id,
        products(said, case, snapshot),
        goods=goods(said, case, snapshot),
        note=asked.note,
        by=by,
        program_id=program_id,
        second_person_minor=second_person_minor,
    )


@get("/staff/desk/appeals", guards=ANSWERERS)
async def appeals(request: AnyRequest) -> Response[str]:
    """The appeals that wait for their answer."""
    return await _appealed(request)


@post("/staff/desk/appeals/{dispute_id:uuid}", guards=ANSWERERS, status_code=303)
async def answer_appeal(request: AnyRequest, dispute_id: FromPath[UUID]) -> Response[str] | Response[None]:
    """Answer an appeal in words, and ask the rules once more about what it is about, if that is wanted."""
    asked, program_id = convert(on_one_line(await fields(request)), Answer), reach(request)
    try:
        answered = await disputes.answer(
            dispute_id, verdict=asked.verdict, words=asked.words, by=holder(request).who, program_id=program_id
        )
    except DisputeAnswered as refusal:
        words = WORDS[language_for(request)]
        return await _appealed(request, wrong=words.answered_meanwhile, status=refusal.status)
    if asked.again and asked.verdict is Verdict.upheld and answered.activity_id is not None:
        await activities.drive_again(answered.activity_id, program_id=program_id)
        await later_goods.look_again_at(answered.activity_id)
        process_of(request).doorbell.ring("drain")
    return go(APPEALS)


async def _appealed(request: AnyRequest, *, wrong: str = "", status: int = 200) -> Response[str]:
    receipts = await desk.waiting(reach(request))
    return appeals_page(request, await _appeals(request), receipts=receipts, wrong=wrong, status=status)


async def _appeals(request: AnyRequest) -> list[disputes.Dispute]:
    return await disputes.waiting(overdue=False, program_id=reach(request), limit=100)


# The appeals' own path comes before that of a receipt, which takes ids alone.
ROUTES = pages(receipts_page, appeals, answer_appeal, receipt_page, receipt_photo, decide)

"""Receipts over HTTP: an agent hands them in, one at a time or a phone's whole queue, and sees where each stands."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Annotated, Any
from uuid import UUID

import msgspec
import structlog
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery
from msgspec import Meta

from api import idempotent, rate_limits
from api.bodies import OR_PICTURE, is_picture
from api.callers import agent_of, agents
from api.cursors import Limit, next_page
from api.examples import like
from api.idempotent import IdempotencyKey, IdempotencyKeyMalformed, IdempotencyKeyMissing, key_of
from api.openapi import AGENT
from api.problems import REPLAYED, InternalError, PayloadTooLarge, refuses
from api.process import process_of
from api.proven import READS
from api.receipt_photos import ReceiptOperation, keep, photographed
from core.coalescer import QueueFull
from core.db import CONTENDED, LOST
from core.epoch import current_epoch
from core.limits import RateLimited
from core.photos import NothingRead, PhotoTooLarge, PhotoUnreadable, UnsupportedPhoto
from core.refusals import DomainError, NotFound, Unauthorized
from core.switches import ReadOnly
from core.text import Key
from receipts import intake, submissions, views
from receipts.door import ReceiptInFuture, ReceiptNotASale, ReceiptNotSettled, ReceiptTooOld, policy_of
from receipts.fiscal.frame import ReceiptMalformed, ReceiptOfTestDevice, ReceiptUnverified
from receipts.fiscal.registry import TEXT_MAX
from receipts.fiscal.russia_documents import DOCUMENT_BYTES_MAX
from receipts.intake import ReceiptDuplicate, Taken
from receipts.slips import NoReceiptOnPhoto, SlipCode
from receipts.views import ReceiptView

BATCH_MAX = 500
_EXAMPLE = "t=20260320T2303&s=5803.00&fn=7384440300007971&i=141637&fp=4087570038&n=1"

_log = structlog.get_logger()

ReceiptText = Annotated[str, Meta(min_length=1, max_length=TEXT_MAX)]
Document = Annotated[str, Meta(min_length=2, max_length=DOCUMENT_BYTES_MAX)]
# What is typed may be empty or rubbish: whoever reads it names the field that is wrong.
Fields = Annotated[dict[Key, Annotated[str, Meta(max_length=256)]], Meta(max_length=12)]


class NewReceipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Exactly one of three: the text of the receipt's code; `t s fn i fp n` typed by hand; a document with its goods.

    A document is JSON of the tax service's app or of an operator, or base64 of the raw one. The program is named where
    several could be meant.
    """

    text: ReceiptText | None = None
    fields: Fields | None = None
    document: Document | None = None
    program_id: UUID | None = None


class QueuedReceipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One receipt of a phone's queue with the phone's own id for it, which makes sending it again harmless."""

    id: Key
    text: ReceiptText | None = None
    fields: Fields | None = None
    document: Document | None = None
    program_id: UUID | None = None


class ReceiptQueue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Up to 500 receipts, in the order in which they were scanned."""

    receipts: Annotated[list[QueuedReceipt], Meta(min_length=1, max_length=BATCH_MAX)]


class ReceiptAnswer(msgspec.Struct, frozen=True):
    """The answer to one receipt of a queue, as if it had come alone: its status, and the receipt or the refusal."""

    id: str
    status: int
    receipt: ReceiptView | None = None
    slug: str | None = None
    title: str | None = None
    facts: dict[str, Any] | None = None


class ReceiptAnswers(msgspec.Struct, frozen=True):
    """An answer for each receipt, in their order; a changed epoch asks the phone to send again what it kept."""

    epoch: UUID
    answers: list[ReceiptAnswer]


class Receipts(msgspec.Struct, frozen=True):
    """Receipts, the newest first; `before` asks for those behind this page."""

    receipts: list[ReceiptView]
    before: UUID | None


_REFUSALS: tuple[type[DomainError], ...] = (
    Unauthorized,
    NotFound,
    ReceiptMalformed,
    IdempotencyKeyMissing,
    IdempotencyKeyMalformed,
    ReceiptDuplicate,
    ReceiptUnverified,
    ReceiptOfTestDevice,
    ReceiptTooOld,
    ReceiptInFuture,
    ReceiptNotASale,
    ReceiptNotSettled,
    PayloadTooLarge,
    ReadOnly,
    idempotent.REFUSALS[0],
)


@post(
    "/v1/receipts",
    guards=[agents],
    security=AGENT,
    tags=["receipts"],
    operation_id="create_receipt",
    status_code=201,
    responses={
        201: ResponseSpec(ReceiptView, generate_examples=False, description="Taken: where it stands, what comes next."),
        200: ResponseSpec(ReceiptView, generate_examples=False, description="Yours already, or completed by this."),
    }
    | refuses(
        *_REFUSALS,
        UnsupportedPhoto,
        PhotoUnreadable,
        PhotoTooLarge,
        NothingRead,
        NoReceiptOnPhoto,
        RateLimited,
        QueueFull,
    ),
    operation_class=ReceiptOperation,
    # JSON and pictures have limits of their own, which are looked after where they are read.
    request_max_body_size=None,
    opt={OR_PICTURE: True},
)
async def create_receipt(
    request: Request[Any, Any, Any],
    data: Annotated[NewReceipt | None, like(text=_EXAMPLE)] = None,
    *,
    program_id: FromQuery[UUID | None] = None,
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Hand in a receipt. All spellings of it are one, whoever comes first; it never counts for two agents.

    Of several receipts on a photo the topmost that can be read is handed in, and `codes` says what every code on it is;
    `program_id` stands in the query then.

    The agent's own receipt again gets 200; a document of it sent later brings the goods that a code does not name. What
    is beyond the pace of a day is `deferred` and looked at by itself on `due_at`.
    """
    key = key_of(request, required=True) or ""
    if not is_picture(request):
        return await _told(request, await _claim(request, data or NewReceipt(), key))
    async with photographed(request) as (photo, slip):
        taken = await _claim(request, NewReceipt(text=slip.text, program_id=program_id), key)
        await keep(request, taken.receipt_id, photo)
    return rate_limits.tell(request, await _told(request, taken, codes=slip.codes))


async def _told(request: Request[Any, Any, Any], taken: Taken, codes: Sequence[SlipCode] = ()) -> Response[bytes]:
    view = msgspec.structs.replace(await _view(request, taken), codes=list(codes))
    headers = {REPLAYED: "true"} if taken.outcome == "replayed" else {}
    return Response(
        msgspec.json.encode(view), status_code=_status(taken), media_type="application/json", headers=headers
    )


@post(
    "/v1/receipts/batch",
    guards=[agents],
    security=AGENT,
    tags=["receipts"],
    operation_id="create_receipts",
    status_code=200,
    responses=refuses(Unauthorized, PayloadTooLarge, ReadOnly),
)
async def create_receipts(
    request: Request[Any, Any, Any],
    data: Annotated[ReceiptQueue, like(receipts=[{"id": "1", "text": _EXAMPLE}])],
) -> ReceiptAnswers:
    """Hand in up to 500 receipts scanned offline; each gets its own answer. Sending them again changes nothing."""
    answers = [await _answer(request, one) for one in data.receipts]
    return ReceiptAnswers(await current_epoch(), answers)


@get(
    "/v1/receipts",
    guards=[agents],
    security=AGENT,
    tags=["receipts"],
    operation_id="list_receipts",
    responses=refuses(*READS),
)
async def list_receipts(
    request: Request[Any, Any, Any], *, before: FromQuery[UUID | None] = None, limit: Limit = 50
) -> Receipts:
    """The agent's own receipts, with what is known of each and what comes next."""
    page = await views.page(agent_of(request).agent_id, before=before, limit=limit)
    return Receipts(page, next_page(page, limit, cursor=lambda receipt: receipt.receipt_id))


@get(
    "/v1/receipts/{receipt_id:uuid}",
    guards=[agents],
    security=AGENT,
    tags=["receipts"],
    operation_id="read_receipt",
    responses=refuses(*READS, NotFound),
)
async def read_receipt(request: Request[Any, Any, Any], receipt_id: FromPath[UUID]) -> ReceiptView:
    """One of the agent's own receipts, line by line."""
    return await views.find(agent_of(request).agent_id, receipt_id)


async def _claim(request: Request[Any, Any, Any], data: NewReceipt | QueuedReceipt, key: str) -> Taken:
    process = process_of(request)
    asked = submissions.read(
        text=data.text,
        fields=data.fields,
        document=data.document,
        agent_id=agent_of(request).agent_id,
        client_key=blake2b(key.encode(), digest_size=16).digest(),
        program_id=data.program_id,
    )
    taken = await intake.claim(asked, policy=policy_of(process.settings))
    if isinstance(taken, DomainError):
        raise taken
    process.doorbell.ring("drain")
    process.doorbell.ring("ask")
    return taken


async def _view(request: Request[Any, Any, Any], taken: Taken) -> ReceiptView:
    view = await views.find(agent_of(request).agent_id, taken.receipt_id)
    return msgspec.structs.replace(
        view, expected=taken.expected, already_yours=taken.outcome in {"already_yours", "completed"}
    )


async def _answer(request: Request[Any, Any, Any], one: QueuedReceipt) -> ReceiptAnswer:
    try:
        taken = await _claim(request, one, one.id)
        return ReceiptAnswer(one.id, _status(taken), receipt=await _view(request, taken))
    except DomainError as refusal:
        return _refused(one, refusal)
    except (*LOST, *CONTENDED):
        raise
    except Exception:  # noqa: BLE001 - the outermost edge of each receipt.
        # One receipt that breaks keeps nobody's queue from being answered.
        _log.exception("receipt.broke")
        return _refused(one, InternalError())


def _refused(one: QueuedReceipt, refusal: DomainError) -> ReceiptAnswer:
    return ReceiptAnswer(one.id, refusal.status, slug=refusal.slug, title=refusal.title, facts=refusal.facts)


def _status(taken: Taken) -> int:
    return 201 if taken.outcome in {"new", "replayed"} else 200


ROUTES = [create_receipt, create_receipts, list_receipts, read_receipt]

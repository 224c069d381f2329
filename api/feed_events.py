"""Feed events over HTTP: receipts that a partner's shop or its operator pushes, proven by their signature."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
import structlog
from litestar import Request, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, HeaderParameter
from msgspec import Meta

from api.callers import anybody
from api.examples import like
from api.problems import PayloadTooLarge, refuses
from api.process import process_of
from codes import promo_codes
from core.refusals import NotFound
from core.switches import ReadOnly
from core.text import Key, Line
from receipts import feed_events, feeds
from receipts.door import policy_of
from receipts.feed_events import Brought, FedAnswer
from receipts.feed_signatures import FeedUnsigned, Signed
from receipts.feeds import Feed
from receipts.fiscal import russia, russia_documents
from receipts.fiscal.frame import Receipt, ReceiptMalformed

EVENT_RECEIPTS_MAX = 200

_log = structlog.get_logger()

_WebhookId = Annotated[str | None, HeaderParameter(name="webhook-id", required=False, description="The event's id.")]
_Timestamp = Annotated[
    str | None,
    HeaderParameter(name="webhook-timestamp", required=False, description="When it was sent, in seconds of 1970."),
]
_Signature = Annotated[
    str | None,
    HeaderParameter(
        name="webhook-signature",
        required=False,
        description="`v1,` and HMAC-SHA256, or `v1a,` and Ed25519, in base64 over `id.timestamp.body`; or several.",
    ),
]


class PushedReceipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A receipt with its goods as FFD JSON in any envelope, and the promo code that its buyer named at the till.

    A return names its sale by the text of that receipt's code, so that goods without a marking are found too.
    """

    document: dict[str, Any]
    promo_code: Key | None = None
    sale: Line | None = None


class FeedEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Up to 200 receipts."""

    receipts: Annotated[list[PushedReceipt], Meta(min_length=1, max_length=EVENT_RECEIPTS_MAX)]


class FeedAnswers(msgspec.Struct, frozen=True):
    """What became of each receipt, in their order."""

    receipts: list[FedAnswer]


_A_DOCUMENT = {
    "fiscalDriveNumber": "7384440300007971",
    "fiscalDocumentNumber": 141637,
    "fiscalSign": 4087570038,
    "operationType": 1,
    "dateTime": "2026-03-20T23:03:00",
    "totalSum": 580300,
    "userInn": "7707083893",
    "items": [{"name": "Котёл KT-24F", "quantity": 1, "price": 580300, "sum": 580300, "paymentType": 4}],
}


@post(
    "/v1/receipt-feeds/{feed_id:uuid}",
    guards=[anybody],
    tags=["receipt feeds"],
    operation_id="push_receipts",
    status_code=200,
    responses={200: ResponseSpec(FeedAnswers, generate_examples=False, description="What became of each receipt.")}
    | refuses(FeedUnsigned, NotFound, ReceiptMalformed, PayloadTooLarge, ReadOnly),
)
async def push_receipts(
    request: Request[Any, Any, Any],
    feed_id: FromPath[UUID],
    data: Annotated[FeedEvent, like(receipts=[{"document": _A_DOCUMENT, "promo_code": "BARSUK-24"}])],
    *,
    webhook_id: _WebhookId = None,
    webhook_timestamp: _Timestamp = None,
    webhook_signature: _Signature = None,
) -> FeedAnswers:
    """Receipts from a partner's shop or its operator, signed as Standard Webhooks says. Sent again they change nothing.

    A receipt that an agent waits with is confirmed, one with a promo code is its agent's, and any other is kept for
    whoever hands it in. One that cannot be read refuses the whole event.
    """
    sent = Signed(webhook_id or "", webhook_timestamp or "", webhook_signature or "")
    try:
        feed = await feeds.proven(feed_id, sent, await request.body())
    except FeedUnsigned as refused:
        _log.warning("feed.unsigned", feed_id=str(feed_id), problem=refused.facts["problem"])
        raise
    process = process_of(request)
    answers = await feed_events.take(feed, await _brought(feed, data), policy=policy_of(process.settings))
    process.doorbell.ring("drain")
    return FeedAnswers(answers)


async def _brought(feed: Feed, event: FeedEvent) -> list[Brought]:
    """The event's receipts, each with the agent whose promo code of this program stood on it."""
    texts = sorted({one.promo_code for one in event.receipts if one.promo_code})
    codes = await promo_codes.found(texts) if texts else {}
    mine = {
        text: code.agent_id
        for text, code in codes.items()
        if code.program_id == feed.program_id and code.state == "active"
    }
    return [Brought(_receipt(one), mine.get(one.promo_code or ""), _sale(one)) for one in event.receipts]


def _sale(one: PushedReceipt) -> str | None:
    return russia.parse(one.sale).identity if one.sale is not None else None


def _receipt(one: PushedReceipt) -> Receipt:
    found = russia_documents.parse(msgspec.json.encode(one.document))
    problems = {
        "several_receipts": len(found) > 1,
        "no_time": found[0].issued_at is None,
        "no_items": not found[0].lines,
    }
    for problem in (name for name, holds in problems.items() if holds):
        raise ReceiptMalformed(field="document", problem=problem)
    return found[0]


ROUTES = [push_receipts]

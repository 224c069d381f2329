"""Receipt exports over HTTP: the file that an agent has out of the tax service's app, with many receipts at once."""

from hashlib import blake2b
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, post
from litestar.openapi.datastructures import ResponseSpec

from api.callers import agent_of, agents
from api.examples import like
from api.idempotent import IdempotencyKey, IdempotencyKeyMalformed, IdempotencyKeyMissing, key_of
from api.openapi import AGENT
from api.problems import PayloadTooLarge, refuses
from api.process import process_of
from api.receipts import Document
from core.refusals import DomainError, Unauthorized
from core.switches import ReadOnly
from receipts import intake, submissions, views
from receipts.door import policy_of
from receipts.fiscal.frame import ReceiptMalformed
from receipts.submissions import Submission
from receipts.views import ReceiptView

_EXAMPLE = (
    '[{"ticket": {"document": {"receipt": {"fiscalDriveNumber": "7384440300007971", "fiscalDocumentNumber": 141637, '
    '"fiscalSign": 4087570038, "operationType": 1, "dateTime": "2026-03-20T23:03:00", "totalSum": 580300, '
    '"items": [{"name": "Котёл KT-24F", "quantity": 1, "sum": 580300, "paymentType": 4}]}}}}]'
)


class ReceiptExport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file's text, and the program where several could be meant."""

    document: Document
    program_id: UUID | None = None


class ExportedReceipt(msgspec.Struct, frozen=True):
    """What became of one receipt of the file: its status as if it had come alone, and the receipt or the refusal."""

    status: int
    identity: str | None = None
    receipt: ReceiptView | None = None
    slug: str | None = None
    title: str | None = None
    facts: dict[str, Any] | None = None


class ExportAnswer(msgspec.Struct, frozen=True):
    """An answer for each entry of the file, in its order.

    Those that are no receipts are told as well, by their `entry` in `facts`; `no_receipts` is how many they are.
    """

    receipts: list[ExportedReceipt]
    taken: int
    no_receipts: int


@post(
    "/v1/receipts/export",
    guards=[agents],
    security=AGENT,
    tags=["receipts"],
    operation_id="create_receipts_of_export",
    status_code=200,
    responses={200: ResponseSpec(ExportAnswer, generate_examples=False, description="What became of each receipt.")}
    | refuses(
        Unauthorized, ReceiptMalformed, IdempotencyKeyMissing, IdempotencyKeyMalformed, PayloadTooLarge, ReadOnly
    ),
)
async def create_receipts_of_export(
    request: Request[Any, Any, Any],
    data: Annotated[ReceiptExport, like(document=_EXAMPLE)],
    idempotency_key: IdempotencyKey = None,
) -> ExportAnswer:
    """Hand in a whole export, up to 500 receipts. Each is judged for itself, and one that is refused spoils no other.

    A file can be edited, so it proves no more than a code that was typed; where a source is switched on, it is asked.
    """
    key = blake2b((key_of(request, required=True) or "").encode(), digest_size=16).digest()
    asked = submissions.read_export(
        data.document, agent_id=agent_of(request).agent_id, client_key=key, program_id=data.program_id
    )
    answers = [await _answer(request, one) for one in asked]
    process_of(request).doorbell.ring("drain")
    process_of(request).doorbell.ring("ask")
    return ExportAnswer(
        answers,
        taken=sum(one.receipt is not None for one in answers),
        no_receipts=sum((one.facts or {}).get("problem") == "no_receipt" for one in answers),
    )


async def _answer(request: Request[Any, Any, Any], one: Submission | ReceiptMalformed) -> ExportedReceipt:
    if isinstance(one, ReceiptMalformed):
        return _refused(one, None)
    taken = await intake.claim(one, policy=policy_of(process_of(request).settings))
    if isinstance(taken, DomainError):
        return _refused(taken, one.receipt.identity)
    status = 201 if taken.outcome in {"new", "replayed"} else 200
    return ExportedReceipt(status, one.receipt.identity, await views.find(one.agent_id, taken.receipt_id))


def _refused(refusal: DomainError, identity: str | None) -> ExportedReceipt:
    return ExportedReceipt(
        refusal.status, identity, slug=refusal.slug, title=refusal.title, facts=msgspec.to_builtins(refusal.facts)
    )


ROUTES = [create_receipts_of_export]

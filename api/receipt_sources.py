"""Receipt sources over HTTP: which services are asked for goods and how they do, and every time one was asked."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, get
from litestar.params import FromPath

from api.callers import Scoped
from api.confines import READS, everywhere, reach
from api.openapi import KEY
from api.problems import refuses
from api.process import process_of
from core.access import Scope
from receipts import inquiries
from receipts.inquiries import Attempt
from receipts.sources import health, registry
from receipts.sources.health import SourceState


class ReceiptSources(msgspec.Struct, frozen=True):
    """The sources that are switched on, how each ever asked does, and how many receipts wait, by their format."""

    on: list[str]
    sources: list[SourceState]
    waiting: dict[str, int]


class ReceiptAttempts(msgspec.Struct, frozen=True):
    """Every time that a source was asked about a receipt, the latest first."""

    attempts: list[Attempt]


@get(
    "/v1/receipt-sources",
    guards=[Scoped(Scope.operations_read)],
    security=KEY,
    tags=["receipts"],
    operation_id="list_receipt_sources",
    responses=refuses(*READS),
)
async def list_receipt_sources(request: Request[Any, Any, Any]) -> ReceiptSources:
    """How the services do that know the goods of receipts: failures in a row, requests of the minute and the day."""
    everywhere(request)
    switched_on = [source.name for source in registry.sources(process_of(request).settings)]
    return ReceiptSources(switched_on, await health.states(), await inquiries.waiting_by_format())


@get(
    "/v1/receipts/{receipt_id:uuid}/attempts",
    guards=[Scoped(Scope.receipts_review)],
    security=KEY,
    tags=["receipts"],
    operation_id="list_receipt_attempts",
    responses=refuses(*READS),
)
async def list_receipt_attempts(request: Request[Any, Any, Any], receipt_id: FromPath[UUID]) -> ReceiptAttempts:
    """What support reads when an agent asks why his receipt takes so long."""
    return ReceiptAttempts(await inquiries.attempts(receipt_id, program_id=reach(request)))


ROUTES = [list_receipt_sources, list_receipt_attempts]

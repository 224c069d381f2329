"""Shipments over HTTP: goods leave, as JSON or as the warehouse's sheet; scans count from then on."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, RawBody
from msgspec import Meta

from api.callers import Scoped, holder
from api.confines import MOVES, READS, reach, within
from api.csv_body import sheet
from api.cursors import Limit, next_page
from api.examples import like
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import refuses
from codes import shipment_files, shipments
from codes.batches import BatchNotSealed
from codes.cartons import UnknownUnit
from codes.shipments import NewShipment, Shipment, ShipmentDiffers, ShippedRange, UnknownShop
from codes.sscc import SsccWrong
from codes.transitions import BeyondBatch, RangeState
from core.access import Scope
from programs.sheets import BYTES_MAX, SheetRefused


class NewShipments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What left: each shipment with its units, its ranges, or both."""

    shipments: Annotated[tuple[NewShipment, ...], Meta(min_length=1, max_length=1_000)]


class Dispatched(msgspec.Struct, frozen=True):
    """The shipments as they are known now."""

    shipments: list[Shipment]


class Shipments(msgspec.Struct, frozen=True):
    """A program's shipments in the order in which they were told; `after` asks for those behind this page."""

    shipments: list[Shipment]
    after: UUID | None


class ShipmentContents(msgspec.Struct, frozen=True):
    """A shipment, and the ranges that left with it, the first thousand."""

    shipment: Shipment
    ranges: list[ShippedRange]


_DISPATCHED = {200: ResponseSpec(Dispatched, generate_examples=False, description="What left.")}
_REFUSALS = (*MOVES, UnknownUnit, SsccWrong, BeyondBatch, BatchNotSealed, RangeState, ShipmentDiffers, UnknownShop)


@post(
    "/v1/programs/{program_id:uuid}/shipments",
    guards=[Scoped(Scope.codes_activate)],
    security=KEY,
    tags=["codes"],
    operation_id="dispatch_shipments",
    status_code=200,
    responses=_DISPATCHED | refuses(*_REFUSALS),
)
async def dispatch_shipments(
    request: Request[Any, Any, Any],
    program_id: FromPath[UUID],
    data: Annotated[
        NewShipments,
        like(
            shipments=[
                {
                    "number": "D-1041",
                    "shipped_at": "2026-11-20T08:00:00Z",
                    "territory": "north-west",
                    "units": ["046012345000000012"],
                }
            ]
        ),
    ],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Let goods leave, all of them or none. Said again it changes nothing; more goods of a number join its shipment."""
    within(request, program_id)

    async def dispatch() -> Dispatched:
        return Dispatched(await shipments.dispatch(program_id, data.shipments, by=holder(request).who))

    return await once(request, dispatch, status=200, required=True)


@post(
    "/v1/programs/{program_id:uuid}/shipments/import",
    guards=[Scoped(Scope.codes_activate)],
    security=KEY,
    tags=["codes"],
    operation_id="import_shipments",
    operation_class=sheet(shipment_files.EXAMPLE),
    request_max_body_size=BYTES_MAX,
    status_code=200,
    responses=_DISPATCHED | refuses(*_REFUSALS, SheetRefused),
)
async def import_shipments(
    request: Request[Any, Any, Any], program_id: FromPath[UUID], body: RawBody, idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Read a warehouse's CSV: all of it or nothing, and a refusal names the rows.

    A row is a unit or a range: number, shipped_at, shop, territory, channel, and either sscc, or batch with first and
    stop.
    """
    within(request, program_id)

    async def read() -> Dispatched:
        return Dispatched(await shipment_files.import_shipments(program_id, body, by=holder(request).who))

    return await once(request, read, status=200, required=True)


@get(
    "/v1/programs/{program_id:uuid}/shipments",
    guards=[Scoped(Scope.codes_read)],
    security=KEY,
    tags=["codes"],
    operation_id="list_shipments",
    responses=refuses(*READS),
)
async def list_shipments(
    request: Request[Any, Any, Any],
    program_id: FromPath[UUID],
    after: FromQuery[UUID | None] = None,
    limit: Limit = 100,
) -> Shipments:
    """A program's shipments."""
    page = await shipments.page(within(request, program_id), after=after, limit=limit)
    return Shipments(page, next_page(page, limit, cursor=lambda one: one.id))


@get(
    "/v1/shipments/{shipment_id:uuid}",
    guards=[Scoped(Scope.codes_read)],
    security=KEY,
    tags=["codes"],
    operation_id="find_shipment",
    responses=refuses(*READS),
)
async def find_shipment(request: Request[Any, Any, Any], shipment_id: FromPath[UUID]) -> ShipmentContents:
    """A shipment, and what left with it and with none after it."""
    found = await shipments.find(shipment_id, program_id=reach(request))
    return ShipmentContents(found, await shipments.contents(found.id))


ROUTES = [dispatch_shipments, import_shipments, list_shipments, find_shipment]

"""Printed files over HTTP: a print order's codes as lines, any part of them, or encrypted for the printer's key."""

import asyncio
from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import HttpMethod, Request, Response, get, route
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, HeaderParameter

from api.callers import Scoped, holder
from api.confines import READS
from api.openapi import KEY
from api.print_orders import reachable
from api.problems import refuses
from api.ranged import Paced, RangeNotSatisfiable, attached, beyond, headers, part_of
from codes import downloads, parts
from codes.batches import BatchWithoutKey
from codes.downloads import EncryptedOnly, NoDownloadSession, NotEncrypted
from codes.layouts import FORMATS, Format
from codes.parts import EncryptedPart, NoSuchPart
from codes.print_orders import PrintOrderState, file_of
from codes.recipients import AT_ONCE, EncryptionMissing
from core.access import Scope

MEDIA_TYPES: Final[dict[Format, str]] = {
    "txt": "text/plain",
    "csv": "text/csv",
    "ndjson": "application/x-ndjson",
}
AGE: Final = "application/octet-stream"

# Whoever comes while so many are encrypting waits for one of them to end.
_encrypting = asyncio.Semaphore(AT_ONCE)


class Parts(msgspec.Struct, frozen=True):
    """The files that an order leaves in, each encrypted for its printer when it is asked for."""

    parts: list[EncryptedPart]


def _reading(form: Format) -> HTTPRouteHandler:
    """The route of an order's file in one format."""

    @route(
        f"/v1/print-orders/{{print_order_id:uuid}}/codes.{form}",
        http_method=[HttpMethod.GET, HttpMethod.HEAD],
        guards=[Scoped(Scope.codes_export)],
        security=KEY,
        tags=["printing"],
        operation_id=lambda _handler, method, _path: f"{method.lower()}_codes_{form}",
        media_type=MEDIA_TYPES[form],
        responses={
            200: ResponseSpec(str, media_type=MEDIA_TYPES[form], generate_examples=False, description="All lines."),
            206: ResponseSpec(str, media_type=MEDIA_TYPES[form], generate_examples=False, description="A part."),
        }
        | refuses(*READS, BatchWithoutKey, PrintOrderState, NoDownloadSession, EncryptedOnly, RangeNotSatisfiable),
    )
    async def read_codes(
        request: Request[Any, Any, Any],
        print_order_id: FromPath[UUID],
        asked: Annotated[str | None, HeaderParameter(name="Range", description="`bytes=0-999`, one at a time.")] = None,
        condition: Annotated[str | None, HeaderParameter(name="If-Range", description="The `ETag` so far.")] = None,
    ) -> Response[bytes]:
        """An order's lines, whole or the bytes that `Range` names; it needs an open download session of the same key.

        Each line is as wide as every other, and an index whose code would read as a swear word has a placeholder: so a
        download can be cut, read at once and gone on with. The `ETag` stays the same as long as the file does.
        """
        return await _answered(request, print_order_id, form)

    return read_codes


@get(
    "/v1/print-orders/{print_order_id:uuid}/parts",
    guards=[Scoped(Scope.codes_read)],
    security=KEY,
    tags=["printing"],
    operation_id="list_parts",
    responses=refuses(*READS),
)
async def list_parts(
    request: Request[Any, Any, Any],
    print_order_id: FromPath[UUID],
    format: FromQuery[Format] = "csv",  # noqa: A002 - it is one.
) -> Parts:
    """The files of a million indexes each in which an order leaves encrypted, with the sizes of what is in them."""
    order = await reachable(request, print_order_id)
    return Parts(parts.listed(await file_of(order, format=format)))


@get(
    "/v1/print-orders/{print_order_id:uuid}/parts/{number:int}",
    guards=[Scoped(Scope.codes_export)],
    security=KEY,
    tags=["printing"],
    operation_id="read_part",
    media_type=AGE,
    responses={200: ResponseSpec(bytes, media_type=AGE, generate_examples=False, description="An age file.")}
    | refuses(*READS, BatchWithoutKey, PrintOrderState, NoDownloadSession, NotEncrypted, NoSuchPart, EncryptionMissing),
)
async def read_part(
    request: Request[Any, Any, Any],
    print_order_id: FromPath[UUID],
    number: FromPath[int],
    format: FromQuery[Format] = "csv",  # noqa: A002 - it is one.
) -> Response[bytes]:
    """One part, encrypted anew for the order's recipient (age); it needs an open download session of the same key."""
    await reachable(request, print_order_id)
    who = holder(request).who
    order, session_id = await downloads.may_read(print_order_id, by=who, encrypted=True)
    one = parts.part(await file_of(order, format=format), number)
    await downloads.record(order, session_id, by=who, format=format, part=number)
    return Paced(
        parts.encrypted(one, recipient=order.recipient or ""),
        served=partial(_count, session_id),
        media_type=AGE,
        headers=attached(f"{print_order_id}-{number:04}.{format}.age"),
        room=_encrypting,
    )


async def _answered(request: Request[Any, Any, Any], print_order_id: UUID, form: Format) -> Response[bytes]:
    await reachable(request, print_order_id)
    who = holder(request).who
    order, session_id = await downloads.may_read(print_order_id, by=who, encrypted=False)
    file = await file_of(order, format=form)
    part = part_of(request, size=file.size, etag=file.etag)
    if part is None:
        return beyond(request, size=file.size)
    if request.method == HttpMethod.GET:
        await downloads.record(order, session_id, by=who, format=form, start=part.start, stop=part.stop)
    return Paced(
        file.read(part.start, part.stop),
        served=partial(_count, session_id),
        media_type=MEDIA_TYPES[form],
        headers=headers(part, etag=file.etag) | attached(f"{print_order_id}.{form}"),
        status_code=part.status,
    )


async def _count(session_id: UUID, bytes_served: int) -> None:
    await downloads.count(session_id, bytes_served=bytes_served)


ROUTES = [*map(_reading, FORMATS), list_parts, read_part]

"""Downloads over HTTP: sessions that let somebody read a print order for a day, and who approves further ones."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from api.callers import Scoped, holder
from api.confines import MOVES, READS, within
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.print_orders import reachable
from api.problems import refuses
from codes import downloads
from codes.downloads import DownloadSession, DownloadSessionEnded
from codes.print_orders import PrintOrderState
from codes.transitions import RangeState
from core.access import Scope, SecondPersonNeeded


class DownloadSessions(msgspec.Struct, frozen=True):
    """The download sessions of a print order, the latest first."""

    downloads: list[DownloadSession]


@post(
    "/v1/print-orders/{print_order_id:uuid}/downloads",
    guards=[Scoped(Scope.codes_export)],
    security=KEY,
    tags=["printing"],
    operation_id="begin_download",
    status_code=201,
    responses={201: ResponseSpec(DownloadSession, generate_examples=False, description="Usable, or to be approved.")}
    | refuses(*MOVES, PrintOrderState, RangeState),
)
async def begin_download(
    request: Request[Any, Any, Any], print_order_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Ask to read an order's file for 24 hours, by this key. The first to ask may at once, and the order is exported.

    Everybody after him, he himself too, waits until somebody else has approved it. All requests within the 24 hours,
    for parts and at once, share the session.
    """

    async def begin() -> DownloadSession:
        await reachable(request, print_order_id)
        return await downloads.begin(print_order_id, by=holder(request).who)

    return await once(request, begin, required=True)


@get(
    "/v1/print-orders/{print_order_id:uuid}/downloads",
    guards=[Scoped(Scope.codes_read)],
    security=KEY,
    tags=["printing"],
    operation_id="list_downloads",
    responses=refuses(*READS),
)
async def list_downloads(request: Request[Any, Any, Any], print_order_id: FromPath[UUID]) -> DownloadSessions:
    """Who may read an order, who asks to, and how many bytes of it have left."""
    await reachable(request, print_order_id)
    return DownloadSessions(await downloads.listed(print_order_id))


@post(
    "/v1/downloads/{download_id:uuid}/approve",
    guards=[Scoped(Scope.codes_export)],
    security=KEY,
    tags=["printing"],
    operation_id="approve_download",
    status_code=200,
    responses={200: ResponseSpec(DownloadSession, generate_examples=False, description="Usable from now on.")}
    | refuses(*MOVES, SecondPersonNeeded, DownloadSessionEnded, PrintOrderState),
)
async def approve_download(
    request: Request[Any, Any, Any], download_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Let somebody else read an order once more, for the next 24 hours."""

    async def approve() -> DownloadSession:
        await _reachable_session(request, download_id)
        return await downloads.approve(download_id, by=holder(request).who)

    return await once(request, approve, status=200, required=True)


@post(
    "/v1/downloads/{download_id:uuid}/end",
    guards=[Scoped(Scope.codes_export)],
    security=KEY,
    tags=["printing"],
    operation_id="end_download",
    status_code=200,
    responses={200: ResponseSpec(DownloadSession, generate_examples=False, description="Nobody reads by it any more.")}
    | refuses(*MOVES),
)
async def end_download(
    request: Request[Any, Any, Any], download_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """End a session before its time, or decline the request for one."""

    async def end() -> DownloadSession:
        await _reachable_session(request, download_id)
        return await downloads.end(download_id, by=holder(request).who)

    return await once(request, end, status=200, required=True)


async def _reachable_session(request: Request[Any, Any, Any], download_id: UUID) -> None:
    within(request, (await downloads.find_session(download_id)).program_id)


ROUTES = [begin_download, list_downloads, approve_download, end_download]

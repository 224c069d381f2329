"""Offline tills over HTTP: their slips are taken, each with an answer of its own; they read the list they give by."""

import base64
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import structlog
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromQuery, QueryParameter
from msgspec import Meta

from api.callers import Scoped
from api.confines import READS
from api.examples import like
from api.idempotent import IdempotencyKey
from api.openapi import KEY
from api.orders import ShopNeeded, open_shop, shop_of
from api.problems import PayloadTooLarge, refuses
from api.process import process_of
from api.settlements import ShopStopped
from codes import coupon_lists, offline_slips
from codes.coupon_lists import PAGE_MAX, CouponList
from codes.offline_orders import Outcome
from codes.slips import SLIP_LETTERS_MAX
from core.access import Scope
from core.coalescer import QueueFull
from core.db import CONTENDED, LOST
from core.refusals import DomainError
from core.switches import ReadOnly

SLIPS_MAX = 500
_BODY_BYTES_MAX = 4_000_000
_SIGNATURE = "Naparnik-Signature"

_log = structlog.get_logger()


class Slips(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Slips in the order in which the till signed them."""

    slips: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=SLIP_LETTERS_MAX)], ...],
        Meta(min_length=1, max_length=SLIPS_MAX),
    ]
    shop_id: UUID | None = None


class SlipAnswer(msgspec.Struct, frozen=True):
    """What became of one slip: its outcome, or why it was not taken; with `retry` the same slip may be taken later."""

    status: int
    outcome: Outcome | None = None
    slug: str | None = None
    title: str | None = None
    retry: bool = False


class SlipAnswers(msgspec.Struct, frozen=True):
    """An answer for each slip, in their order."""

    answers: list[SlipAnswer]


@post(
    "/v1/orders/slips",
    guards=[Scoped(Scope.orders_write)],
    security=KEY,
    tags=["checkout"],
    operation_id="take_slips",
    request_max_body_size=_BODY_BYTES_MAX,
    status_code=200,
    responses=refuses(*READS, PayloadTooLarge, ReadOnly, ShopNeeded, ShopStopped, QueueFull),
)
async def take_slips(
    request: Request[Any, Any, Any],
    data: Annotated[Slips, like(slips=["eyJhbGciOiJFZERTQSIsImtpZCI6Ii4uLiJ9.eyJzZXEiOjE3fQ.c2lnbmF0dXJl"])],
    idempotency_key: IdempotencyKey = None,
) -> SlipAnswers:
    """Take up to 500 slips that a till has signed offline; each has its own answer. Sent again they change nothing.

    A slip is a compact JWS (EdDSA) whose `kid` is the terminal. It is judged by the till's time, within the offline
    window of its codes' campaigns. What there is no room for any more is borne by the maker or by the shop, as the
    campaign says.
    """
    shop_id = await open_shop(request, data.shop_id)
    return SlipAnswers([await _answer(request, slip, shop_id) for slip in data.slips])


@get(
    "/v1/orders/coupons",
    guards=[Scoped(Scope.orders_write)],
    security=KEY,
    tags=["checkout"],
    operation_id="list_coupons",
    responses={
        200: ResponseSpec(CouponList, generate_examples=False, description="A page of the list, signed."),
        304: ResponseSpec(None, description="The list is as it was."),
    }
    | refuses(*READS, ShopNeeded),
)
async def list_coupons(
    request: Request[Any, Any, Any],
    shop_id: FromQuery[UUID | None] = None,
    cursor: Annotated[str | None, QueryParameter(max_length=200, pattern="^[^\\u0000]*$")] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=PAGE_MAX)] = PAGE_MAX,
    format: FromQuery[Literal["json", "csv"]] = "json",  # noqa: A002 - it is one.
) -> Response[bytes]:
    """The promo codes that a shop's tills may take without asking, and what they give.

    `cursor` asks for what changed since; `If-None-Match` for nothing while nothing did.
    `Naparnik-Signature` is our Ed25519 signature over the body, to be proven by the `server_key` of the terminal.
    """
    found = await coupon_lists.coupons(await shop_of(request, shop_id), cursor=cursor, limit=limit)
    headers = {"ETag": f'W/"{found.tag}"', "Cache-Control": "private, no-cache", "Naparnik-Cursor": found.cursor}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(b"", status_code=304, headers=headers)
    body = coupon_lists.as_csv(found) if format == "csv" else msgspec.json.encode(found)
    headers[_SIGNATURE] = base64.urlsafe_b64encode(coupon_lists.signature(body)).rstrip(b"=").decode()
    return Response(body, media_type="text/csv" if format == "csv" else "application/json", headers=headers)


async def _answer(request: Request[Any, Any, Any], slip: str, shop_id: UUID) -> SlipAnswer:
    try:
        async with process_of(request).checkout.passed(shop_id):
            return SlipAnswer(200, await offline_slips.take(slip, shop_id=shop_id))
    except DomainError as refused:
        return SlipAnswer(
            refused.status, slug=refused.slug, title=refused.title, retry=refused.retry_after_seconds is not None
        )
    except (*LOST, *CONTENDED):
        # Nothing of this one was done; those after it may be more lucky.
        return SlipAnswer(503, slug="unavailable", title="The slip was not taken; send it again", retry=True)


ROUTES = [take_slips, list_coupons]

"""Receipt feeds over HTTP: the maker lets partners push receipts, and turns their secrets over."""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, get, patch, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from api.callers import Scoped, holder
from api.confines import READS, WRITES, reach, within
from api.examples import like
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import refuses
from core.access import Scope
from receipts import feeds
from receipts.feeds import FeedKeyUnreadable, FeedMade, FeedView, NewFeed, NewFeedSecret, TwoSecretsLive


class Feeds(msgspec.Struct, frozen=True):
    """The feeds of a program."""

    feeds: list[FeedView]


class FeedChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether a feed is heard."""

    state: Literal["on", "off"]


@post(
    "/v1/programs/{program_id:uuid}/receipt-feeds",
    guards=[Scoped(Scope.keys_write)],
    security=KEY,
    tags=["receipt feeds"],
    operation_id="create_receipt_feed",
    status_code=201,
    responses={201: ResponseSpec(FeedMade, generate_examples=False, description="The feed; its secret is shown once.")}
    | refuses(*WRITES, FeedKeyUnreadable),
)
async def create_receipt_feed(
    request: Request[Any, Any, Any],
    program_id: FromPath[UUID],
    data: Annotated[NewFeed, like(name="Теплоторг", sellers=["7707083893"])],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Let a partner push receipts. It signs by the secret in the answer, or by the key whose public half is sent."""
    within(request, program_id)
    return await once(request, lambda: feeds.create(program_id, data, by=holder(request).who), secret=True)


@get(
    "/v1/programs/{program_id:uuid}/receipt-feeds",
    guards=[Scoped(Scope.operations_read)],
    security=KEY,
    tags=["receipt feeds"],
    operation_id="list_receipt_feeds",
    responses=refuses(*READS),
)
async def list_receipt_feeds(request: Request[Any, Any, Any], program_id: FromPath[UUID]) -> Feeds:
    """The feeds of a program, and which secrets of theirs work."""
    return Feeds(await feeds.listed(within(request, program_id)))


@patch(
    "/v1/receipt-feeds/{feed_id:uuid}",
    guards=[Scoped(Scope.keys_write)],
    security=KEY,
    tags=["receipt feeds"],
    operation_id="change_receipt_feed",
    status_code=200,
    responses={200: ResponseSpec(FeedView, generate_examples=False, description="The feed as it is now.")}
    | refuses(*WRITES),
)
async def change_receipt_feed(
    request: Request[Any, Any, Any],
    feed_id: FromPath[UUID],
    data: Annotated[FeedChange, like(state="off")],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Stop hearing a feed, or hear it again; what it has brought stays."""
    program_id, by = reach(request), holder(request).who
    return await once(request, lambda: feeds.switch(feed_id, data.state, by=by, program_id=program_id), status=200)


@post(
    "/v1/receipt-feeds/{feed_id:uuid}/secrets",
    guards=[Scoped(Scope.keys_write)],
    security=KEY,
    tags=["receipt feeds"],
    operation_id="add_feed_secret",
    status_code=201,
    responses={201: ResponseSpec(FeedMade, generate_examples=False, description="The feed; the secret is shown once.")}
    | refuses(*WRITES, FeedKeyUnreadable, TwoSecretsLive),
)
async def add_feed_secret(
    request: Request[Any, Any, Any],
    feed_id: FromPath[UUID],
    data: Annotated[NewFeedSecret, like(overlap_seconds=86_400)],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Begin to turn a feed's secret over: the old one works on for the overlap, so that no event is lost."""
    program_id, by = reach(request), holder(request).who
    return await once(request, lambda: feeds.add_secret(feed_id, data, by=by, program_id=program_id), secret=True)


@post(
    "/v1/receipt-feeds/{feed_id:uuid}/secrets/{secret_id:uuid}/end",
    guards=[Scoped(Scope.keys_write)],
    security=KEY,
    tags=["receipt feeds"],
    operation_id="end_feed_secret",
    status_code=200,
    responses={200: ResponseSpec(FeedView, generate_examples=False, description="The feed as it is now.")}
    | refuses(*WRITES),
)
async def end_feed_secret(
    request: Request[Any, Any, Any],
    feed_id: FromPath[UUID],
    secret_id: FromPath[UUID],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """End a secret at once, when somebody else may have it."""
    program_id, by = reach(request), holder(request).who
    return await once(request, lambda: feeds.end_secret(feed_id, secret_id, by=by, program_id=program_id), status=200)


ROUTES = [
    create_receipt_feed,
    list_receipt_feeds,
    change_receipt_feed,
    add_feed_secret,
    end_feed_secret,
]

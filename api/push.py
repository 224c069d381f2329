"""Push over HTTP: an agent's browser asks to be woken, for what and when not, and asks to be left alone."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from api.callers import agent_of, agents
from api.examples import like
from api.idempotent import IdempotencyKey, once
from api.openapi import AGENT
from api.problems import refuses
from api.process import process_of
from api.proven import READS, WRITES
from core import webpush
from core.refusals import NotFound
from core.switches import ReadOnly
from referrals import subscriptions
from referrals.subscriptions import (
    NewSubscription,
    PushOff,
    PushRefused,
    Subscription,
    TooManySubscriptions,
)


class Push(msgspec.Struct, frozen=True):
    """The key that a browser needs to subscribe, none where nothing is sent; and the browsers that are woken."""

    public_key: str | None
    subscriptions: list[Subscription]


@get(
    "/v1/push",
    guards=[agents],
    security=AGENT,
    tags=["notices"],
    operation_id="read_push",
    responses=refuses(*READS),
)
async def read_push(request: Request[Any, Any, Any]) -> Push:
    """Whether this installation wakes phones, by what key, and which of the agent's browsers it wakes."""
    sends = bool(process_of(request).settings.push_contact)
    found = await subscriptions.subscriptions(agent_of(request).agent_id)
    return Push(webpush.public_key() if sends else None, found)


@post(
    "/v1/push/subscriptions",
    guards=[agents],
    security=AGENT,
    tags=["notices"],
    operation_id="subscribe",
    status_code=201,
    responses={201: ResponseSpec(Subscription, generate_examples=False, description="The browser will be woken.")}
    | refuses(*WRITES, PushOff, PushRefused, TooManySubscriptions),
)
async def subscribe(
    request: Request[Any, Any, Any],
    data: Annotated[
        NewSubscription,
        like(
            endpoint="https://updates.push.services.mozilla.com/wpush/v2/gAAAAA",
            keys={
                "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
                "auth": "BTBZMqHH6r4Tts7J_aSIgg",
            },
            notices=["credited", "available"],
            quiet_from=1_320,
            quiet_until=480,
            time_zone="Asia/Yekaterinburg",
        ),
    ],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Wake this browser from now on, for these kinds of news, not in its quiet hours. Once more changes what for."""
    settings = process_of(request).settings
    if not settings.push_contact:
        raise PushOff
    return await once(
        request,
        lambda: subscriptions.subscribe(
            agent_of(request).agent_id,
            data,
            hosts=settings.push_hosts,
            insecure=settings.environment != "production",
        ),
    )


@delete(
    "/v1/push/subscriptions/{subscription_id:uuid}",
    guards=[agents],
    security=AGENT,
    tags=["notices"],
    operation_id="unsubscribe",
    status_code=204,
    responses=refuses(*READS, ReadOnly, NotFound),
)
async def unsubscribe(request: Request[Any, Any, Any], subscription_id: FromPath[UUID]) -> None:
    """Wake this browser no more."""
    await subscriptions.unsubscribe(subscription_id, agent_id=agent_of(request).agent_id)


ROUTES = [read_push, subscribe, unsubscribe]

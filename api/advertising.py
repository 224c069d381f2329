"""Advertising over HTTP: the marks without which a campaign's pictures may not be published online."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from api.callers import Scoped, holder
from api.campaigns import reachable
from api.confines import READS, WRITES
from api.examples import like
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import refuses
from core.access import Scope
from programs import advertising
from programs.advertising import Advertising, Marks


@get(
    "/v1/campaigns/{campaign_id:uuid}/advertising",
    guards=[Scoped(Scope.campaigns_read)],
    security=KEY,
    tags=["campaigns"],
    operation_id="find_advertising",
    responses=refuses(*READS),
)
async def find_advertising(request: Request[Any, Any, Any], campaign_id: FromPath[UUID]) -> Advertising:
    """A campaign's advertising marks, and which of those that its country requires are missing."""
    await reachable(request, campaign_id)
    return await advertising.advertising(campaign_id)


@put(
    "/v1/campaigns/{campaign_id:uuid}/advertising",
    guards=[Scoped(Scope.campaigns_write)],
    security=KEY,
    tags=["campaigns"],
    operation_id="put_advertising",
    status_code=200,
    responses={200: ResponseSpec(Advertising, generate_examples=False, description="The marks.")} | refuses(*WRITES),
)
async def put_advertising(
    request: Request[Any, Any, Any],
    campaign_id: FromPath[UUID],
    data: Annotated[Marks, like(word="Реклама", advertiser="ООО «Завод»", token="2VtzqxKcXyZ")],  # noqa: S106 - public.
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Set a campaign's advertising marks, all at once; they stand on what agents publish online."""

    async def put_() -> Advertising:
        await reachable(request, campaign_id)
        return await advertising.put_marks(campaign_id, data, by=holder(request).who)

    return await once(request, put_, status=200)


ROUTES = [find_advertising, put_advertising]

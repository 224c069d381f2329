"""Budgets over HTTP: a campaign is fed with money, tried on the past, and pays what an empty budget had denied."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from api.callers import Scoped, holder
from api.campaigns import reachable
from api.confines import MOVES, READS, WRITES
from api.examples import like
from api.idempotent import IdempotencyKey, intent, once
from api.openapi import KEY
from api.operations import Driven
from api.problems import PayloadTooLarge, refuses
from api.process import process_of
from api.read_only import ANSWERS_ANYWAY
from core.access import Scope
from core.money import AmountMinor, Asset
from programs import budgets
from programs.budgets import Budget, TooMuchIssued
from programs.rules import Rules, RulesRefused
from referrals import activities, rehearsals
from referrals.rehearsals import ACTIVITIES_MAX, DryRun


class TopUp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So much more to spend."""

    amount_minor: AmountMinor
    asset: Asset


class Trial(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to play: the campaign's newest rules unless others are given, with a budget or without."""

    rules: Rules | None = None
    budget_minor: AmountMinor | None = None
    activities_max: Annotated[int, Meta(ge=1, le=ACTIVITIES_MAX)] = 10_000


@post(
    "/v1/campaigns/{campaign_id:uuid}/budget",
    guards=[Scoped(Scope.campaigns_write)],
    security=KEY,
    tags=["campaigns"],
    operation_id="top_up_budget",
    status_code=200,
    responses={200: ResponseSpec(Budget, generate_examples=False, description="The budget as it is now.")}
    | refuses(*MOVES, TooMuchIssued),
)
async def top_up_budget(
    request: Request[Any, Any, Any],
    campaign_id: FromPath[UUID],
    data: Annotated[TopUp, like(amount_minor=10_000_000, asset="BON")],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Let a campaign spend so much more. What an empty budget denied is paid once it is driven again."""

    async def top_up() -> Budget:
        await reachable(request, campaign_id)
        return await budgets.top_up(
            campaign_id,
            asset=data.asset,
            amount_minor=data.amount_minor,
            by=holder(request).who,
            key=intent(request, campaign_id, data.asset),
        )

    return await once(request, top_up, status=200, required=True)


@post(
    "/v1/campaigns/{campaign_id:uuid}/dry-run",
    guards=[Scoped(Scope.campaigns_read)],
    security=KEY,
    tags=["campaigns"],
    operation_id="dry_run",
    status_code=200,
    opt={ANSWERS_ANYWAY: True},
    responses=refuses(*READS, RulesRefused, PayloadTooLarge),
)
async def dry_run(
    request: Request[Any, Any, Any], campaign_id: FromPath[UUID], data: JSONBody[Trial | None] = None
) -> DryRun:
    """What rules would have cost and paid over the program's latest activities. It changes nothing."""
    await reachable(request, campaign_id)
    trial = data or Trial()
    return await rehearsals.dry_run(
        campaign_id, rules=trial.rules, budget_minor=trial.budget_minor, activities_max=trial.activities_max
    )


@post(
    "/v1/campaigns/{campaign_id:uuid}/drive-again",
    guards=[Scoped(Scope.campaigns_write)],
    security=KEY,
    tags=["campaigns"],
    operation_id="drive_campaign_again",
    status_code=202,
    responses={202: ResponseSpec(Driven, generate_examples=False, description="They wait for the rules again.")}
    | refuses(*WRITES),
)
async def drive_campaign_again(
    request: Request[Any, Any, Any], campaign_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Put everything before the rules once more that this campaign's empty budget denied, the oldest first."""

    async def drive() -> Driven:
        await reachable(request, campaign_id)
        return Driven(await activities.drive_campaign_again(campaign_id))

    answer = await once(request, drive, status=202)
    process_of(request).doorbell.ring("drain")
    return answer


ROUTES = [top_up_budget, dry_run, drive_campaign_again]

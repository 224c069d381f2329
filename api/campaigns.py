"""Campaigns over HTTP: drafted, given new rules, started and stopped, fed with money, tried on the past."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from api.callers import Scoped, holder
from api.confines import MOVES, READS, WRITES, within
from api.cursors import Limit, next_page
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.operations import Driven
from api.problems import refuses
from api.process import process_of
from api.read_only import ANSWERS_ANYWAY
from core.access import Scope
from core.money import AmountMinor, Asset
from core.text import Line
from core.times import Moment
from programs import budgets, lifecycle
from programs.budgets import Budget
from programs.lifecycle import CampaignStateConflict, CampaignView, NewCampaign, VersionView
from programs.rules import Rules, RulesRefused
from referrals import activities, rehearsals
from referrals.rehearsals import ACTIVITIES_MAX, DryRun


class Campaigns(msgspec.Struct, frozen=True):
    """Campaigns, the oldest first; `after` asks for those behind this page."""

    campaigns: list[CampaignView]
    after: UUID | None


class Versions(msgspec.Struct, frozen=True):
    """Every version of a campaign's rules, the first one first."""

    versions: list[VersionView]


class NewVersion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rules that replace the ones before, at once or from a later moment on."""

    rules: Rules
    effective_from: Moment | None = None


class Why(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a campaign is moved; it stands in the audit and beside the campaign."""

    reason: Line = ""


class TopUp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So much more to spend."""

    amount_minor: AmountMinor
    asset: Asset


class Trial(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to play: the campaign's newest rules unless others are given, with a budget or without."""

    rules: Rules | None = None
    budget_minor: AmountMinor | None = None
    activities_max: Annotated[int, Meta(ge=1, le=ACTIVITIES_MAX)] = 10_000


def _campaign(told: str, status: int = 200) -> dict[int, ResponseSpec]:
    return {status: ResponseSpec(CampaignView, generate_examples=False, description=told)}


@post(
    "/v1/programs/{program_id:uuid}/campaigns",
    guards=[Scoped(Scope.campaigns_write)],
    security=KEY,
    tags=["campaigns"],
    operation_id="create_campaign",
    status_code=201,
    responses=_campaign("The draft.", 201) | refuses(*WRITES, RulesRefused),
)
async def create_campaign(
    request: Request[Any, Any, Any],
    program_id: FromPath[UUID],
    data: JSONBody[NewCampaign],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Draft a campaign with its first rules and its budget. Nothing is paid before it is activated."""
    within(request, program_id)
    return await once(request, lambda: lifecycle.create_campaign(program_id, data, by=holder(request).who))


@get(
    "/v1/programs/{program_id:uuid}/campaigns",
    guards=[Scoped(Scope.campaigns_read)],
    security=KEY,
    tags=["campaigns"],
    operation_id="list_campaigns",
    responses=refuses(*READS),
)
async def list_campaigns(
    request: Request[Any, Any, Any],
    program_id: FromPath[UUID],
    after: FromQuery[UUID | None] = None,
    limit: Limit = 100,
) -> Campaigns:
    """A program's campaigns, whatever state they are in."""
    page = await lifecycle.campaigns(within(request, program_id), after=after, limit=limit)
    return Campaigns(page, next_page(page, limit, cursor=lambda campaign: campaign.id))


@get(
    "/v1/campaigns/{campaign_id:uuid}",
    guards=[Scoped(Scope.campaigns_read)],
    security=KEY,
    tags=["campaigns"],
    operation_id="find_campaign",
    responses=refuses(*READS),
)
async def find_campaign(request: Request[Any, Any, Any], campaign_id: FromPath[UUID]) -> CampaignView:
    """A campaign with its newest rules and its budgets."""
    return await _reachable(request, campaign_id)


@post(
    "/v1/campaigns/{campaign_id:uuid}/versions",
    guards=[Scoped(Scope.campaigns_write)],
    security=KEY,
    tags=["campaigns"],
    operation_id="add_version",
    status_code=201,
    responses=_campaign("The campaign with its new rules.", 201)
    | refuses(*WRITES, RulesRefused, CampaignStateConflict),
)
async def add_version(
    request: Request[Any, Any, Any],
    campaign_id: FromPath[UUID],
    data: JSONBody[NewVersion],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Give a campaign new rules; what was decided by the old ones stays decided."""
    effective_from: datetime | None = data.effective_from

    async def add() -> CampaignView:
        await _reachable(request, campaign_id)
        return await lifecycle.add_version(
            campaign_id, data.rules, effective_from=effective_from, by=holder(request).who
        )

    return await once(request, add)


@get(
    "/v1/campaigns/{campaign_id:uuid}/versions",
    guards=[Scoped(Scope.campaigns_read)],
    security=KEY,
    tags=["campaigns"],
    operation_id="list_versions",
    responses=refuses(*READS),
)
async def list_versions(request: Request[Any, Any, Any], campaign_id: FromPath[UUID]) -> Versions:
    """Every version of a campaign's rules; an accrual names the one that made it."""
    await _reachable(request, campaign_id)
    return Versions(await lifecycle.versions(campaign_id))


@post(
    "/v1/campaigns/{campaign_id:uuid}/{verb:str}",
    guards=[Scoped(Scope.campaigns_write)],
    security=KEY,
    tags=["campaigns"],
    operation_id="move_campaign",
    status_code=200,
    responses=_campaign("The campaign in its new state.") | refuses(*WRITES, CampaignStateConflict),
)
async def move_campaign(
    request: Request[Any, Any, Any],
    campaign_id: FromPath[UUID],
    verb: FromPath[Literal["activate", "pause", "resume", "end", "kill"]],
    data: JSONBody[Why | None] = None,
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Activate a draft, pause and resume it, end it, or kill it.

    An ended campaign still pays what happened before its end; a killed one pays nothing any more.
    """
    by, reason = holder(request).who, data.reason if data else ""

    async def move() -> CampaignView:
        await _reachable(request, campaign_id)
        match verb:
            case "activate":
                return await lifecycle.activate(campaign_id, by=by)
            case "pause":
                return await lifecycle.pause(campaign_id, reason=reason, by=by)
            case "resume":
                return await lifecycle.resume(campaign_id, by=by)
            case "end":
                return await lifecycle.end(campaign_id, reason=reason, by=by)
            case "kill":
                return await lifecycle.kill(campaign_id, reason=reason, by=by)

    return await once(request, move, status=200)


@post(
    "/v1/campaigns/{campaign_id:uuid}/budget",
    guards=[Scoped(Scope.campaigns_write)],
    security=KEY,
    tags=["campaigns"],
    operation_id="top_up_budget",
    status_code=200,
    responses={200: ResponseSpec(Budget, generate_examples=False, description="The budget as it is now.")}
    | refuses(*MOVES),
)
async def top_up_budget(
    request: Request[Any, Any, Any],
    campaign_id: FromPath[UUID],
    data: JSONBody[TopUp],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Let a campaign spend so much more. What an empty budget denied is paid once it is driven again."""

    async def top_up() -> Budget:
        await _reachable(request, campaign_id)
        return await budgets.top_up(
            campaign_id, asset=data.asset, amount_minor=data.amount_minor, by=holder(request).who
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
    responses=refuses(*READS, RulesRefused),
)
async def dry_run(
    request: Request[Any, Any, Any], campaign_id: FromPath[UUID], data: JSONBody[Trial | None] = None
) -> DryRun:
    """What rules would have cost and paid over the program's latest activities. It changes nothing."""
    await _reachable(request, campaign_id)
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
        await _reachable(request, campaign_id)
        return Driven(await activities.drive_campaign_again(campaign_id))

    answer = await once(request, drive, status=202)
    process_of(request).doorbell.ring("drain")
    return answer


async def _reachable(request: Request[Any, Any, Any], campaign_id: UUID) -> CampaignView:
    campaign = await lifecycle.find_campaign(campaign_id)
    within(request, campaign.program_id)
    return campaign


ROUTES = [
    create_campaign,
    list_campaigns,
    find_campaign,
    add_version,
    list_versions,
    move_campaign,
    top_up_budget,
    dry_run,
    drive_campaign_again,
]

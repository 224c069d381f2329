"""Campaigns over HTTP: drafted, given new rules, started and stopped."""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from api.callers import Scoped, holder
from api.confines import READS, WRITES, within
from api.cursors import Limit, next_page
from api.examples import AN_ID, like
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import refuses
from core.access import Scope
from core.text import Line
from core.times import Moment
from programs import lifecycle
from programs.budgets import TooMuchIssued
from programs.lifecycle import CampaignStateConflict, CampaignView, NewCampaign, VersionView
from programs.rules import Rules, RulesRefused

# What an example of a campaign says: 450 bonus units for each code of a product, at most 20 a day.
RULES = {
    "trigger": "code_scanned",
    "asset": "BON",
    "effects": [{"pay": "fixed", "amount_minor": 45_000}],
    "eligibility": {"products": [AN_ID], "starts_on": "2026-12-01", "ends_on": "2027-02-28"},
    "conditions": [],
    "limits": [{"scope": "agent", "period": "day", "max_count": 20}],
    "wait_seconds": 1_209_600,
}


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


def _campaign(told: str, status: int = 200) -> dict[int, ResponseSpec]:
    return {status: ResponseSpec(CampaignView, generate_examples=False, description=told)}


@post(
    "/v1/programs/{program_id:uuid}/campaigns",
    guards=[Scoped(Scope.campaigns_write)],
    security=KEY,
    tags=["campaigns"],
    operation_id="create_campaign",
    status_code=201,
    responses=_campaign("The draft.", 201) | refuses(*WRITES, RulesRefused, TooMuchIssued),
)
async def create_campaign(
    request: Request[Any, Any, Any],
    program_id: FromPath[UUID],
    data: Annotated[NewCampaign, like(name="Зима", rules=RULES, budget_minor=50_000_000)],
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
    return await reachable(request, campaign_id)


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
    data: Annotated[NewVersion, like(rules=RULES, effective_from="2027-01-01T00:00:00Z")],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Give a campaign new rules; what was decided by the old ones stays decided."""

    async def add() -> CampaignView:
        await reachable(request, campaign_id)
        return await lifecycle.add_version(
            campaign_id, data.rules, effective_from=data.effective_from, by=holder(request).who
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
    await reachable(request, campaign_id)
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
        await reachable(request, campaign_id)
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


async def reachable(request: Request[Any, Any, Any], campaign_id: UUID) -> CampaignView:
    """The campaign, if the caller's key reaches its program; NotFound otherwise."""
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
]

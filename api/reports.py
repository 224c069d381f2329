"""Reports over HTTP: what purchases brought and what was given for them; what a campaign would have cost last year."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter

from api.callers import Scoped, holder
from api.campaigns import reachable
from api.confines import READS, WRITES, within
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import refuses
from api.process import process_of
from codes import past_costs, reports
from codes.reports import By, DaysWrong, Report
from core.access import Scope
from programs.installation import find_program

Since = Annotated[date | None, QueryParameter(name="from", description="The first day, by the program's calendar.")]
Until = Annotated[date | None, QueryParameter(name="to", description="The last day, included; at most 366 of them.")]


class PastCostJob(msgspec.Struct, frozen=True):
    """The job that counts; its result is there when it is done."""

    job_id: UUID


@get(
    "/v1/programs/{program_id:uuid}/report",
    guards=[Scoped(Scope.campaigns_read)],
    security=KEY,
    tags=["campaigns"],
    operation_id="read_report",
    responses=refuses(*READS, DaysWrong),
)
async def read_report(
    request: Request[Any, Any, Any],
    program_id: FromPath[UUID],
    *,
    since: Since = None,
    until: Until = None,
    by: FromQuery[By] = By.DAY,
    campaign_id: FromQuery[UUID | None] = None,
) -> Report:
    """What purchases brought and what was given for them, by product, shop, day or campaign.

    Without days it is about the last thirty. Goods that came back and bonuses that were taken back are left out. A row
    that is about fewer participants than may be told keeps their number and their bonus to itself, and so does such a
    whole; campaigns keep the number alone.
    """
    program = await find_program(within(request, program_id))
    return await reports.report(
        program,
        await reports.days_between(program, since, until),
        by=by,
        campaign_id=campaign_id,
        participants_min=process_of(request).settings.report_participants_min,
    )


@post(
    "/v1/campaigns/{campaign_id:uuid}/past-cost",
    guards=[Scoped(Scope.campaigns_write)],
    security=KEY,
    tags=["campaigns"],
    operation_id="count_past_cost",
    status_code=202,
    responses={202: ResponseSpec(PastCostJob, generate_examples=False, description="The year is being counted.")}
    | refuses(*WRITES),
)
async def count_past_cost(
    request: Request[Any, Any, Any], campaign_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Play a campaign's newest rules over its program's last year; the job's result says what they would have cost."""

    async def begin() -> PastCostJob:
        await reachable(request, campaign_id)
        return PastCostJob(await past_costs.begin(campaign_id, by=holder(request).who))

    answer = await once(request, begin, status=202)
    process_of(request).doorbell.ring("jobs")
    return answer


ROUTES = [read_report, count_past_cost]

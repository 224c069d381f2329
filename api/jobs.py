"""Jobs over HTTP: how far a long piece of work is."""

from typing import Any
from uuid import UUID

from litestar import Request, get
from litestar.params import FromPath

from api.callers import Scoped
from api.confines import READS, everywhere, within
from api.openapi import KEY
from api.problems import refuses
from codes import batches
from core import jobs
from core.access import Scope
from core.jobs import Job
from programs.lifecycle import find_campaign


@get(
    "/v1/jobs/{job_id:uuid}",
    guards=[Scoped(Scope.codes_read)],
    security=KEY,
    tags=["jobs"],
    operation_id="find_job",
    responses=refuses(*READS),
)
async def find_job(request: Request[Any, Any, Any], job_id: FromPath[UUID]) -> Job:
    """How far a job is, in percent; its result once it is done, or why it failed."""
    job = await jobs.find(job_id)
    # Jobs have no program of their own: most of them are about a batch or a campaign, which have.
    if batch_id := job.params.get("batch_id"):
        within(request, (await batches.find(UUID(batch_id))).program_id)
    elif campaign_id := job.params.get("campaign_id"):
        within(request, (await find_campaign(UUID(campaign_id))).program_id)
    else:
        everywhere(request)
    return job


ROUTES = [find_job]

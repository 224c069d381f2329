"""Stories over HTTP: what became of each scan, and why."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, get
from litestar.params import FromPath, FromQuery

from api.callers import agent_of, agents
from api.cursors import Limit, next_page
from api.openapi import AGENT
from api.problems import refuses
from api.proven import READS
from core.refusals import NotFound
from programs.explanation import Explanation
from referrals import stories
from referrals.explanations import explain_activity
from referrals.stories import Story


class Stories(msgspec.Struct, frozen=True):
    """Activities, the newest first; `before` asks for those behind this page."""

    activities: list[Story]
    before: UUID | None


class ExplainedStory(msgspec.Struct, frozen=True):
    """An activity, and what every campaign says to it, condition by condition; None for whoever only has a share."""

    activity: Story
    explanation: Explanation | None


@get(
    "/v1/activities",
    guards=[agents],
    security=AGENT,
    tags=["activities"],
    operation_id="list_activities",
    responses=refuses(*READS),
)
async def list_activities(
    request: Request[Any, Any, Any], *, before: FromQuery[UUID | None] = None, limit: Limit = 50
) -> Stories:
    """What the agent did, each with its bonuses: how much, how far, from when, or why not."""
    page = await stories.page(agent_of(request).agent_id, before=before, limit=limit)
    return Stories(page, next_page(page, limit, cursor=lambda story: story.activity_id))


@get(
    "/v1/activities/{activity_id:uuid}",
    guards=[agents],
    security=AGENT,
    tags=["activities"],
    operation_id="read_activity",
    responses=refuses(*READS, NotFound),
)
async def read_activity(request: Request[Any, Any, Any], activity_id: FromPath[UUID]) -> ExplainedStory:
    """One activity with its bonuses, and the rules' answer to it worked out anew."""
    agent_id = agent_of(request).agent_id
    story = await stories.find(agent_id, activity_id)
    return ExplainedStory(story, await explain_activity(agent_id, activity_id))


ROUTES = [list_activities, read_activity]

"""Risk events over HTTP: what looks wrong, with its facts and what it holds; a moderator clears or confirms it."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter

from api.callers import Scoped, holder
from api.confines import READS, WRITES, everywhere, reach, within
from api.cursors import Limit, next_page
from api.examples import like
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import refuses
from codes import thresholds
from codes.thresholds import Thresholds
from core.access import Scope
from core.text import Line
from referrals import risk_decisions, risks
from referrals.risk_decisions import Decision, RiskDecided
from referrals.risks import RiskEvent, RiskKind, RiskState
from wallets import holds
from wallets.holds import HeldLot


class RiskEvents(msgspec.Struct, frozen=True):
    """Suspicions, the longest open first; `after` asks for those behind this page."""

    events: list[RiskEvent]
    after: UUID | None


class RiskCase(msgspec.Struct, frozen=True):
    """A suspicion and the bonuses that it holds, an accrual's id being its lot's; `after` asks for further ones."""

    event: RiskEvent
    held: list[HeldLot]
    after: UUID | None


class RiskVerdict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Cleared or confirmed, and why; of a confirmation the note is what the agents read as the reason.

    Only if it is asked for is the suspected agent's spending stopped as well, until somebody throws the switch back.
    """

    decision: Decision
    note: Line
    freeze_spending: bool = False


@get(
    "/v1/risk-events",
    guards=[Scoped(Scope.operations_read)],
    security=KEY,
    tags=["risks"],
    operation_id="list_risk_events",
    responses=refuses(*READS),
)
async def list_risk_events(
    request: Request[Any, Any, Any],
    *,
    which: Annotated[RiskState, QueryParameter(name="state")] = RiskState.open,
    kind: FromQuery[RiskKind | None] = None,
    program_id: FromQuery[UUID | None] = None,
    after: FromQuery[UUID | None] = None,
    limit: Limit = 100,
) -> RiskEvents:
    """Suspicions in a state: open ones wait for a person. What each kind means stands in the documents."""
    events = await risks.page(
        state=which,
        kinds=RiskKind if kind is None else [kind],
        program_id=reach(request) if program_id is None else within(request, program_id),
        after=after,
        limit=limit,
    )
    return RiskEvents(events, next_page(events, limit, cursor=lambda event: event.id))


@get(
    "/v1/risk-events/{risk_id:uuid}",
    guards=[Scoped(Scope.operations_read)],
    security=KEY,
    tags=["risks"],
    operation_id="read_risk_event",
    responses=refuses(*READS),
)
async def read_risk_event(
    request: Request[Any, Any, Any],
    risk_id: FromPath[UUID],
    *,
    after: FromQuery[UUID | None] = None,
    limit: Limit = 100,
) -> RiskCase:
    """One suspicion with its facts, and the bonuses that wait for its end."""
    event = await risks.find(risk_id, program_id=reach(request))
    held = await holds.held_for(risk_id, after=after, limit=limit)
    return RiskCase(event, held, next_page(held, limit, cursor=lambda lot: lot.lot_id))


@post(
    "/v1/risk-events/{risk_id:uuid}/decision",
    guards=[Scoped(Scope.risks_decide)],
    security=KEY,
    tags=["risks"],
    operation_id="decide_risk_event",
    status_code=200,
    responses={200: ResponseSpec(RiskEvent, generate_examples=False, description="The event as it was decided.")}
    | refuses(*WRITES, RiskDecided),
)
async def decide_risk_event(
    request: Request[Any, Any, Any],
    risk_id: FromPath[UUID],
    data: Annotated[RiskVerdict, like(decision="clear", note="The printer has shown his counters: no roll ran twice")],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Decide, once: cleared, what was held is free, at once if it is due; confirmed, it is taken back in seconds."""
    program_id = reach(request)
    if data.freeze_spending:
        # An agent's wallet belongs to the whole installation.
        everywhere(request)
    return await once(
        request,
        lambda: risk_decisions.decide(
            risk_id,
            decision=data.decision,
            note=data.note,
            freeze_spending=data.freeze_spending,
            by=holder(request).who,
            program_id=program_id,
        ),
        status=200,
    )


@get(
    "/v1/programs/{program_id:uuid}/watch",
    guards=[Scoped(Scope.operations_read)],
    security=KEY,
    tags=["risks"],
    operation_id="read_watch",
    responses=refuses(*READS),
)
async def read_watch(request: Request[Any, Any, Any], program_id: FromPath[UUID]) -> Thresholds:
    """From how much on the watch suspects and holds in a program."""
    return await thresholds.of_program(within(request, program_id))


@put(
    "/v1/programs/{program_id:uuid}/watch",
    guards=[Scoped(Scope.risks_decide)],
    security=KEY,
    tags=["risks"],
    operation_id="draw_watch",
    responses={200: ResponseSpec(Thresholds, generate_examples=False, description="The lines from now on.")}
    | refuses(*WRITES),
)
async def draw_watch(
    request: Request[Any, Any, Any],
    program_id: FromPath[UUID],
    data: Annotated[Thresholds, like(carton_agents=12, pace_day=2_000)],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Draw a program's own lines; what is left out is the default."""
    within(request, program_id)
    return await once(request, lambda: thresholds.draw(program_id, data, by=holder(request).who), status=200)


ROUTES = [list_risk_events, read_risk_event, decide_risk_event, read_watch, draw_watch]

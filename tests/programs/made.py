"""Activities, rules and campaigns made for tests: everything has a plain default, a test says only what matters."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from core.ids import uuid7
from programs.campaign import Campaign, CampaignState, prepare
from programs.effects import Fixed
from programs.facts import ActivityKind, Facts, Line
from programs.rules import Rules
from programs.standing import Standing

MOSCOW = ZoneInfo("Europe/Moscow")
# A Sunday; in Moscow it is 13:00.
NOON = datetime(2026, 11, 22, 10, tzinfo=UTC)
LONG_AGO = NOON - timedelta(days=365)

PROGRAM, AGENT, BOILER, PUMP, VALVE, SHOP = (UUID(int=n) for n in range(1, 7))


def line(product_id: UUID | None = BOILER, *, quantity: int = 1, amount_minor: int | None = 100_000) -> Line:
    return Line(product_id, "SKU", quantity, amount_minor, None if amount_minor is None else "RUB")


def bought(*lines: Line, days_ago: float = 0, **changes: Any) -> Facts:
    """A purchase, online unless told otherwise: accepted when it happened."""
    at = NOON - timedelta(days=days_ago)
    facts = Facts(
        activity_id=uuid7(),
        kind=ActivityKind.RECEIPT_MATCHED,
        program_id=PROGRAM,
        agent_id=AGENT,
        occurred_at=at,
        accepted_at=at,
        lines=lines or (line(),),
    )
    return msgspec.structs.replace(facts, **changes)


def standing(*earlier: Facts) -> Standing:
    made = Standing(MOSCOW, "RUB")
    for facts in earlier:
        made.add(facts)
    return made


def rules(**changes: Any) -> Rules:
    plain: dict[str, Any] = {
        "trigger": ActivityKind.RECEIPT_MATCHED,
        "asset": "RUB",
        "effects": (Fixed(amount_minor=500),),
    }
    return Rules(**(plain | changes))


def campaign(*versions: Rules, state: CampaignState = CampaignState.ACTIVE, **changes: Any) -> Campaign:
    """A campaign that has run for a year; a second version came into force 10 days ago, a third 5 days ago."""
    campaign_id = changes.pop("id", None) or uuid7()
    starts = (LONG_AGO, NOON - timedelta(days=10), NOON - timedelta(days=5))
    prepared = tuple(
        prepare(one, campaign_id=campaign_id, version=number, effective_from=start, zone=MOSCOW)
        for number, (one, start) in enumerate(zip(versions or (rules(),), starts, strict=False), start=1)
    )
    made = Campaign(
        id=campaign_id, program_id=PROGRAM, name="Зима", state=state, versions=prepared, activated_at=LONG_AGO
    )
    return msgspec.structs.replace(made, **changes)

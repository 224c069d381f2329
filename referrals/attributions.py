"""Attributions: whose each sale was, by which evidence, and what became of the others who had a claim to it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from core.bundle import Write
from core.db import fetch_value
from programs.attribution import EvidenceKind
from programs.facts import Facts
from referrals.journal import Entry, JournalKind

# Why a claim that the rules would have let through did not get the sale.
WEAKER_EVIDENCE = "weaker_evidence"
LOWER_PRIORITY = "lower_priority"
OUTRANKED = frozenset({WEAKER_EVIDENCE, LOWER_PRIORITY})


class Claim(msgspec.Struct, frozen=True, omit_defaults=True):
    """An agent's claim to a sale: by what, and whether he has it, was outranked, or was refused by the rules."""

    agent_id: UUID
    evidence: EvidenceKind
    campaign_id: UUID
    code: str
    outcome: str
    # Whether its campaign lets the agent know in which shop the sale was.
    shop_told: bool = True


class Given(msgspec.Struct, frozen=True):
    """What an agent gave up of a bonus for the customer's discount; returns keep the proportion."""

    campaign_id: UUID
    effect: int
    agent_id: UUID
    gross_minor: int
    given_minor: int


class Attributed(msgspec.Struct, frozen=True):
    """A decided sale: the agent who has it, by what, and all the claims."""

    agent_id: UUID
    campaign_id: UUID
    evidence: EvidenceKind
    claims: tuple[Claim, ...]


class AttributionView(msgspec.Struct, frozen=True):
    """What one agent may know of a sale that he had a claim to; of the others he learns nothing."""

    evidence: EvidenceKind
    outcome: Literal["won", "outranked", "refused"]
    reason: str | None


def writing(facts: Facts, attributed: Attributed, given: Sequence[Given], *, at: datetime) -> Write:
    """What writes down whose a sale was, once for ever, to be carried out with the sale."""
    return Write(
        """attributed AS (
           INSERT INTO attribution (activity_id, program_id, agent_id, campaign_id, evidence, claims, given, at)
           VALUES ($1, $2, $3, $4, $5, $6::json, $7::json, $8))""",
        (
            facts.activity_id,
            facts.program_id,
            attributed.agent_id,
            attributed.campaign_id,
            attributed.evidence.value,
            msgspec.json.encode(attributed.claims).decode(),
            msgspec.json.encode(given).decode(),
            at,
        ),
    )


def told_outranked(facts: Facts, attributed: Attributed, *, shop: str) -> list[Entry]:
    """What the agents are told whose claims were good, and weaker than the winner's; once each."""
    losers = {
        claim.agent_id: claim
        for claim in reversed(attributed.claims)
        if claim.outcome in OUTRANKED and claim.agent_id != attributed.agent_id
    }
    return [
        Entry(
            agent_id=claim.agent_id,
            kind=JournalKind.client_elsewhere,
            activity_id=facts.activity_id,
            facts={"reason": claim.outcome} | ({"shop": shop} if claim.shop_told else {}),
        )
        for claim in losers.values()
    ]


async def view_of(agent_id: UUID, activity_id: UUID) -> AttributionView | None:
    """The agent's own claim to a sale, the best that he had; None where he had none."""
    stored = await fetch_value("SELECT claims FROM attribution WHERE activity_id = $1", activity_id)
    own = [claim for claim in _decoder.decode(stored) if claim.agent_id == agent_id] if stored else []
    return _view(own) if own else None


async def given_for(activity_id: UUID) -> tuple[Given, ...]:
    """What agents gave of their bonuses for the discount of a sale."""
    stored = await fetch_value("SELECT given FROM attribution WHERE activity_id = $1", activity_id)
    return _given_decoder.decode(stored) if stored else ()


def _view(claims: Sequence[Claim]) -> AttributionView:
    best = min(claims, key=lambda claim: (claim.outcome != "won", claim.outcome not in OUTRANKED))
    if best.outcome == "won":
        return AttributionView(best.evidence, "won", None)
    return AttributionView(best.evidence, "outranked" if best.outcome in OUTRANKED else "refused", best.outcome)


_decoder = msgspec.json.Decoder(tuple[Claim, ...])
_given_decoder = msgspec.json.Decoder(tuple[Given, ...])

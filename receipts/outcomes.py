"""Outcomes: what becomes of a claim that is looked at: it waits for its goods, for a person, or earns its bonus."""

from datetime import datetime
from uuid import UUID

from core.db import fetch_row
from programs.campaign import CampaignState
from programs.facts import ActivityKind, Facts
from programs.snapshot import Snapshot
from programs.trust import Trust
from receipts import claims, neighbours, returns
from receipts.claims import Claim
from receipts.evidence import pay
from receipts.fiscal.frame import Operation
from receipts.matching import match


async def settle(claim: Claim, snapshot: Snapshot, *, now: datetime) -> Facts | None:
    """Bring a claim as far as it gets by itself, and return what the rules are asked about, if they are.

    Joins the caller's transaction, which holds the till and has the claim's row.
    """
    facts = await _settled(claim, snapshot, now=now)
    await claims.save(claim)
    return facts


async def _settled(claim: Claim, snapshot: Snapshot, *, now: datetime) -> Facts | None:
    programs = _programs(claim, snapshot)
    if claim.lines:
        claim.program_id = await match(claim.lines, programs, seller=claim.seller) or claim.program_id
    elif claim.program_id is None and len(programs) == 1:
        [claim.program_id] = programs
    claim.provisional = claim.trust.rank < trust_asked(snapshot, claim.program_id).rank
    if claim.operation is Operation.RETURN and claim.lines:
        await returns.take_back(claim, snapshot, now=now)
        return None
    claim.state, claim.reason = await _state(claim)
    if claim.state != "matched":
        return None
    return await pay(claim, snapshot, now=now)


async def _state(claim: Claim) -> tuple[str, str]:
    if await neighbours.out_of_order(claim):
        return "in_review", "out_of_order"
    if not claim.lines:
        return "pending_issuer", "no_items"
    if claim.has_buyer_tax_number:
        return "in_review", "company_buyer"
    if not any(line.pays for line in claim.lines):
        return "in_review", "no_matching_items"
    if await _sold_before(claim):
        return "in_review", "sold_before"
    return ("pending_issuer", "unproven") if claim.provisional else ("matched", "")


def trust_asked(snapshot: Snapshot, program_id: UUID | None) -> Trust:
    """The least that any running campaign for receipts asks for."""
    asked = [
        campaign.versions[-1].rules.trust
        for campaign in snapshot.campaigns.values()
        if campaign.state is CampaignState.ACTIVE
        and program_id in (None, campaign.program_id)
        and campaign.versions[-1].rules.trigger is ActivityKind.RECEIPT_MATCHED
    ]
    return min(asked, key=lambda trust: trust.rank, default=Trust.PLAUSIBLE)


def _programs(claim: Claim, snapshot: Snapshot) -> list[UUID]:
    """The programs that the receipt may belong to: the one that was named, or those that count in its currency."""
    if claim.program_id is not None:
        return [claim.program_id]
    return sorted(program.id for program in snapshot.programs.values() if program.currency == claim.currency)


async def _sold_before(claim: Claim) -> bool:
    """Whether a piece of these goods stands on another receipt, and has not come back since."""
    keys = [line.item_key for line in claim.lines if line.item_key]
    if len(set(keys)) < len(keys):
        return True
    await claims.hold_items(keys)
    found = await fetch_row(
        """SELECT FROM receipt_line JOIN receipt ON receipt.id = receipt_id
           WHERE item_key = ANY($1) AND receipt_id <> $2 AND state NOT IN ('rejected', 'returned')
             AND operation = 'sale' AND returned_by IS NULL LIMIT 1""",
        keys,
        claim.id,
    )
    return found is not None

"""Outcomes: what becomes of a claim that is looked at: it waits for its goods, for a person, or earns its bonus."""

from datetime import datetime
from typing import Final
from uuid import UUID

from core.db import fetch_row
from programs.campaign import Campaign, CampaignState
from programs.facts import ActivityKind, Facts
from programs.snapshot import Snapshot
from programs.trust import Trust
from receipts import chains, claims, inquiries, neighbours, returns, rivals
from receipts.claims import Claim
from receipts.evidence import pay
from receipts.fiscal.frame import Operation
from receipts.matching import match
from referrals import journal
from referrals.journal import JournalKind

_COMPANIES: Final = {"pay": None, "review": "in_review", "refuse": "rejected"}


async def settle(claim: Claim, snapshot: Snapshot, *, now: datetime) -> Facts | None:
    """Bring a claim as far as it gets by itself, and return what the rules are asked about, if they are.

    Joins the caller's transaction, which holds the till and has the claim's row.
    """
    facts = await _settled(claim, snapshot, now=now)
    await claims.save(claim)
    if claim.is_confirmed:
        await rivals.give_way(claim, now=now)
    if claim.state == "pending_issuer" or (claim.state == "in_review" and not claim.lines):
        await inquiries.begin(claim.id, claim.format, now=now)
    if claim.state == "rejected":
        await journal.tell(claim.agent_id, JournalKind.denied, at=now, reason=claim.reason, receipt_id=claim.id)
    return facts


async def _settled(claim: Claim, snapshot: Snapshot, *, now: datetime) -> Facts | None:
    programs = _programs(claim, snapshot)
    if claim.lines:
        claim.program_id = await _matched(claim, programs, snapshot) or claim.program_id
    elif claim.program_id is None and len(programs) == 1:
        [claim.program_id] = programs
    claim.provisional = claim.trust.rank < trust_asked(snapshot, claim.program_id).rank
    if claim.operation is Operation.RETURN and claim.lines:
        await returns.take_back(claim, snapshot, now=now)
        return None
    claim.state, claim.reason = await _state(claim, snapshot, now=now)
    if claim.state != "matched":
        return None
    await returns.wake(claim, now=now)
    return await pay(claim, snapshot, now=now)


async def _matched(claim: Claim, programs: list[UUID], snapshot: Snapshot) -> UUID | None:
    return await match(claim.lines, programs, seller=claim.seller, catalogue=snapshot.revision.catalogue)


async def _state(claim: Claim, snapshot: Snapshot, *, now: datetime) -> tuple[str, str]:
    doubt = await _doubt(claim, snapshot, now=now)
    if doubt is not None:
        return doubt
    if claim.provisional:
        return "pending_issuer", "unproven"
    if await rivals.is_contested(claim):
        return "in_review", "contested"
    if any(line.is_unsure for line in claim.lines):
        return "matched" if _pays_parts(claim, snapshot) else "in_review", claims.UNSURE
    return "matched", ""


async def _doubt(claim: Claim, snapshot: Snapshot, *, now: datetime) -> tuple[str, str] | None:
    """What keeps a receipt from being paid for, however well it is proven."""
    if await neighbours.out_of_order(claim) or await chains.is_broken(claim):
        return "in_review", "out_of_order"
    if not claim.lines:
        return "pending_issuer", "no_items"
    if claim.has_buyer_tax_number and (refusal := _COMPANIES[_company_receipts(claim, snapshot)]) is not None:
        return refusal, "company_buyer"
    if not any(line.pays for line in claim.lines):
        return ("rejected", "goods_returned") if _all_came_back(claim) else ("in_review", "no_matching_items")
    if await _sold_before(claim):
        return await _sold_again(claim, snapshot, now=now)
    return None


def _all_came_back(claim: Claim) -> bool:
    """Whether the maker's goods on it had been brought back before it was handed in."""
    known = any(line.may_pay and line.product_id is not None for line in claim.lines)
    return known and not any(line.is_unsure for line in claim.lines)


async def _sold_again(claim: Claim, snapshot: Snapshot, *, now: datetime) -> tuple[str, str] | None:
    """Goods that came back without a word may be sold once more: the issuer says so, or a person."""
    if not await returns.is_sale_anew(claim):
        return "in_review", "sold_before"
    if await returns.sold_again(claim, snapshot, now=now):
        return None
    claim.due_at = now + returns.LATER
    return "deferred", ""


def _pays_parts(claim: Claim, snapshot: Snapshot) -> bool:
    """Whether every running campaign that pays for receipts lets what is sure be paid before what is not."""
    return all(campaign.versions[-1].rules.partial_matches == "pay" for campaign in _paying(claim.program_id, snapshot))


def _company_receipts(claim: Claim, snapshot: Snapshot) -> str:
    """What the program's law says of a receipt that names a company as its buyer; a person decides where none does."""
    program = snapshot.programs.get(claim.program_id) if claim.program_id else None
    return program.company_receipts if program else "review"


def trust_asked(snapshot: Snapshot, program_id: UUID | None) -> Trust:
    """The least that any running campaign for receipts asks for."""
    asked = [campaign.versions[-1].rules.trust for campaign in _paying(program_id, snapshot)]
    return min(asked, key=lambda trust: trust.rank, default=Trust.PLAUSIBLE)


def _paying(program_id: UUID | None, snapshot: Snapshot) -> list[Campaign]:
    """The running campaigns for receipts, of a program or of all."""
    return [
        campaign
        for campaign in snapshot.campaigns.values()
        if campaign.state is CampaignState.ACTIVE
        and program_id in (None, campaign.program_id)
        and campaign.versions[-1].rules.trigger is ActivityKind.RECEIPT_MATCHED
    ]


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

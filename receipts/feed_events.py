"""Feed events: receipts that a feed pushes: kept, believed, held against what agents have claimed, and credited."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
import structlog

from core.db import transaction
from core.refusals import DomainError
from programs.snapshot import Snapshot, current_snapshot
from receipts import claims, confirmations, fed, inquiries, intake, later_goods, returns, rivals
from receipts.door import Policy, objection
from receipts.fed import Fed
from receipts.feeds import Feed
from receipts.fiscal import russia_documents
from receipts.fiscal.frame import Operation, Receipt, ReceiptUnverified, judged
from receipts.fiscal.keyring import KeyRing
from receipts.submissions import Submission
from receipts.tills import place_of

_log = structlog.get_logger()


class Brought(msgspec.Struct, frozen=True):
    """A receipt of an event, the agent whose promo code stood on it, and of a return the sale that it names."""

    receipt: Receipt
    agent_id: UUID | None = None
    sale: str | None = None


class FedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one receipt of an event; `slug` says why it was refused, or why its agent has not got it."""

    identity: str
    outcome: Literal["kept", "known", "confirmed", "credited", "refused"]
    slug: str | None = None


async def take(feed: Feed, event: Sequence[Brought], *, policy: Policy) -> list[FedAnswer]:
    """Take the receipts of an event in, one after another; doing it again changes nothing."""
    return [await _take(feed, one, policy) for one in event]


async def _take(feed: Feed, one: Brought, policy: Policy) -> FedAnswer:
    receipt = one.receipt
    if feed.sellers and receipt.seller not in feed.sellers:
        return FedAnswer(identity=receipt.identity, outcome="refused", slug="seller_not_of_feed")
    kept = await _keep(feed, one, policy)
    if kept.outcome == "refused" or one.agent_id is None or receipt.operation is not Operation.SALE:
        return kept
    asked = Submission(
        receipt=receipt,
        is_document=True,
        agent_id=one.agent_id,
        client_key=hashlib.blake2b(f"feed {receipt.identity}".encode(), digest_size=16).digest(),
        request_hash=hashlib.sha256(receipt.identity.encode()).digest(),
        program_id=feed.program_id,
        is_fed=True,
    )
    taken = await intake.claim(asked, policy=policy)
    if isinstance(taken, DomainError):
        return msgspec.structs.replace(kept, slug=taken.slug)
    return msgspec.structs.replace(kept, outcome="credited")


async def _keep(feed: Feed, one: Brought, policy: Policy) -> FedAnswer:
    receipt = one.receipt
    snapshot = await current_snapshot(age_seconds_max=0)
    async with transaction() as now:
        found = judged(receipt, russia_documents.verify(receipt, KeyRing()))
        refusal = objection(found, policy, now=now)
        if refusal is not None:
            return FedAnswer(identity=receipt.identity, outcome="refused", slug=refusal.slug)
        await intake.hold_till(place_of(receipt).point)
        sale = one.sale if receipt.operation is Operation.RETURN else None
        kept = await fed.keep(feed.id, receipt, sale=sale, now=now)
        if kept is None:
            return await _known(receipt)
        outcome = await _hold_against_claims(kept, receipt, snapshot, now=now)
    return FedAnswer(identity=receipt.identity, outcome=outcome)


async def _known(receipt: Receipt) -> FedAnswer:
    """The same again is nothing new; the same document with other words is not believed."""
    before = await fed.find(receipt.identity)
    again = fed.said_of(receipt)
    if before is not None and (before.said.total_minor, before.said.issued_at) == (again.total_minor, again.issued_at):
        return FedAnswer(identity=receipt.identity, outcome="known")
    return FedAnswer(identity=receipt.identity, outcome="refused", slug=ReceiptUnverified.slug)


async def _hold_against_claims(
    kept: Fed, receipt: Receipt, snapshot: Snapshot, *, now: datetime
) -> Literal["kept", "confirmed"]:
    outcome: Literal["kept", "confirmed"] = "kept"
    for claim in await claims.live(receipt.identity, place_of(receipt)):
        if claim.identity != receipt.identity or not kept.said.fits(claim):
            await rivals.disprove(claim, by=kept.id, now=now)
        elif confirmations.waits(claim):
            await confirmations.confirm(claim, kept.said.word(), snapshot, now=now)
            await inquiries.close(claim.id, state="answered", now=now)
            outcome = "confirmed"
        elif claim.is_open:
            await later_goods.take_word(claim, kept.said.word(), snapshot, now=now)
            outcome = "confirmed"
    return outcome


async def carry_out_returns(limit: int = 100) -> None:
    """Take back what feeds have told the return of, each in a transaction of its own."""
    for fed_id in await fed.waiting_returns(limit):
        try:
            await _carry_out(fed_id)
        except Exception:  # noqa: BLE001 - the outermost edge of each.
            # One return that breaks keeps nobody else's waiting.
            _log.exception("fed_return.broke", fed_id=str(fed_id))


async def _carry_out(fed_id: UUID) -> None:
    snapshot = await current_snapshot(age_seconds_max=0)
    async with transaction() as now:
        waiting = await fed.held_return(fed_id)
        if waiting is None:
            return
        said, sale = waiting
        if await returns.take_back_fed(said.lines, sale, snapshot, by=fed_id, now=now):
            await fed.carried_out(fed_id, now=now)

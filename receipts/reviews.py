"""Reviews: receipts that a person looks at: he says what each line is, or why the receipt is not accepted."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from core import audit
from core.access import confirm
from core.db import execute, fetch, fetch_value, transaction
from core.ids import uuid7
from core.refusals import Conflict, NotFound, Unprocessable
from programs.snapshot import Snapshot, current_snapshot
from receipts import claims, intake, returns, views
from receipts.claims import Claim, ClaimedLine
from receipts.desk import proposal_of
from receipts.evidence import pay
from receipts.fiscal.frame import Operation
from receipts.matching import name_hash, plain
from receipts.views import ReceiptView
from referrals import joints, journal
from referrals.journal import JournalKind

_REFUSED = "receipt_refused"


class ReceiptDecided(Conflict):
    slug = "receipt_decided"
    title = "Nobody has to decide about this receipt any more"


class LineRefused(Unprocessable):
    """Facts: the `place` of the line, and the `problem`."""

    slug = "line_refused"
    title = "This line cannot be accepted as that"


class ReviewedReceipt(msgspec.Struct, frozen=True):
    """A receipt that waits for a person: whose it is, and all that is known of it."""

    agent_id: UUID
    alias: str
    alias_en: str
    seller: str | None
    receipt: ReceiptView


async def waiting(program_id: UUID | None, *, after: UUID | None = None, limit: int) -> list[ReviewedReceipt]:
    """The receipts that wait for a person, the oldest first; who is confined to a program sees its own."""
    rows = await fetch(
        f"""SELECT {views.COLUMNS}, agent_id, seller,
                   (SELECT alias FROM agent WHERE agent.id = agent_id) AS alias,
                   (SELECT alias_en FROM agent WHERE agent.id = agent_id) AS alias_en
            FROM receipt WHERE state = 'in_review' AND ($1::uuid IS NULL OR program_id = $1)
              AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3""",  # noqa: S608 - ours.
        program_id,
        after,
        limit,
    )
    return [
        ReviewedReceipt(row["agent_id"], row["alias"], row["alias_en"], row["seller"], view)
        for row, view in zip(rows, await views.views_of(rows), strict=True)
    ]


async def accept(
    receipt_id: UUID,
    products: Mapping[int, UUID],
    *,
    note: str,
    by: str,
    program_id: UUID | None = None,
    same_purchase_as: UUID | None = None,
    second_person_minor: int | None = None,
) -> ReceiptView:
    """Accept a receipt with these products for its lines, by their places; what they are called there is learned.

    Goods without a marking may be those of another activity, by product and time: only a person can say so. Raises
    ReceiptDecided, LineRefused, NotFound. A line that nobody names stays what it was taken for. From
    `second_person_minor` on the first one only proposes it, and another person decides: SecondPersonNeeded.
    """
    snapshot = await current_snapshot(age_seconds_max=0)
    async with transaction() as now:
        claim = await _held(receipt_id, program_id)
        if claim.operation is not Operation.SALE:
            raise LineRefused(problem="not_a_sale")
        proposed = await proposal_of(receipt_id)
        products = (proposed.products if proposed else {}) | dict(products)
        for place, product_id in products.items():
            _name(claim, place, product_id, snapshot)
        if claim.program_id is None or not any(line.pays for line in claim.lines):
            raise LineRefused(problem="nothing_pays")
        if program_id not in (None, claim.program_id):
            raise NotFound
        if second_person_minor is not None and claim.total_minor >= second_person_minor:
            if proposed is None:
                await _propose(claim, products, note=note, by=by, now=now)
                return await views.find(claim.agent_id, receipt_id)
            confirm(by=by, asked_by=proposed.asked_by)
        # Who accepts goods that stand on another receipt says that they came back and were sold once more.
        if not await returns.sold_again(claim, snapshot, now=now):
            raise LineRefused(problem="sold_a_moment_ago")
        claim.state, claim.reason, claim.provisional = "matched", "", False
        await claims.save(claim)
        await _teach(claim, products, by=by, now=now)
        await _decided(claim, note=note, by=by, now=now)
        await pay(claim, snapshot, now=now)
        if same_purchase_as is not None:
            await joints.say_one_purchase(claim.id, same_purchase_as, by=by)
        await audit.record(by, "receipt.accept", receipt_id=receipt_id, products=products, note=note)
    return await views.find(claim.agent_id, receipt_id)


async def _propose(claim: Claim, products: Mapping[int, UUID], *, note: str, by: str, now: datetime) -> None:
    await execute(
        "INSERT INTO receipt_proposal (receipt_id, asked_by, asked_at, products, note) VALUES ($1, $2, $3, $4, $5)",
        claim.id,
        by,
        now,
        msgspec.json.encode(products).decode(),
        note,
    )
    await audit.record(by, "receipt.propose", receipt_id=claim.id, products=products, note=note)


async def reject(receipt_id: UUID, *, note: str, by: str, program_id: UUID | None = None) -> ReceiptView:
    """Refuse a receipt; its agent is told, and whoever else has it may hand it in. Raises ReceiptDecided."""
    async with transaction() as now:
        claim = await _held(receipt_id, program_id)
        claim.state, claim.reason = "rejected", _REFUSED
        await claims.save(claim)
        await _decided(claim, note=note, by=by, now=now)
        await audit.record(by, "receipt.reject", receipt_id=receipt_id, note=note)
        await journal.tell(claim.agent_id, JournalKind.denied, at=now, reason=_REFUSED, receipt_id=receipt_id)
    return await views.find(claim.agent_id, receipt_id)


async def _held(receipt_id: UUID, program_id: UUID | None) -> Claim:
    point = await fetch_value(
        "SELECT point FROM receipt WHERE id = $1 AND ($2::uuid IS NULL OR program_id = $2)", receipt_id, program_id
    )
    if point is None:
        raise NotFound
    await intake.hold_till(point)
    claim = await claims.load(receipt_id)
    if claim.state != "in_review":
        raise ReceiptDecided(state=claim.state)
    return claim


def _name(claim: Claim, place: int, product_id: UUID, snapshot: Snapshot) -> None:
    line = next((line for line in claim.lines if line.place == place), None)
    product = snapshot.products.get(product_id)
    if line is None or not line.may_pay:
        raise LineRefused(place=place, problem="no_such_line" if line is None else "does_not_pay")
    if product is None or claim.program_id not in (None, product.program_id):
        raise LineRefused(place=place, problem="no_such_product")
    claim.program_id = product.program_id
    line.product_id, line.matched_by, line.why = product_id, "person", "person"


async def _teach(claim: Claim, products: Mapping[int, UUID], *, by: str, now: datetime) -> None:
    """Remember what this seller calls it: the same name is the same product from now on."""
    for line in claim.lines:
        seller = line.seller or claim.seller
        if line.place in products and seller and plain(line.name):
            await _learn(claim.program_id, seller, line, by=by, now=now)


async def _learn(program_id: UUID | None, seller: str, line: ClaimedLine, *, by: str, now: datetime) -> None:
    await execute(
        """INSERT INTO receipt_alias (id, program_id, seller, name_hash, name, product_id, taught_by, taught_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
           ON CONFLICT (program_id, seller, name_hash) DO UPDATE SET product_id = excluded.product_id,
               taught_by = excluded.taught_by, taught_at = excluded.taught_at""",
        uuid7(),
        program_id,
        seller,
        name_hash(line.name),
        line.name,
        line.product_id,
        by,
        now,
    )


async def _decided(claim: Claim, *, note: str, by: str, now: datetime) -> None:
    await execute(
        "UPDATE receipt SET decided_at = $2, decided_by = $3, note = $4 WHERE id = $1", claim.id, now, by, note
    )

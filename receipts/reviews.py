"""Reviews: receipts that a person looks at: he says what each line is, or why the receipt is not accepted."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from core import audit
from core.access import confirm
from core.db import execute, fetch, fetch_value, transaction
from core.ids import uuid7
from core.money import AmountMinor
from core.refusals import Conflict, NotFound, Unprocessable
from programs.snapshot import Snapshot, current_snapshot
from receipts import claims, intake, later_goods, returns, views
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


class ReceiptBeingPaid(Conflict):
    slug = "receipt_being_paid"
    title = "The rules are being asked about this receipt: it can be refused in a few seconds"


class LineRefused(Unprocessable):
    """Facts: the `place` of the line, and the `problem`."""

    slug = "line_refused"
    title = "This line cannot be accepted as that"


class TypedGoods(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Goods that a person has read off the paper where nobody else has named any; the amount is of all pieces."""

    product_id: UUID
    amount_minor: AmountMinor
    quantity: Annotated[int, Meta(ge=1, le=10_000)] = 1


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
            FROM receipt WHERE {claims.TO_JUDGE} AND ($1::uuid IS NULL OR program_id = $1)
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
    goods: Sequence[TypedGoods] = (),
    program_id: UUID | None = None,
    same_purchase_as: UUID | None = None,
    second_person_minor: int | None = None,
) -> ReceiptView:
    """Accept a receipt with these products for its lines, by their places; what they are called there is learned.

    Goods without a marking may be those of another activity, by product and time: only a person can say so. Raises
    ReceiptDecided, LineRefused, NotFound. A line that nobody names stays what it was taken for; a receipt whose goods
    nobody could tell takes those that are typed. From
    `second_person_minor` on the first one only proposes it, and another person decides: SecondPersonNeeded.
    """
    snapshot = await current_snapshot(age_seconds_max=0)
    async with transaction() as now:
        claim = await _to_accept(receipt_id, program_id, is_named=bool(products))
        if goods:
            await _type_in(claim, goods, snapshot)
        proposed = await proposal_of(receipt_id)
        products = (proposed.products if proposed else {}) | dict(products)
        for place, product_id in products.items():
            _name(claim, place, product_id, snapshot)
        if claim.program_id is None or not (claim.is_paid or any(line.pays for line in claim.lines)):
            raise LineRefused(problem="nothing_pays")
        if program_id not in (None, claim.program_id):
            raise NotFound
        if not await is_seconded(claim, products, above_minor=second_person_minor, note=note, by=by, now=now):
            return await views.find(claim.agent_id, receipt_id)
        # Who accepts goods that stand on another receipt says that they came back and were sold once more.
        if not await returns.sold_again(claim, snapshot, now=now):
            raise LineRefused(problem="sold_a_moment_ago")
        await _teach(claim, products, by=by, now=now)
        await decided(claim, note=note, by=by, now=now)
        await _pay(claim, snapshot, same_purchase_as=same_purchase_as, by=by, now=now)
        await audit.record(by, "receipt.accept", receipt_id=receipt_id, products=products, note=note)
    return await views.find(claim.agent_id, receipt_id)


async def _to_accept(receipt_id: UUID, program_id: UUID | None, *, is_named: bool) -> Claim:
    """A sale that waits for a person, or that was paid and of which more is named now."""
    claim = await held(receipt_id, program_id)
    if claim.operation is not Operation.SALE:
        raise LineRefused(problem="not_a_sale")
    if claim.is_paid and not (is_named or claim.is_open):
        raise ReceiptDecided(state=claim.state)
    return claim


async def _pay(claim: Claim, snapshot: Snapshot, *, same_purchase_as: UUID | None, by: str, now: datetime) -> None:
    """Ask the rules about the receipt, or only about what was added to one that they were asked about."""
    was_paid = claim.is_paid
    claim.state, claim.reason, claim.provisional = claim.state if was_paid else "matched", "", False
    await claims.save(claim)
    if not was_paid:
        await returns.wake(claim, now=now)
        await pay(claim, snapshot, now=now)
    if same_purchase_as is not None:
        await joints.say_one_purchase(claim.id, same_purchase_as, by=by)
    if was_paid:
        await later_goods.hear(claim, snapshot, now=now)


async def _type_in(claim: Claim, goods: Sequence[TypedGoods], snapshot: Snapshot) -> None:
    """Take what was typed for the lines of a receipt that has none; whoever looks next finds them there."""
    if claim.lines:
        raise LineRefused(problem="goods_known")
    if sum(one.amount_minor for one in goods) > claim.total_minor:
        raise LineRefused(problem="more_than_total")
    for place, one in enumerate(goods):
        product = snapshot.products.get(one.product_id)
        if product is None:
            raise LineRefused(place=place, problem="no_such_product")
        claim.lines.append(claims.typed_line(place, product.name_ru, one.quantity, one.amount_minor))
        _name(claim, place, one.product_id, snapshot)
    await claims.replace_lines(claim, claim.lines)
    await claims.save(claim)


async def is_seconded(
    claim: Claim,
    products: Mapping[int, UUID],
    *,
    above_minor: int | None,
    note: str,
    by: str,
    now: datetime,
    **named: UUID,
) -> bool:
    """Whether the word of one is enough, or another has said so before; else it is kept as what he proposes.

    Joins the caller's transaction; raises SecondPersonNeeded.
    """
    if above_minor is None or claim.total_minor < above_minor:
        return True
    proposed = await proposal_of(claim.id)
    if proposed is None:
        await _propose(claim, products, note=note, by=by, now=now, named=named)
        return False
    confirm(by=by, asked_by=proposed.asked_by)
    return True


async def _propose(
    claim: Claim, products: Mapping[int, UUID], *, note: str, by: str, now: datetime, named: Mapping[str, UUID]
) -> None:
    await execute(
        "INSERT INTO receipt_proposal (receipt_id, asked_by, asked_at, products, note) VALUES ($1, $2, $3, $4, $5)",
        claim.id,
        by,
        now,
        msgspec.json.encode(products).decode(),
        note,
    )
    await audit.record(by, "receipt.propose", receipt_id=claim.id, products=products, note=note, **named)


async def reject(receipt_id: UUID, *, note: str, by: str, program_id: UUID | None = None) -> ReceiptView:
    """Refuse a receipt; its agent is told, and whoever else has it may hand it in.

    What was paid for a part of it is taken back. Raises ReceiptDecided, ReceiptBeingPaid.
    """
    snapshot = await current_snapshot(age_seconds_max=0)
    async with transaction() as now:
        claim = await held(receipt_id, program_id)
        if claim.is_paid and not claim.is_open:
            raise ReceiptDecided(state=claim.state)
        if claim.is_paid and not await later_goods.take_all_back(claim, snapshot, because=_REFUSED, now=now):
            raise ReceiptBeingPaid
        claim.state, claim.reason = "rejected", _REFUSED
        await claims.save(claim)
        await decided(claim, note=note, by=by, now=now)
        await audit.record(by, "receipt.reject", receipt_id=receipt_id, note=note)
        await journal.tell(claim.agent_id, JournalKind.denied, at=now, reason=_REFUSED, receipt_id=receipt_id)
    return await views.find(claim.agent_id, receipt_id)


async def held(receipt_id: UUID, program_id: UUID | None) -> Claim:
    """A receipt that waits for a person or was paid, for the caller's transaction alone.

    Raises ReceiptDecided, NotFound.
    """
    point = await fetch_value(
        "SELECT point FROM receipt WHERE id = $1 AND ($2::uuid IS NULL OR program_id = $2)", receipt_id, program_id
    )
    if point is None:
        raise NotFound
    await intake.hold_till(point)
    claim = await claims.load(receipt_id)
    if claim.state != "in_review" and not claim.is_paid:
        raise ReceiptDecided(state=claim.state)
    return claim


def _name(claim: Claim, place: int, product_id: UUID, snapshot: Snapshot) -> None:
    line = next((line for line in claim.lines if line.place == place), None)
    product = snapshot.products.get(product_id)
    if line is None or not line.may_pay:
        raise LineRefused(place=place, problem="no_such_line" if line is None else "does_not_pay")
    if line.told_by is not None:
        raise ReceiptDecided(state=claim.state)
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
               taught_by = excluded.taught_by, taught_at = excluded.taught_at, applied_at = NULL""",
        uuid7(),
        program_id,
        seller,
        name_hash(line.name),
        line.name,
        line.product_id,
        by,
        now,
    )


async def decided(claim: Claim, *, note: str, by: str, now: datetime) -> None:
    """Write down who has decided, and why; joins the caller's transaction."""
    await execute(
        "UPDATE receipt SET decided_at = $2, decided_by = $3, note = $4 WHERE id = $1", claim.id, now, by, note
    )
    # What somebody would have done is done: if the receipt is looked at once more, two people look anew.
    await execute("DELETE FROM receipt_proposal WHERE receipt_id = $1", claim.id)

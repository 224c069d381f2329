"""Claims: receipts with their lines as they are stored, from the first row to the last word about them."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec

from core.db import execute, fetch, fetch_row
from core.ids import uuid7
from programs.trust import Trust
from receipts.fiscal.frame import Operation, Payment, Receipt, ReceiptLine
from receipts.submissions import Submission
from receipts.tills import Place, links_of, place_of
from referrals import item_keys

NAME_MAX: Final = 500
_NEAR: Final = frozenset({"too_unlike", "too_close", "price_differs"})
_NEAR_PERMILLE: Final = 850
# Its activity is named by what no other document has, and says nothing of the till.
_CAUSE: Final = "receipt"
# Some of its goods may well be the maker's, and nobody has said which; in review, or beside those that were paid.
UNSURE: Final = "unsure_lines"
PAID: Final = frozenset({"matched", "reversed"})
# What waits for a person: whole receipts, and what is left to judge of those that were paid in part.
TO_JUDGE: Final = f"(state = 'in_review' OR reason = '{UNSURE}' AND state IN ('matched', 'reversed'))"


class ClaimedLine(msgspec.Struct, kw_only=True):
    """Some goods on a claimed receipt, and what they were taken for."""

    id: UUID
    place: int
    name: str
    quantity: Decimal | None
    amount_minor: int
    gtin: str | None
    item_key: str | None
    seller: str | None
    payment: Payment
    is_goods: bool
    product_id: UUID | None = None
    matched_by: str | None = None
    why: str = ""
    likeness: int | None = None
    likest_id: UUID | None = None
    returned_by: UUID | None = None
    told_by: UUID | None = None

    @property
    def may_pay(self) -> bool:
        """A bonus is for goods that were handed over and paid in full."""
        return self.is_goods and self.payment is Payment.FULL

    @property
    def pays(self) -> bool:
        return self.may_pay and self.product_id is not None and self.returned_by is None

    @property
    def is_unsure(self) -> bool:
        """It may well be one of the maker's, and nobody has said which; what is far from all of them is not."""
        near = self.why in _NEAR and (self.likeness or 0) >= _NEAR_PERMILLE
        return self.is_unnamed and (self.why == "ambiguous" or near)

    @property
    def is_unnamed(self) -> bool:
        """Goods of which nobody knows that they are the maker's; somebody may say so yet."""
        return self.may_pay and self.product_id is None and self.returned_by is None

    @property
    def is_news(self) -> bool:
        """It pays, and the rules have not been told of it."""
        return self.pays and self.told_by is None

    @property
    def pieces(self) -> int:
        """What was weighed is one piece."""
        whole = self.quantity is not None and self.quantity == int(self.quantity)
        return max(1, int(self.quantity)) if whole and self.quantity is not None else 1


class Claim(msgspec.Struct, kw_only=True):
    """An agent's claim to a receipt on its way."""

    id: UUID
    identity: str
    program_id: UUID | None
    agent_id: UUID
    client_key: bytes
    request_hash: bytes
    trust: Trust
    provisional: bool
    state: str
    reason: str
    operation: Operation
    total_minor: int
    currency: str
    issued_at: datetime
    seller: str | None
    has_buyer_tax_number: bool
    point: str
    number: int | None
    received_at: datetime
    due_at: datetime
    # By what a promo redemption knows the order of this receipt.
    order_key: str | None = None
    # Where tills chain their receipts: what names the one before it, and what the next one names.
    chain_before: bytes | None = None
    chain_value: bytes | None = None
    lines: list[ClaimedLine] = []

    @property
    def format(self) -> str:
        return self.identity.partition(":")[0]

    @property
    def place(self) -> Place:
        return Place(self.point, self.number)

    @property
    def cause(self) -> str:
        return cause_of(self.identity)

    @property
    def is_paid(self) -> bool:
        """Whether the rules were asked about it: what else is said of it, they are told as an addition."""
        return self.state in PAID

    @property
    def is_open(self) -> bool:
        """Whether it was paid in part, and a person has to judge the rest."""
        return self.is_paid and self.reason == UNSURE

    @property
    def is_confirmed(self) -> bool:
        """Whether its issuer has said that it is genuine."""
        return self.trust.rank >= Trust.ISSUER_CONFIRMED.rank


def cause_of(identity: str) -> str:
    """What a receipt's activity is called, whoever claims it."""
    return f"{_CAUSE}:{hashlib.sha256(identity.encode()).hexdigest()}"


def new(asked: Submission, *, trust: Trust, now: datetime, due_at: datetime) -> Claim:
    """A claim that nobody has written down yet."""
    receipt = asked.receipt
    place = place_of(receipt)
    chain_before, chain_value = links_of(receipt)
    return Claim(
        id=uuid7(),
        identity=receipt.identity,
        program_id=asked.program_id,
        agent_id=asked.agent_id,
        client_key=asked.client_key,
        request_hash=asked.request_hash,
        trust=trust,
        provisional=False,
        state="received",
        reason="",
        operation=receipt.operation,
        total_minor=receipt.total_minor,
        currency=receipt.currency,
        issued_at=issued_at(receipt),
        seller=receipt.seller,
        has_buyer_tax_number=receipt.has_buyer_tax_number,
        point=place.point,
        number=place.number,
        received_at=now,
        due_at=due_at,
        order_key=item_keys.of_order(*receipt.order) if receipt.order else None,
        chain_before=chain_before,
        chain_value=chain_value,
        lines=lines_of(receipt.lines),
    )


def issued_at(receipt: Receipt) -> datetime:
    """The till's clock, which whatever gets through the door has."""
    if receipt.issued_at is None:
        raise ValueError("a receipt without its time was let in")
    return receipt.issued_at


def lines_of(lines: Sequence[ReceiptLine]) -> list[ClaimedLine]:
    """Lines as they are kept: names of goods, numbers, and a marking's hash instead of its serial."""
    return [
        ClaimedLine(
            id=uuid7(),
            place=place,
            name=line.name[:NAME_MAX],
            quantity=line.quantity,
            amount_minor=line.amount_minor,
            gtin=line.gtin,
            item_key=item_keys.of_marking(line.gtin, line.serial) if line.gtin and line.serial else None,
            seller=line.seller,
            payment=line.payment,
            is_goods=line.is_goods,
        )
        for place, line in enumerate(lines)
    ]


def typed_line(place: int, name: str, quantity: int, amount_minor: int) -> ClaimedLine:
    """A line that a person has read off the paper."""
    return ClaimedLine(
        id=uuid7(),
        place=place,
        name=name[:NAME_MAX],
        quantity=Decimal(quantity),
        amount_minor=amount_minor,
        gtin=None,
        item_key=None,
        seller=None,
        payment=Payment.FULL,
        is_goods=True,
    )


async def insert(claim: Claim, receipt: Receipt) -> None:
    """Write a claim and its lines; joins the caller's transaction, which holds the till."""
    await execute(
        """INSERT INTO receipt (id, identity, format, program_id, agent_id, client_key, request_hash, trust,
                                provisional, state, reason, operation, total_minor, currency, issued_at, seller,
                                has_buyer_tax_number, point, number, numbers, received_at, due_at, chain_before,
                                chain_value)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20::json,
                   $21, $22, $23, $24)""",
        claim.id,
        claim.identity,
        receipt.format,
        claim.program_id,
        claim.agent_id,
        claim.client_key,
        claim.request_hash,
        claim.trust.value,
        claim.provisional,
        claim.state,
        claim.reason,
        claim.operation.value,
        claim.total_minor,
        claim.currency,
        claim.issued_at,
        claim.seller,
        claim.has_buyer_tax_number,
        claim.point,
        claim.number,
        msgspec.json.encode(receipt.numbers).decode(),
        claim.received_at,
        claim.due_at,
        claim.chain_before,
        claim.chain_value,
    )
    await keep_order(claim)
    await insert_lines(claim)


async def keep_order(claim: Claim) -> None:
    """Write down by what a claim's order is known; joins the caller's transaction."""
    if claim.order_key is not None:
        await execute("UPDATE receipt SET order_key = $2 WHERE id = $1", claim.id, claim.order_key)


async def insert_lines(claim: Claim) -> None:
    """Write the lines of a claim that had none; joins the caller's transaction."""
    lines = claim.lines
    if lines:
        await execute(
            """INSERT INTO receipt_line (receipt_id, id, place, name, quantity, amount_minor, gtin, item_key, seller,
                                         payment, is_goods, returned_by, told_by)
               SELECT $1, * FROM unnest($2::uuid[], $3::smallint[], $4::text[], $5::numeric[], $6::bigint[], $7::text[],
                                        $8::text[], $9::text[], $10::text[], $11::bool[], $12::uuid[], $13::uuid[])""",
            claim.id,
            [line.id for line in lines],
            [line.place for line in lines],
            [line.name for line in lines],
            [line.quantity for line in lines],
            [line.amount_minor for line in lines],
            [line.gtin for line in lines],
            [line.item_key for line in lines],
            [line.seller for line in lines],
            [line.payment.value for line in lines],
            [line.is_goods for line in lines],
            [line.returned_by for line in lines],
            [line.told_by for line in lines],
        )


async def replace_lines(claim: Claim, lines: Sequence[ClaimedLine]) -> None:
    """Take these lines for those of a claim; `save` writes what they were taken for. Joins the caller's transaction."""
    await execute("DELETE FROM receipt_line WHERE receipt_id = $1", claim.id)
    claim.lines = list(lines)
    await insert_lines(claim)


async def save(claim: Claim) -> None:
    """Write down where a claim is now, and what its lines were taken for; joins the caller's transaction."""
    if claim.is_open and not any(line.is_unsure for line in claim.lines):
        claim.reason = ""
    await execute(
        """UPDATE receipt SET program_id = $2, trust = $3, provisional = $4, state = $5, reason = $6, due_at = $7,
                              seller = $8, has_buyer_tax_number = $9
           WHERE id = $1""",
        claim.id,
        claim.program_id,
        claim.trust.value,
        claim.provisional,
        claim.state,
        claim.reason,
        claim.due_at,
        claim.seller,
        claim.has_buyer_tax_number,
    )
    if claim.lines:
        await execute(
            """UPDATE receipt_line SET product_id = t.product_id, matched_by = t.matched_by, why = t.why,
                                       likeness = t.likeness, likest_id = t.likest_id, told_by = t.told_by,
                                       gtin = t.gtin, item_key = t.item_key, seller = t.seller
               FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::smallint[], $6::uuid[], $7::uuid[],
                           $8::text[], $9::text[], $10::text[])
                   AS t (id, product_id, matched_by, why, likeness, likest_id, told_by, gtin, item_key, seller)
               WHERE receipt_line.id = t.id""",
            [line.id for line in claim.lines],
            [line.product_id for line in claim.lines],
            [line.matched_by for line in claim.lines],
            [line.why for line in claim.lines],
            [line.likeness for line in claim.lines],
            [line.likest_id for line in claim.lines],
            [line.told_by for line in claim.lines],
            [line.gtin for line in claim.lines],
            [line.item_key for line in claim.lines],
            [line.seller for line in claim.lines],
        )


async def load(receipt_id: UUID) -> Claim:
    """A claim with its lines, held until the caller's transaction ends."""
    return await _whole(await fetch_row("SELECT * FROM receipt WHERE id = $1 FOR UPDATE", receipt_id))


async def hold_items(item_keys: Iterable[str]) -> None:
    """Let nobody else sell or take back these goods until the caller's transaction ends, on whichever receipt."""
    for key in sorted(set(item_keys)):
        await execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 8))", key)


async def of_key(agent_id: UUID, client_key: bytes) -> Claim | None:
    """What the same request of this agent has become."""
    row = await fetch_row("SELECT * FROM receipt WHERE agent_id = $1 AND client_key = $2", agent_id, client_key)
    return await _whole(row) if row is not None else None


async def live(identity: str, place: Place) -> list[Claim]:
    """The claims that are not rejected of this document, or of its number in the till."""
    rows = await fetch(
        """SELECT * FROM receipt WHERE identity = $1 AND state <> 'rejected'
           UNION SELECT * FROM receipt WHERE point = $2 AND number = $3 AND state <> 'rejected'""".replace("*", _PLAIN),
        identity,
        place.point,
        place.number,
    )
    return [await _whole(row) for row in rows]


# JSON has no equality by which a union could tell rows apart.
_PLAIN = ", ".join(name for name in Claim.__struct_fields__ if name != "lines")


async def lines(receipt_ids: Sequence[UUID]) -> dict[UUID, list[ClaimedLine]]:
    """The lines of these claims, in their order."""
    found: dict[UUID, list[ClaimedLine]] = {receipt_id: [] for receipt_id in receipt_ids}
    rows = await fetch(
        "SELECT * FROM receipt_line WHERE receipt_id = ANY($1) ORDER BY receipt_id, place", list(receipt_ids)
    )
    for row in rows:
        found[row["receipt_id"]].append(msgspec.convert(_without(row, "receipt_id"), ClaimedLine))
    return found


async def _whole(row: Any) -> Claim:
    claim = msgspec.convert({name: row[name] for name in Claim.__struct_fields__ if name != "lines"}, Claim)
    claim.lines = (await lines([claim.id]))[claim.id]
    return claim


def _without(row: Any, name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}

"""Returned by a person's word: a return whose goods carry no marking, and the sale that they are taken off."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from core import audit
from core.db import fetch, fetch_row, fetch_value, transaction
from core.ids import uuid7
from programs.snapshot import current_snapshot
from receipts import brought_back, claims, desk, returns, views
from receipts.claims import ClaimedLine
from receipts.desk import Other
from receipts.fiscal.frame import Operation
from receipts.reviews import LineRefused, decided, held, is_seconded
from receipts.views import ReceiptView

_SALES_MAX: Final = 10
_LOOKED_AT_MAX: Final = 200
_SALES: Final = """
SELECT id FROM (
    (SELECT id FROM receipt WHERE agent_id = $1 AND operation = 'sale' AND state = 'matched' ORDER BY id DESC LIMIT $4)
    UNION
    (SELECT id FROM receipt WHERE seller = $2 AND state <> 'rejected' AND operation = 'sale' AND state = 'matched'
     ORDER BY due_at DESC LIMIT $4)
    UNION
    (SELECT sold.receipt_id FROM receipt_line AS back
        JOIN receipt_line AS sold ON sold.item_key = back.item_key
        JOIN receipt ON receipt.id = sold.receipt_id AND operation = 'sale' AND state = 'matched'
     WHERE back.receipt_id = $3 AND sold.returned_by IS NULL)
) AS known ORDER BY id DESC
"""


class Sale(msgspec.Struct, frozen=True):
    """A sale that goods of a return may have been bought by, with those of its lines that would come back."""

    receipt: Other
    names: list[str]


async def accept_return(
    receipt_id: UUID,
    sale_id: UUID,
    *,
    note: str,
    by: str,
    program_id: UUID | None = None,
    second_person_minor: int | None = None,
) -> ReceiptView:
    """Take the goods of a return off the sale by which they were bought, with their bonus.

    Raises ReceiptDecided, LineRefused, NotFound. From `second_person_minor` on the first one only proposes it, and
    another person, who names the sale for himself, decides: SecondPersonNeeded.
    """
    snapshot = await current_snapshot(age_seconds_max=0)
    async with transaction() as now:
        claim = await held(receipt_id, program_id)
        if claim.operation is not Operation.RETURN:
            raise LineRefused(problem="not_a_return")
        sold_in = await _program_of(sale_id)
        if sold_in is None or {program_id, claim.program_id} - {None, sold_in}:
            raise LineRefused(problem="no_such_sale")
        if not _coming_back((await claims.lines([sale_id]))[sale_id], claim.lines):
            raise LineRefused(problem="not_of_this_sale")
        if not await is_seconded(
            claim, {}, above_minor=second_person_minor, note=note, by=by, now=now, sale_id=sale_id
        ):
            return await views.find(claim.agent_id, receipt_id)
        claim.program_id = sold_in
        if not await returns.take_back_by_word(claim, sale_id, snapshot, now=now):
            raise LineRefused(problem="sold_a_moment_ago")
        await decided(claim, note=note, by=by, now=now)
        await audit.record(by, "receipt.return", receipt_id=receipt_id, sale_id=sale_id, note=note)
    return await views.find(claim.agent_id, receipt_id)


async def sales_for(receipt_id: UUID) -> list[Sale]:
    """The sales that a return in review may be about: of the same agent, seller or goods; the latest first."""
    row = await fetch_row(
        "SELECT agent_id, seller FROM receipt WHERE id = $1 AND operation = 'return' AND state = 'in_review'",
        receipt_id,
    )
    if row is None:
        return []
    found = await fetch(_SALES, row["agent_id"], row["seller"], receipt_id, _LOOKED_AT_MAX)
    back = (await claims.lines([receipt_id]))[receipt_id]
    lines = await claims.lines([each["id"] for each in found])
    meant = {each["id"]: _coming_back(lines[each["id"]], back) for each in found}
    told = await desk.others([sale_id for sale_id, names in meant.items() if names][:_SALES_MAX])
    return [Sale(told[sale_id], names) for sale_id, names in meant.items() if sale_id in told]


async def _program_of(sale_id: UUID) -> UUID | None:
    """The program of a sale that was accepted."""
    program_id: UUID | None = await fetch_value(
        "SELECT program_id FROM receipt WHERE id = $1 AND operation = 'sale' AND state = 'matched'", sale_id
    )
    return program_id


def _coming_back(sold: Sequence[ClaimedLine], back: Sequence[ClaimedLine]) -> list[str]:
    """What of a sale a return is about, by its names."""
    keys = {line.item_key for line in back if line.item_key}
    meant = {line.id for line in sold if line.item_key in keys and line.returned_by is None}
    by = uuid7()
    after = {line.id: line for line in brought_back.lines_after(sold, back, by=by)}
    meant |= {line.id for line in sold if after[line.id] != line}
    return [line.name for line in sold if line.id in meant]

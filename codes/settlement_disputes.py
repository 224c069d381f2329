"""Settlement disputes: a shop sees a line otherwise, or misses one; finance answers, and corrects what was wrong."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from codes import settlements
from codes.settlements import lock_shop
from core import audit
from core.access import confirm
from core.db import execute, fetch, fetch_row, transaction
from core.ids import uuid7
from core.refusals import Conflict, NotFound
from core.text import Key, Line
from wallets import accounts
from wallets.accounts import AccountKind, house
from wallets.ledger import Transfer, post

# Above this somebody else of finance has to agree before money moves.
ALONE_MINOR_MAX: Final = 1_000_000

DisputeState = Literal["open", "proposed", "upheld", "rejected"]


class SettlementDisputeOpen(Conflict):
    """Facts: the `dispute_id` of the one there is."""

    slug = "settlement_dispute_open"
    title = "This order of the statement is disputed already"


class SettlementDisputeAnswered(Conflict):
    """Facts: its `state`."""

    slug = "settlement_dispute_answered"
    title = "The dispute has its answer"


class NewDispute(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order of a statement, or one that it lacks, and what the maker owes for it as the shop sees it."""

    order_ref: Key
    claimed_minor: Annotated[int, Meta(ge=-(10**12), le=10**12)]
    reason: Annotated[Line, Meta(min_length=1)]


class DisputeAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What finance says: an upheld dispute may correct what is owed, up or down."""

    verdict: Literal["upheld", "rejected"]
    words: Annotated[Line, Meta(min_length=1)]
    correction_minor: Annotated[int, Meta(ge=-(10**12), le=10**12)] = 0


class SettlementDispute(msgspec.Struct, frozen=True):
    """A disputed line; `proposed` waits for a second person, as it moves much money."""

    id: UUID
    settlement_id: UUID
    shop_id: UUID
    order_ref: str
    claimed_minor: int
    reason: str
    state: DisputeState
    correction_minor: int
    asset: str
    opened_at: datetime
    words: str
    answered_by: str | None
    confirmed_by: str | None
    answered_at: datetime | None


_VIEW: Final = f"SELECT {', '.join(SettlementDispute.__struct_fields__)} FROM settlement_dispute "  # noqa: S608 - ours.


async def open_dispute(settlement_id: UUID, new: NewDispute, *, by: str) -> SettlementDispute:
    """Dispute an order of a statement, once. Raises SettlementDisputeOpen, NotFound."""
    async with transaction() as now:
        settlement = await settlements.find(settlement_id)
        row = await fetch_row(
            """INSERT INTO settlement_dispute (id, settlement_id, shop_id, order_ref, claimed_minor, reason, asset,
                                               opened_by, opened_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING id""",
            uuid7(),
            settlement_id,
            settlement.shop_id,
            new.order_ref,
            new.claimed_minor,
            new.reason,
            settlement.asset,
            by,
            now,
        )
        if row is None:
            known = await fetch_row(_VIEW + "WHERE settlement_id = $1 AND order_ref = $2", settlement_id, new.order_ref)
            raise SettlementDisputeOpen(dispute_id=known["id"] if known else None)
        await audit.record(by, "settlement.dispute", settlement_id=settlement_id, dispute_id=row["id"])
        return await find(row["id"])


async def answer(dispute_id: UUID, said: DisputeAnswer, *, by: str) -> SettlementDispute:
    """Answer a dispute; a correction above ALONE_MINOR_MAX waits for somebody else. SettlementDisputeAnswered."""
    async with transaction() as now:
        dispute = await _held(dispute_id)
        if dispute.state in {"upheld", "rejected"}:
            raise SettlementDisputeAnswered(state=dispute.state)
        correction_minor = said.correction_minor if said.verdict == "upheld" else 0
        waits = abs(correction_minor) > ALONE_MINOR_MAX
        await execute(
            """UPDATE settlement_dispute SET state = $2, correction_minor = $3, words = $4, answered_by = $5,
                      answered_at = $6, transfer_id = $7 WHERE id = $1""",
            dispute_id,
            "proposed" if waits else said.verdict,
            correction_minor,
            said.words,
            by,
            now,
            None if waits else await _correct(dispute, correction_minor),
        )
        await audit.record(by, "settlement.answer", dispute_id=dispute_id, answer=said)
        return await find(dispute_id)


async def approve(dispute_id: UUID, *, by: str) -> SettlementDispute:
    """Agree to a large correction that somebody else has proposed. SecondPersonNeeded, SettlementDisputeAnswered."""
    async with transaction() as now:
        dispute = await _held(dispute_id)
        if dispute.state != "proposed":
            raise SettlementDisputeAnswered(state=dispute.state)
        confirm(by=by, asked_by=dispute.answered_by or "")
        await execute(
            """UPDATE settlement_dispute SET state = 'upheld', confirmed_by = $2, answered_at = $3, transfer_id = $4
               WHERE id = $1""",
            dispute_id,
            by,
            now,
            await _correct(dispute, dispute.correction_minor),
        )
        await audit.record(by, "settlement.approve", dispute_id=dispute_id)
        return await find(dispute_id)


async def find(dispute_id: UUID) -> SettlementDispute:
    """A dispute by its id."""
    row = await fetch_row(_VIEW + "WHERE id = $1", dispute_id)
    if row is None:
        raise NotFound
    return _dispute(row)


async def of_settlement(settlement_id: UUID, *, limit: int = 1_000) -> list[SettlementDispute]:
    """The disputes of a statement as they stand, the first thousand."""
    rows = await fetch(_VIEW + "WHERE settlement_id = $1 ORDER BY id LIMIT $2", settlement_id, limit)
    return [_dispute(row) for row in rows]


async def _held(dispute_id: UUID) -> SettlementDispute:
    dispute = await find(dispute_id)
    await lock_shop(dispute.shop_id)
    return await find(dispute_id)


async def _correct(dispute: SettlementDispute, correction_minor: int) -> UUID | None:
    """Let the maker owe the shop more, or less; nothing moves where nothing was wrong."""
    if not correction_minor:
        return None
    owed, corrected = accounts.shop(dispute.shop_id, dispute.asset), house(AccountKind.house_corrected, dispute.asset)
    transfer = Transfer(
        kind="raise_shop" if correction_minor > 0 else "lower_shop",
        reference=dispute.id,
        debit=corrected if correction_minor > 0 else owed,
        credit=owed if correction_minor > 0 else corrected,
        amount_minor=abs(correction_minor),
        cause=f"settlement_dispute:{dispute.id}",
    )
    await post([transfer])
    return transfer.id


def _dispute(row: Any) -> SettlementDispute:
    return SettlementDispute(*row.values())

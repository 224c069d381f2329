"""Settlement payments: a statement is marked as paid, once, and the shop is owed no more; or it is taken back."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from codes import settlements
from codes.settlements import Settlement, lock_shop
from core import audit
from core.db import execute, fetch_row, fetch_value, transaction
from core.ids import uuid7
from core.refusals import Conflict
from core.text import Key, Line
from wallets import accounts
from wallets.accounts import AccountKind, house
from wallets.ledger import Transfer, post


class SettlementPaid(Conflict):
    """Facts: the `reference` and the day (`paid_on`) of the payment that there is."""

    slug = "settlement_paid"
    title = "The statement is marked as paid"


class NothingOwed(Conflict):
    """Facts: `due_minor`, which is not above zero."""

    slug = "nothing_owed"
    title = "Of this statement nothing is left to be paid"


class NotPaid(Conflict):
    slug = "settlement_not_paid"
    title = "The statement is not marked as paid"


class NewPayment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A payment as the bank's papers have it."""

    paid_on: date
    reference: Key


class Reversal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a payment did not happen after all."""

    reason: Annotated[Line, Meta(min_length=1)]


class Payment(msgspec.Struct, frozen=True):
    """What was paid for a statement, and who said so."""

    id: UUID
    settlement_id: UUID
    amount_minor: int
    asset: str
    paid_on: date
    reference: str
    paid_by: str
    marked_at: datetime
    reversed_at: datetime | None = None
    reversed_by: str | None = None


_VIEW = f"SELECT {', '.join(Payment.__struct_fields__)} FROM settlement_payment "  # noqa: S608 - our own names.


async def of_settlement(settlement_id: UUID) -> Payment | None:
    """The payment that a statement is marked with."""
    row = await fetch_row(_VIEW + "WHERE settlement_id = $1 AND reversed_at IS NULL", settlement_id)
    return None if row is None else _payment(row)


async def due_minor(settlement: Settlement) -> int:
    """What is left to be paid of what a statement ends with: payments that came after it are taken off."""
    paid: int = await fetch_value(
        """SELECT coalesce(sum(p.amount_minor), 0)::bigint FROM settlement_payment p
           WHERE p.shop_id = $1 AND p.reversed_at IS NULL AND p.marked_at >= $2""",
        settlement.shop_id,
        settlement.ends_at,
    )
    # A payment of an earlier time that was taken back since is owed again.
    reversed_since: int = await fetch_value(
        """SELECT coalesce(sum(p.amount_minor), 0)::bigint FROM settlement_payment p
           WHERE p.shop_id = $1 AND p.marked_at < $2 AND p.reversed_at >= $2""",
        settlement.shop_id,
        settlement.ends_at,
    )
    return settlement.closing_minor - paid + reversed_since


async def pay(settlement_id: UUID, new: NewPayment, *, by: str) -> Payment:
    """Mark a statement as paid; the same reference again changes nothing. SettlementPaid, NothingOwed, NotFound."""
    async with transaction() as now:
        settlement = await settlements.find(settlement_id)
        await lock_shop(settlement.shop_id)
        if (before := await of_settlement(settlement_id)) is not None:
            if (before.reference, before.paid_on) == (new.reference, new.paid_on):
                return before
            raise SettlementPaid(reference=before.reference, paid_on=before.paid_on)
        amount_minor = await due_minor(settlement)
        if amount_minor <= 0:
            raise NothingOwed(due_minor=amount_minor)
        payment = Payment(
            id=uuid7(),
            settlement_id=settlement_id,
            amount_minor=amount_minor,
            asset=settlement.asset,
            paid_on=new.paid_on,
            reference=new.reference,
            paid_by=by,
            marked_at=now,
        )
        transfer = _transfer("pay_shop", payment, shop_id=settlement.shop_id)
        await execute(
            """INSERT INTO settlement_payment (id, settlement_id, shop_id, amount_minor, asset, paid_on, reference,
                                               transfer_id, paid_by, marked_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
            payment.id,
            settlement_id,
            settlement.shop_id,
            amount_minor,
            settlement.asset,
            new.paid_on,
            new.reference,
            transfer.id,
            by,
            now,
        )
        await post([transfer])
        await audit.record(by, "settlement.pay", settlement_id=settlement_id, payment=payment)
    return payment


async def take_back(settlement_id: UUID, reversal: Reversal, *, by: str) -> Payment:
    """Undo the mark by a transfer that reverses the first; the statement may be paid anew. NotPaid, NotFound."""
    async with transaction() as now:
        settlement = await settlements.find(settlement_id)
        await lock_shop(settlement.shop_id)
        payment = await of_settlement(settlement_id)
        if payment is None:
            raise NotPaid
        paid_by = await fetch_value("SELECT transfer_id FROM settlement_payment WHERE id = $1", payment.id)
        await post([_transfer("unpay_shop", payment, shop_id=settlement.shop_id, reverses_id=paid_by)])
        await execute(
            "UPDATE settlement_payment SET reversed_at = $2, reversed_by = $3, reversal_reason = $4 WHERE id = $1",
            payment.id,
            now,
            by,
            reversal.reason,
        )
        await audit.record(by, "settlement.unpay", settlement_id=settlement_id, reason=reversal.reason)
    return msgspec.structs.replace(payment, reversed_at=now, reversed_by=by)


def _transfer(kind: str, payment: Payment, *, shop_id: UUID, reverses_id: UUID | None = None) -> Transfer:
    owed, settled = accounts.shop(shop_id, payment.asset), house(AccountKind.house_settled, payment.asset)
    return Transfer(
        kind=kind,
        reference=payment.id,
        debit=owed if kind == "pay_shop" else settled,
        credit=settled if kind == "pay_shop" else owed,
        amount_minor=payment.amount_minor,
        cause=f"settlement_payment:{payment.id}",
        reverses_id=reverses_id,
    )


def _payment(row: Any) -> Payment:
    return Payment(*row.values())

"""The tables of settlements: a shop's statements with their frozen lines, what was paid for them, what is disputed."""

from piccolo.columns import UUID, BigInt, Date, Integer, Text, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from core.columns import UUID7
from core.db import engine
from core.tables import APPEND_ONLY


class Settlement(Table, db=engine, tags=[APPEND_ONLY]):
    """What a month has done to what the maker owes a shop; written when the month is closed, and never again."""

    id = UUID(primary_key=True, default=UUID7())
    program_id = UUID(default=None, null=False, index=True)
    shop_id = UUID(default=None, null=False)
    # The first day of the month, by the program's calendar, and where that calendar's month begins and ends.
    month = Date(default=None, null=False)
    starts_at = Timestamptz(default=None, null=False)
    ends_at = Timestamptz(default=None, null=False)
    asset = Varchar(length=8, default=None, null=False)
    lines = Integer(default=None, null=False)
    goods_minor = BigInt(default=None, null=False)
    discount_minor = BigInt(default=None, null=False)
    shop_minor = BigInt(default=None, null=False)
    opening_minor = BigInt(default=None, null=False)
    sold_minor = BigInt(default=None, null=False)
    returned_minor = BigInt(default=None, null=False)
    corrected_minor = BigInt(default=None, null=False)
    paid_minor = BigInt(default=None, null=False)
    closing_minor = BigInt(default=None, null=False)
    closed_at = Timestamptz(default=None, null=False)
    closed_by = Varchar(length=80, default=None, null=False)

    settlement_once_a_month = Unique([shop_id, month])
    settlement_adds_up = Check(
        "closing_minor = opening_minor + sold_minor + returned_minor + corrected_minor + paid_minor"
    )


class SettlementLine(Table, db=engine, tags=[APPEND_ONLY]):
    """One document of a statement; `owed_minor` is what it added to what the maker owes, or took from it."""

    id = UUID(primary_key=True, default=UUID7())
    settlement_id = UUID(default=None, null=False)
    place = Integer(default=None, null=False)
    kind = Varchar(length=10, default=None, null=False)
    # The order, the payment, the dispute; of a return or a carried dispute an id that follows from what it is.
    document_id = UUID(default=None, null=False)
    # Piccolo has a word of its own by this name, which nobody needs of this table.
    ref = Varchar(length=64, default=None, null=False)  # type: ignore[assignment]
    told = Text(default=None, null=False)
    at = Timestamptz(default=None, null=False)
    goods_minor = BigInt(default=None, null=False)
    discount_minor = BigInt(default=None, null=False)
    shop_minor = BigInt(default=None, null=False)
    owed_minor = BigInt(default=None, null=False)

    settlement_line_place = Unique([settlement_id, place])
    settlement_line_once = Unique([kind, document_id])
    settlement_line_kind = Check("kind IN ('sale', 'return', 'correction', 'payment', 'dispute')")


class SettledTransfer(Table, db=engine, tags=[APPEND_ONLY]):
    """A transfer of a shop's account in the one statement line that it stands behind."""

    transfer_id = UUID(primary_key=True, default=None, null=False)
    settlement_id = UUID(default=None, null=False, index=True)
    line_id = UUID(default=None, null=False)


class SettlementPayment(Table, db=engine):
    """A statement that was paid, by whom and with which reference; taken back by a transfer that reverses the first."""

    id = UUID(primary_key=True, default=UUID7())
    settlement_id = UUID(default=None, null=False)
    shop_id = UUID(default=None, null=False)
    amount_minor = BigInt(default=None, null=False)
    asset = Varchar(length=8, default=None, null=False)
    paid_on = Date(default=None, null=False)
    reference = Varchar(length=64, default=None, null=False)
    transfer_id = UUID(default=None, null=False, unique=True)
    paid_by = Varchar(length=80, default=None, null=False)
    marked_at = Timestamptz(default=None, null=False)
    reversed_at = Timestamptz(default=None, null=True)
    reversed_by = Varchar(length=80, default=None, null=True)
    reversal_reason = Varchar(length=500, default="", null=False)

    settlement_payment_positive = Check("amount_minor > 0")
    settlement_payment_reversal = Check("(reversed_at IS NULL) = (reversed_by IS NULL)")


class SettlementDispute(Table, db=engine):
    """A line that the shop sees otherwise, or misses; finance answers, and corrects it where the shop is right."""

    id = UUID(primary_key=True, default=UUID7())
    settlement_id = UUID(default=None, null=False)
    shop_id = UUID(default=None, null=False)
    order_ref = Varchar(length=64, default=None, null=False)
    claimed_minor = BigInt(default=None, null=False)
    reason = Varchar(length=500, default=None, null=False)
    state = Varchar(length=10, default="open", null=False)
    correction_minor = BigInt(default=0, null=False)
    asset = Varchar(length=8, default=None, null=False)
    opened_by = Varchar(length=80, default=None, null=False)
    opened_at = Timestamptz(default=None, null=False)
    words = Varchar(length=500, default="", null=False)
    answered_by = Varchar(length=80, default=None, null=True)
    confirmed_by = Varchar(length=80, default=None, null=True)
    answered_at = Timestamptz(default=None, null=True)
    transfer_id = UUID(default=None, null=True, unique=True)

    settlement_dispute_once = Unique([settlement_id, order_ref])
    settlement_dispute_state = Check("state IN ('open', 'proposed', 'upheld', 'rejected')")
    settlement_dispute_moved = Check("(transfer_id IS NOT NULL) = (state = 'upheld' AND correction_minor <> 0)")

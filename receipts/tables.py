"""The tables of receipts: what was claimed and how far it is, its lines, the tills' keys, what names have meant."""

from piccolo.columns import (
    JSON,
    UUID,
    Array,
    BigInt,
    Boolean,
    Bytea,
    ForeignKey,
    Numeric,
    SmallInt,
    Text,
    Timestamp,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from core.columns import UUID7
from core.db import engine


class Receipt(Table, db=engine):
    """An agent's claim to a fiscal document; only one that is not rejected owns the document's identity.

    `point` and `number` are its place in its till, by which it has neighbours; `due_at` is when it counts for limits
    and is looked at.
    """

    id = UUID(primary_key=True, default=UUID7())
    identity = Varchar(length=300, default=None, null=False)
    format = Varchar(length=8, default=None, null=False)
    program_id = UUID(default=None, null=True)
    agent_id = UUID(default=None, null=False)
    client_key = Bytea(default=None, null=False)
    request_hash = Bytea(default=None, null=False)
    trust = Varchar(length=20, default=None, null=False)
    provisional = Boolean(default=False, null=False)
    state = Varchar(length=16, default=None, null=False)
    reason = Varchar(length=40, default="", null=False)
    operation = Varchar(length=16, default=None, null=False)
    total_minor = BigInt(default=None, null=False)
    currency = Varchar(length=3, default=None, null=False)
    issued_at = Timestamp(default=None, null=False)
    seller = Varchar(length=32, default=None, null=True)
    has_buyer_tax_number = Boolean(default=False, null=False)
    point = Varchar(length=300, default=None, null=False)
    number = BigInt(default=None, null=True)
    numbers = JSON(default=None, null=False)
    received_at = Timestamptz(default=None, null=False)
    due_at = Timestamptz(default=None, null=False)
    decided_at = Timestamptz(default=None, null=True)
    decided_by = Varchar(length=80, default=None, null=True)
    note = Varchar(length=500, default="", null=False)

    receipt_client_key_once = Unique([agent_id, client_key])
    receipt_state_known = Check(
        "state IN ('received', 'deferred', 'checking', 'pending_issuer', 'verified', 'matched', 'in_review', "
        "'returned', 'rejected', 'reversed')"
    )
    receipt_rejected_for_a_reason = Check("state NOT IN ('in_review', 'rejected') OR reason <> ''")
    receipt_matched_in_a_program = Check("state NOT IN ('matched', 'reversed') OR program_id IS NOT NULL")
    receipt_decided_by_somebody = Check("(decided_at IS NULL) = (decided_by IS NULL)")


class ReceiptLine(Table, db=engine):
    """Some goods on a receipt, with the product that they were taken for and why; a marking stands here as its hash."""

    id = UUID(primary_key=True, default=UUID7())
    receipt_id = ForeignKey(references=Receipt, default=None, null=False, index=True, on_delete=OnDelete.restrict)
    place = SmallInt(default=None, null=False)
    name = Text(default=None, null=False)
    quantity = Numeric(default=None, null=True)
    amount_minor = BigInt(default=None, null=False)
    gtin = Varchar(length=14, default=None, null=True)
    item_key = Varchar(length=80, default=None, null=True)
    seller = Varchar(length=32, default=None, null=True)
    payment = Varchar(length=16, default=None, null=False)
    is_goods = Boolean(default=None, null=False)
    product_id = UUID(default=None, null=True)
    matched_by = Varchar(length=8, default=None, null=True)
    why = Varchar(length=40, default="", null=False)
    returned_by = UUID(default=None, null=True)

    receipt_line_once = Unique([receipt_id, place])
    receipt_line_matched_somehow = Check("(product_id IS NULL) = (matched_by IS NULL)")
    receipt_line_match_known = Check("matched_by IN ('gtin', 'article', 'alias', 'person')")


class ReceiptAlias(Table, db=engine):
    """What a seller's name for something turned out to mean, by a person's word."""

    id = UUID(primary_key=True, default=UUID7())
    program_id = UUID(default=None, null=False)
    seller = Varchar(length=32, default=None, null=False)
    name_hash = Bytea(default=None, null=False)
    name = Text(default=None, null=False)
    product_id = UUID(default=None, null=False)
    taught_by = Varchar(length=80, default=None, null=False)
    taught_at = Timestamptz(default=TimestamptzNow(), null=False)

    receipt_alias_once = Unique([program_id, seller, name_hash])


class FiscalKey(Table, db=engine):
    """The key of a till's signing device: pinned by somebody, or those that can have made all signatures met so far."""

    id = UUID(primary_key=True, default=UUID7())
    format = Varchar(length=8, default=None, null=False)
    signer = Varchar(length=300, default=None, null=False)
    source = Varchar(length=12, default=None, null=False)
    points = Array(base_column=Bytea(), default=None, null=False)
    met_at = Timestamptz(default=TimestamptzNow(), null=False)

    fiscal_key_once = Unique([format, signer])  # noqa: A003 - the column above.
    fiscal_key_source_known = Check("source IN ('pinned', 'first_use')")
    fiscal_key_has_points = Check("cardinality(points) >= 1 AND (source <> 'pinned' OR cardinality(points) = 1)")

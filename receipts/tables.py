"""The tables of receipts: what was claimed and how far it is, its lines, the tills' keys, what names have meant."""

from piccolo.columns import (
    JSON,
    UUID,
    Array,
    BigInt,
    Boolean,
    Bytea,
    ForeignKey,
    Integer,
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
    # The till's order, as a hash, where the receipt prints it.
    order_key = Varchar(length=80, default=None, null=True)
    decided_at = Timestamptz(default=None, null=True)
    decided_by = Varchar(length=80, default=None, null=True)
    note = Varchar(length=500, default="", null=False)
    # When goods that were judged after the rest was paid are told to the rules, where that has to wait.
    hear_at = Timestamptz(default=None, null=True)
    # Where tills chain their receipts: by what the next one names this one, and by what it names the one before it.
    chain_value = Bytea(default=None, null=True)
    chain_before = Bytea(default=None, null=True)

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
    matched_by = Varchar(length=10, default=None, null=True)
    why = Varchar(length=40, default="", null=False)
    # What the name is most like, and how much, in parts of a thousand; it says nothing where something surer spoke.
    likeness = SmallInt(default=None, null=True)
    likest_id = UUID(default=None, null=True)
    returned_by = UUID(default=None, null=True)
    # The activity by which the rules were told of it: the receipt's own, or a later one that adds to it.
    told_by = UUID(default=None, null=True)

    receipt_line_once = Unique([receipt_id, place])
    receipt_line_matched_somehow = Check("(product_id IS NULL) = (matched_by IS NULL)")
    receipt_line_sign_known = Check("matched_by IN ('gtin', 'article', 'alias', 'likeness', 'person')")
    receipt_line_alike_to_something = Check("(likeness IS NULL) = (likest_id IS NULL)")


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
    # When the receipts that had been paid in part were looked at by it.
    applied_at = Timestamptz(default=None, null=True)

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


class ReceiptPicture(Table, db=engine):
    """What a photo of a receipt shows, encrypted, for the person who has to look at it and for no longer."""

    id = UUID(primary_key=True, default=UUID7())
    receipt_id = ForeignKey(references=Receipt, default=None, null=False, index=True, on_delete=OnDelete.restrict)
    wrapped_picture = Bytea(default=None, null=False)
    kept_at = Timestamptz(default=TimestamptzNow(), null=False)

    receipt_picture_once = Unique([receipt_id])


class ReceiptInquiry(Table, db=engine):
    """How far sources were asked about a receipt; `turn` fences whoever asks, `due_at` is when the next one may.

    While somebody asks, `due_at` is the end of his lease: a worker that was killed is followed by another.
    """

    receipt_id = UUID(primary_key=True, default=None, null=False)
    format = Varchar(length=8, default=None, null=False)
    state = Varchar(length=10, default="open", null=False)
    turn = Integer(default=0, null=False)
    asking = Boolean(default=False, null=False)
    asked = Integer(default=0, null=False)
    refuted = Integer(default=0, null=False)
    mistaken = Integer(default=0, null=False)
    source = Varchar(length=24, default="", null=False)
    outcome = Varchar(length=16, default="", null=False)
    ticket = Varchar(length=200, default=None, null=True)
    opened_at = Timestamptz(default=TimestamptzNow(), null=False)
    due_at = Timestamptz(default=None, null=False)
    closed_at = Timestamptz(default=None, null=True)

    receipt_inquiry_state_known = Check("state IN ('open', 'answered', 'given_up', 'dropped')")
    receipt_inquiry_closed = Check("(state = 'open') = (closed_at IS NULL)")


class ReceiptAttempt(Table, db=engine):
    """One time that a source was asked about a receipt; without an outcome whoever asked has not lived to tell it."""

    id = UUID(primary_key=True, default=UUID7())
    receipt_id = ForeignKey(references=Receipt, default=None, null=False, index=True, on_delete=OnDelete.restrict)
    source = Varchar(length=24, default=None, null=False)
    asked_at = Timestamptz(default=TimestamptzNow(), null=False)
    answered_at = Timestamptz(default=None, null=True)
    outcome = Varchar(length=16, default="", null=False)
    detail = Varchar(length=200, default="", null=False)


class ItemSource(Table, db=engine):
    """What all workers know of a source together: the requests of this minute and day, and its failures in a row."""

    name = Varchar(length=24, default=None, null=False, primary_key=True)
    failures = Integer(default=0, null=False)
    open_until = Timestamptz(default=None, null=True)
    minute = Timestamptz(default=None, null=True)
    minute_count = Integer(default=0, null=False)
    day = Timestamptz(default=None, null=True)
    day_count = Integer(default=0, null=False)
    answered_at = Timestamptz(default=None, null=True)
    failed_at = Timestamptz(default=None, null=True)
    failure = Varchar(length=200, default="", null=False)


class ReceiptFeed(Table, db=engine):
    """A partner's shop, or its operator, that sends receipts by itself; with `sellers` it speaks for those alone."""

    id = UUID(primary_key=True, default=UUID7())
    program_id = UUID(default=None, null=False, index=True)
    name = Varchar(length=120, default=None, null=False)
    sellers = Array(base_column=Varchar(length=32), default=None, null=False)
    state = Varchar(length=3, default="on", null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    created_by = Varchar(length=80, default=None, null=False)
    heard_at = Timestamptz(default=None, null=True)

    receipt_feed_state_known = Check("state IN ('on', 'off')")


class FeedSecret(Table, db=engine):
    """What a feed signs by: our own secret, or its public key; two may live at once, for rotation."""

    id = UUID(primary_key=True, default=UUID7())
    feed_id = ForeignKey(references=ReceiptFeed, default=None, null=False, index=True, on_delete=OnDelete.restrict)
    kind = Varchar(length=8, default=None, null=False)
    wrapped_secret = Bytea(default=None, null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    expires_at = Timestamptz(default=None, null=True)

    feed_secret_kind_known = Check("kind IN ('hmac', 'ed25519')")


class FedReceipt(Table, db=engine):
    """A receipt that a feed has brought, with its goods, whether or not an agent ever hands it in."""

    id = UUID(primary_key=True, default=UUID7())
    feed_id = ForeignKey(references=ReceiptFeed, default=None, null=False, index=True, on_delete=OnDelete.restrict)
    identity = Varchar(length=300, default=None, null=False)
    said = JSON(default=None, null=False)
    operation = Varchar(length=16, default=None, null=False)
    item_keys = Array(base_column=Varchar(length=80), default=None, null=False)
    # The sale that a return names, which matters where goods carry no marking.
    sale_identity = Varchar(length=300, default=None, null=True)
    brought_at = Timestamptz(default=TimestamptzNow(), null=False)
    # A return is carried out once; None while it waits for the sale's own bonus to be decided.
    carried_out_at = Timestamptz(default=None, null=True)

    fed_receipt_once = Unique([identity])


class ReceiptProposal(Table, db=engine):
    """That somebody would accept a large receipt, and as what; it waits for another person."""

    receipt_id = UUID(primary_key=True, default=None, null=False)
    asked_by = Varchar(length=80, default=None, null=False)
    asked_at = Timestamptz(default=None, null=False)
    products = JSON(default=None, null=False)
    note = Varchar(length=500, default="", null=False)

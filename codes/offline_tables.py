"""The tables of tills without a network: their slips, what was borne for them, the daily files of shops."""

from piccolo.columns import JSON, UUID, BigInt, Bytea, Date, Integer, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from core.columns import UUID7
from core.db import engine


class OfflineSlip(Table, db=engine):
    """A slip that a terminal has signed, by its number: only its digest is kept, as it may say who the customer is."""

    id = UUID(primary_key=True, default=UUID7())
    terminal_id = UUID(default=None, null=False)
    shop_id = UUID(default=None, null=False)
    sequence = BigInt(default=None, null=False)
    order_ref = Varchar(length=64, default=None, null=False)
    digest = Bytea(default=None, null=False)
    at = Timestamptz(default=None, null=False)
    received_at = Timestamptz(default=None, null=False)
    # What became of it, once it is decided.
    outcome = JSON(default=None, null=True)

    offline_slip_once = Unique([terminal_id, sequence])
    offline_slip_order_once = Unique([terminal_id, order_ref])


class OfflineCover(Table, db=engine):
    """A discount that a till gave offline when there was room for it no more, and that the maker bears all the same."""

    order_id = UUID(primary_key=True, default=None, null=False)
    shop_id = UUID(default=None, null=False)
    order_ref = Varchar(length=64, default=None, null=False)
    till_id = UUID(default=None, null=False)
    campaign_id = UUID(default=None, null=False)
    asset = Varchar(length=8, default=None, null=False)
    amount_minor = BigInt(default=None, null=False)
    returned_minor = BigInt(default=0, null=False)
    reason = Varchar(length=32, default=None, null=False)
    at = Timestamptz(default=None, null=False)

    offline_cover_order_once = Unique([shop_id, order_ref])
    offline_cover_amount = Check("amount_minor > 0 AND returned_minor BETWEEN 0 AND amount_minor")


class OfflineCoverUse(Table, db=engine):
    """How often a campaign has borne a till's discount on a day of the program's calendar."""

    id = UUID(primary_key=True, default=UUID7())
    till_id = UUID(default=None, null=False)
    campaign_id = UUID(default=None, null=False)
    day = Date(default=None, null=False)
    used = Integer(default=None, null=False)

    offline_cover_use_once = Unique([till_id, campaign_id, day])


class SalesFile(Table, db=engine):
    """A day's sales as a shop without an integration writes them down; a job takes its receipts one by one."""

    id = UUID(primary_key=True, default=UUID7())
    shop_id = UUID(default=None, null=False, index=True)
    digest = Bytea(default=None, null=False)
    receipts = Integer(default=None, null=False)
    known = Integer(default=None, null=False)
    job_id = UUID(default=None, null=True)
    sent_by = Varchar(length=80, default=None, null=False)
    sent_at = Timestamptz(default=None, null=False)

    sales_file_once = Unique([shop_id, digest])


class SalesReceipt(Table, db=engine):
    """A receipt of a daily file, by the shop's own number of a day; what became of it, once it was taken."""

    id = UUID(primary_key=True, default=UUID7())
    file_id = UUID(default=None, null=False)
    shop_id = UUID(default=None, null=False)
    order_ref = Varchar(length=64, default=None, null=False)
    row = Integer(default=None, null=False)
    at = Timestamptz(default=None, null=False)
    sale = JSON(default=None, null=False)
    digest = Bytea(default=None, null=False)
    outcome = JSON(default=None, null=True)

    sales_receipt_once = Unique([shop_id, order_ref])

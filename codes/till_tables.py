"""The tables of the till's page: shifts of cashiers, and the orders that they entered by hand."""

from piccolo.columns import UUID, ForeignKey, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from core.columns import UUID7
from core.db import engine


class TillShift(Table, db=engine):
    """A cashier's shift in a shop; a person has one open at most, by an index of its own."""

    id = UUID(primary_key=True, default=UUID7())
    shop_id = UUID(default=None, null=False, index=True)
    staff_id = UUID(default=None, null=False, index=True)
    opened_at = Timestamptz(default=TimestamptzNow(), null=False)
    closed_at = Timestamptz(default=None, null=True)
    # The shift that took the till over, where one did.
    next_id = UUID(default=None, null=True)

    till_shift_ends_before_the_next = Check("next_id IS NULL OR closed_at IS NOT NULL")


class TillSale(Table, db=engine):
    """An order that a cashier entered, and the shift in which he did; what it came to stands with the order."""

    id = UUID(primary_key=True, default=UUID7())
    shift_id = ForeignKey(references=TillShift, default=None, null=False, index=True, on_delete=OnDelete.restrict)
    shop_id = UUID(default=None, null=False)
    order_ref = Varchar(length=64, default=None, null=False)
    at = Timestamptz(default=None, null=False)
    undone_at = Timestamptz(default=None, null=True)

    till_sale_once = Unique([shop_id, order_ref])

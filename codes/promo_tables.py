"""The tables of promo codes: public codes, the orders of tills that used them, and the goods that came back."""

from piccolo.columns import JSON, UUID, BigInt, BigSerial, Boolean, Bytea, SmallInt, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from core.columns import UUID7
from core.db import engine
from core.tables import APPEND_ONLY


class PromoCode(Table, db=engine):
    """An agent's public code for a campaign; nobody else's looks like it."""

    id = UUID(primary_key=True, default=UUID7())
    agent_id = UUID(default=None, null=False, index=True)
    campaign_id = UUID(default=None, null=False)
    program_id = UUID(default=None, null=False)
    text = Varchar(length=20, default=None, null=False)
    skeleton = Varchar(length=20, default=None, null=False, unique=True)
    # The number behind its bars.
    number = BigInt(default=None, null=False, unique=True)
    state = Varchar(length=8, default="active", null=False)
    seen = BigInt(default=0, null=False)
    # The transaction that changed its state last, kept by a trigger: a till asks for what changed since it asked.
    changed_in = BigInt(default=0, null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)

    promo_code_state_known = Check("state IN ('active', 'paused', 'archived')")
    promo_code_number_in_range = Check("number BETWEEN 0 AND 9999999999")


class PromoOrder(Table, db=engine):
    """An order of a till or a web shop with an agent's code: one row for each order of a shop, whatever becomes of it.

    *order* is what was asked, *priced* what it came to, *decision* what its campaigns pay for it.
    """

    id = UUID(primary_key=True, default=UUID7())
    program_id = UUID(default=None, null=False)
    shop_id = UUID(default=None, null=False)
    order_ref = Varchar(length=64, default=None, null=False)
    state = Varchar(length=20, default=None, null=False)
    promo_code_id = UUID(default=None, null=True, index=True)
    agent_id = UUID(default=None, null=True)
    customer_key = Varchar(length=64, default=None, null=True)
    request_hash = Bytea(default=None, null=False)
    order = JSON(default=None, null=False)
    priced = JSON(default=None, null=False)
    decision = JSON(default=None, null=False)
    occurred_at = Timestamptz(default=None, null=False)
    created_at = Timestamptz(default=None, null=False)
    expires_at = Timestamptz(default=None, null=True)
    redeemed_at = Timestamptz(default=None, null=True)

    promo_order_once = Unique([shop_id, order_ref])
    promo_order_state_known = Check(
        "state IN ('held', 'released', 'expired', 'succeeded', 'partially_returned', 'returned')"
    )


class PromoReturn(Table, db=engine):
    """Goods that came back, by the till's own reference for it; it waits where the sale has not come yet."""

    id = UUID(primary_key=True, default=UUID7())
    shop_id = UUID(default=None, null=False)
    order_ref = Varchar(length=64, default=None, null=False)
    return_ref = Varchar(length=64, default=None, null=False)
    request_hash = Bytea(default=None, null=False)
    lines = JSON(default=None, null=False)
    refund = JSON(default=None, null=True)
    at = Timestamptz(default=None, null=False)
    applied_at = Timestamptz(default=None, null=True)

    promo_return_once = Unique([shop_id, return_ref])


class SoldLine(Table, db=engine, tags=[APPEND_ONLY]):
    """A line of an order as it was sold, beside everything that reports count by; written once, some minutes later.

    What of a bonus for the order is the line's lies between `share_from` and `share_to` of so many `shares`.
    """

    id = BigSerial(primary_key=True)
    order_id = UUID(default=None, null=False)
    place = SmallInt(default=None, null=False)
    program_id = UUID(default=None, null=False)
    redeemed_at = Timestamptz(default=None, null=False)
    shop_id = UUID(default=None, null=False)
    campaign_id = UUID(default=None, null=False)
    agent_id = UUID(default=None, null=True)
    product_id = UUID(default=None, null=True)
    goods_minor = BigInt(default=None, null=False)
    discount_minor = BigInt(default=None, null=False)
    # Whether no line of the order above it has the same product.
    is_first = Boolean(default=None, null=False)
    share_from = BigInt(default=None, null=False)
    share_to = BigInt(default=None, null=False)
    shares = BigInt(default=None, null=False)

    sold_line_once = Unique([order_id, place])

"""The tables of attribution: whose each sale was and why, whose a customer is for a while, agents' own cards."""

from piccolo.columns import JSON, UUID, BigInt, SmallInt, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from core.columns import UUID7
from core.db import engine


class Attribution(Table, db=engine):
    """Whose a sale was, by which evidence, with everybody who had a claim to it; decided once, with the sale."""

    activity_id = UUID(primary_key=True, default=None, null=False)
    program_id = UUID(default=None, null=False)
    agent_id = UUID(default=None, null=False)
    campaign_id = UUID(default=None, null=False)
    evidence = Varchar(length=16, default=None, null=False)
    # Plain JSON: it is written once, read whole, and never searched.
    claims = JSON(default=None, null=False)
    given = JSON(default="[]", null=False)
    at = Timestamptz(default=None, null=False)

    attribution_evidence_known = Check(
        "evidence IN ('promo_code', 'packaging_code', 'receipt', 'link', 'customer_key')"
    )


class KnownCustomer(Table, db=engine):
    """A customer as a program knows him by his key: how often he came, and whose he is while a window is open.

    Its row is the lock under which his orders are decided; its id follows from program and key.
    """

    id = UUID(primary_key=True, default=None, null=False)
    program_id = UUID(default=None, null=False)
    customer_key = Varchar(length=64, default=None, null=False)
    since = Timestamptz(default=None, null=False)
    forget_at = Timestamptz(default=None, null=False)
    # Orders that were not let go, and how many of them came back whole.
    orders = BigInt(default=0, null=False)
    returned = BigInt(default=0, null=False)
    agent_id = UUID(default=None, null=True)
    campaign_id = UUID(default=None, null=True)
    promo_code_id = UUID(default=None, null=True)
    # The order with which the window began.
    activity_id = UUID(default=None, null=True)
    window_from = Timestamptz(default=None, null=True)
    window_until = Timestamptz(default=None, null=True)

    known_customer_counts = Check("orders >= 0 AND returned BETWEEN 0 AND orders")
    known_customer_window_whole = Check(
        "num_nulls(agent_id, campaign_id, promo_code_id, activity_id, window_from, window_until) IN (0, 6)"
    )


class OwnCard(Table, db=engine):
    """A customer key that is an agent's own: he said so, or a person of the maker's did."""

    id = UUID(primary_key=True, default=UUID7())
    agent_id = UUID(default=None, null=False)
    customer_key = Varchar(length=64, default=None, null=False)
    kind = Varchar(length=8, default=None, null=False)
    at = Timestamptz(default=None, null=False)
    confirmed_by = Varchar(length=80, default=None, null=True)

    own_card_once = Unique([customer_key, agent_id])


class ActivityReturn(Table, db=engine):
    """Goods of an activity came back or turned out later: the lines that its standing counts from then on."""

    id = UUID(primary_key=True, default=UUID7())
    activity_id = UUID(default=None, null=False)
    agent_id = UUID(default=None, null=False)
    program_id = UUID(default=None, null=False)
    at = Timestamptz(default=None, null=False)
    lines = JSON(default=None, null=False)


class ActivityAddition(Table, db=engine):
    """An activity that adds goods to an earlier one which was paid before they were known; the first addition is 1."""

    activity_id = UUID(primary_key=True, default=None, null=False)
    first_id = UUID(default=None, null=False)
    number = SmallInt(default=None, null=False)

    activity_addition_once = Unique([first_id, number])
    activity_addition_of_another = Check("activity_id <> first_id AND number > 0")

"""The tables of rewards: what is on offer, the stock of partners' codes, and what agents have ordered."""

from piccolo.columns import JSON, UUID, BigInt, Bytea, Date, Integer, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from core.columns import UUID7
from core.db import engine


class Reward(Table, db=engine):
    """Something that bonuses buy; *shops* is a list of ids where a service is given, empty for all of the program."""

    id = UUID(primary_key=True, default=UUID7())
    program_id = UUID(default=None, null=False, index=True)
    kind = Varchar(length=16, default=None, null=False)
    state = Varchar(length=8, default="paused", null=False)
    name_ru = Varchar(length=120, default=None, null=False)
    name_en = Varchar(length=120, default=None, null=False)
    about_ru = Text(default="", null=False)
    about_en = Text(default="", null=False)
    price_minor = BigInt(default=None, null=False)
    asset = Varchar(length=8, default=None, null=False)
    agent_max = Integer(default=None, null=True)
    valid_days = Integer(default=None, null=True)
    low_stock = Integer(default=None, null=True)
    shops = JSON(default="[]", null=False)
    created_by = Varchar(length=80, default=None, null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)

    reward_kind_known = Check("kind IN ('gift_card', 'entitlement')")
    reward_state_known = Check("state IN ('active', 'paused', 'ended')")
    reward_price_positive = Check("price_minor > 0")
    reward_of_its_kind = Check("(kind = 'entitlement') = (valid_days IS NOT NULL)")


class GiftCard(Table, db=engine):
    """A partner's code: encrypted from the moment that it came in, known again by a keyed hash, given to one order."""

    id = UUID(primary_key=True, default=UUID7())
    reward_id = UUID(default=None, null=False)
    code_hash = Bytea(default=None, null=False)
    wrapped_secret = Bytea(default=None, null=False)
    expires_on = Date(default=None, null=True)
    state = Varchar(length=12, default="stock", null=False)
    order_id = UUID(default=None, null=True, index=True)
    added_at = Timestamptz(default=TimestamptzNow(), null=False)

    gift_card_once = Unique([reward_id, code_hash])
    gift_card_state_known = Check("state IN ('stock', 'given', 'withdrawn', 'dead')")
    gift_card_given_to_one = Check("(state IN ('given', 'dead')) = (order_id IS NOT NULL)")


class RewardOrder(Table, db=engine):
    """What an agent ordered, at the price of that moment; how far it is stands in the spend that pays for it.

    A service has a voucher: its text encrypted, and a keyed hash by which staff find it.
    """

    id = UUID(primary_key=True, default=UUID7())
    reward_id = UUID(default=None, null=False)
    agent_id = UUID(default=None, null=False)
    spend_id = UUID(default=None, null=False, unique=True)
    kind = Varchar(length=16, default=None, null=False)
    wrapped_secret = Bytea(default=None, null=True)
    voucher_hash = Bytea(default=None, null=True, unique=True)
    created_at = Timestamptz(default=None, null=False)
    shown_at = Timestamptz(default=None, null=True)
    shop_id = UUID(default=None, null=True)

    reward_order_kind_known = Check("kind IN ('gift_card', 'entitlement')")
    reward_order_voucher = Check(
        "(kind = 'entitlement') = (voucher_hash IS NOT NULL) AND (kind = 'entitlement') = (wrapped_secret IS NOT NULL)"
    )

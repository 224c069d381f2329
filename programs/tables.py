"""The tables of programs: who runs what, what is sold and where, campaigns with their money and limits, terms."""

from piccolo.columns import (
    JSONB,
    UUID,
    BigInt,
    Boolean,
    Bytea,
    ForeignKey,
    Integer,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from core.columns import UUID7
from core.db import engine
from core.tables import APPEND_ONLY


class Owner(Table, db=engine):
    """One row: whose installation this is."""

    place = SmallInt(primary_key=True, default=1, null=False)
    name = Varchar(length=120, default=None, null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)

    one_row = Check("place = 1")


class Program(Table, db=engine):
    """A brand or a country: its calendar, the currency of its receipts, the asset of its bonuses, its law."""

    id = UUID(primary_key=True, default=UUID7())
    name = Varchar(length=120, default=None, null=False)
    time_zone = Varchar(length=64, default=None, null=False)
    currency = Varchar(length=3, default=None, null=False)
    asset = Varchar(length=8, default=None, null=False)
    jurisdiction = Varchar(length=16, default=None, null=False)
    # What becomes of a receipt that names a company as the buyer.
    company_receipts = Varchar(length=6, default="review", null=False)
    # How a till's receipt shows what a code gives.
    discount_form = Varchar(length=17, default="discount", null=False)
    # The maker's colours, as #10324A, on what agents hand out.
    dark = Varchar(length=7, default=None, null=True)
    light = Varchar(length=7, default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)

    program_company_receipts_known = Check("company_receipts IN ('pay', 'review', 'refuse')")
    program_discount_form_known = Check("discount_form IN ('discount', 'counter_provision')")
    program_colours_in_pairs = Check("(dark IS NULL) = (light IS NULL)")


class Product(Table, db=engine):
    """What the maker sells, by his own number for it."""

    id = UUID(primary_key=True, default=UUID7())
    program_id = ForeignKey(references=Program, default=None, null=False, index=True, on_delete=OnDelete.restrict)
    sku = Varchar(length=64, default=None, null=False)
    name_ru = Varchar(length=120, default=None, null=False)
    name_en = Varchar(length=120, default=None, null=False)
    # What a till's name for it has to hold, and what a piece of it costs, in minor units of the program's currency.
    brand = Varchar(length=64, default=None, null=True)
    price_minor_min = BigInt(default=None, null=True)
    price_minor_max = BigInt(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)

    product_sku_once = Unique([program_id, sku])
    product_prices_ordered = Check("price_minor_min <= price_minor_max")


class ProductGtin(Table, db=engine):
    """A product's number in the shops of the world, padded to 14 digits; it names one product of a program."""

    id = UUID(primary_key=True, default=UUID7())
    program_id = ForeignKey(references=Program, default=None, null=False, index=True, on_delete=OnDelete.restrict)
    product_id = ForeignKey(references=Product, default=None, null=False, index=True, on_delete=OnDelete.restrict)
    gtin = Varchar(length=14, default=None, null=False)

    gtin_digits = Check("gtin ~ '^[0-9]{14}$'")
    gtin_once = Unique([program_id, gtin])


class ProductAlias(Table, db=engine):
    """What else a product is called: an article number, or a name as tills print it."""

    id = UUID(primary_key=True, default=UUID7())
    program_id = ForeignKey(references=Program, default=None, null=False, index=True, on_delete=OnDelete.restrict)
    product_id = ForeignKey(references=Product, default=None, null=False, index=True, on_delete=OnDelete.restrict)
    kind = Varchar(length=8, default=None, null=False)
    text = Varchar(length=120, default=None, null=False)

    alias_kind_known = Check("kind IN ('article', 'alias')")
    alias_once = Unique([product_id, kind, text])


class Shop(Table, db=engine):
    """A point of sale, by the owner's own code for it."""

    id = UUID(primary_key=True, default=UUID7())
    program_id = ForeignKey(references=Program, default=None, null=False, index=True, on_delete=OnDelete.restrict)
    code = Varchar(length=64, default=None, null=False)
    name = Varchar(length=120, default=None, null=False)
    region = Varchar(length=64, default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)

    shop_code_once = Unique([program_id, code])


class Campaign(Table, db=engine):
    """An offer with a beginning and an end; what it says stands in its versions."""

    id = UUID(primary_key=True, default=UUID7())
    program_id = ForeignKey(references=Program, default=None, null=False, index=True, on_delete=OnDelete.restrict)
    name = Varchar(length=120, default=None, null=False)
    state = Varchar(length=8, default="draft", null=False)
    reason = Varchar(length=500, default="", null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    activated_at = Timestamptz(default=None, null=True)
    ended_at = Timestamptz(default=None, null=True)

    campaign_state_known = Check("state IN ('draft', 'active', 'paused', 'ended', 'killed')")
    campaign_has_started = Check("state NOT IN ('active', 'paused') OR activated_at IS NOT NULL")
    campaign_is_over = Check("(state IN ('ended', 'killed')) = (ended_at IS NOT NULL)")


class CampaignVersion(Table, db=engine, tags=[APPEND_ONLY]):
    """The rules of a campaign from a moment on; an accrual names the version that made it, so none ever changes."""

    id = UUID(primary_key=True, default=UUID7())
    campaign_id = ForeignKey(references=Campaign, default=None, null=False, index=True, on_delete=OnDelete.restrict)
    version = Integer(default=None, null=False)
    effective_from = Timestamptz(default=None, null=False)
    rules = JSONB(default=None, null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    created_by = Varchar(length=80, default=None, null=False)

    campaign_version_once = Unique([campaign_id, version])
    campaign_version_positive = Check("version > 0")


class Budget(Table, db=engine):
    """What a campaign may spend and has spent; its id is made of campaign and asset, so there is one of each."""

    id = UUID(primary_key=True, default=None, null=False)
    campaign_id = ForeignKey(references=Campaign, default=None, null=False, index=True, on_delete=OnDelete.restrict)
    asset = Varchar(length=8, default=None, null=False)
    cap_minor = BigInt(default=0, null=False)
    spent_minor = BigInt(default=0, null=False)

    budget_holds = Check("spent_minor BETWEEN 0 AND cap_minor")
    budget_once = Unique([campaign_id, asset])


class LimitUse(Table, db=engine):
    """How often and for how much a limit was used; its id is made of what it counts, so it is found by one key."""

    id = UUID(primary_key=True, default=None, null=False)
    # No foreign key: each first use would lock the campaign's row, and thousands a second begin with one.
    campaign_id = UUID(default=None, null=False)
    scope = Varchar(length=8, default=None, null=False)
    subject = Varchar(length=80, default=None, null=False)
    period_key = Varchar(length=10, default=None, null=False)
    used_count = BigInt(default=0, null=False)
    used_minor = BigInt(default=0, null=False)

    limit_not_negative = Check("used_count >= 0 AND used_minor >= 0")


class Terms(Table, db=engine, tags=[APPEND_ONLY]):
    """A public text in both languages; a change is a new version, its hash says what was agreed to."""

    id = UUID(primary_key=True, default=UUID7())
    program_id = ForeignKey(references=Program, default=None, null=False, index=True, on_delete=OnDelete.restrict)
    name = Varchar(length=64, default=None, null=False)
    version = Integer(default=None, null=False)
    text_ru = Text(default=None, null=False)
    text_en = Text(default=None, null=False)
    sha256 = Bytea(default=None, null=False)
    published_at = Timestamptz(default=TimestamptzNow(), null=False)

    terms_version_once = Unique([program_id, name, version])
    terms_version_positive = Check("version > 0")
    terms_have_their_hash = Check("length(sha256) = 32")


class TermsAcceptance(Table, db=engine, tags=[APPEND_ONLY]):
    """An agent said yes to a version; agents live a floor above, so this is only their id."""

    id = UUID(primary_key=True, default=UUID7())
    agent_id = UUID(default=None, null=False)
    terms_id = ForeignKey(references=Terms, default=None, null=False, index=True, on_delete=OnDelete.restrict)
    version = Integer(default=None, null=False)
    sha256 = Bytea(default=None, null=False)
    accepted_at = Timestamptz(default=TimestamptzNow(), null=False)

    terms_accepted_once = Unique([agent_id, terms_id])


class ProgramRevision(Table, db=engine):
    """One row: numbers that change with every change, so that each process knows when to read again."""

    place = SmallInt(primary_key=True, default=1, null=False)
    rules = BigInt(default=None, null=False)
    catalogue = BigInt(default=None, null=False)

    one_row = Check("place = 1")


class AdvertisingMark(Table, db=engine):
    """What a campaign's pictures say of themselves where they are published online, as far as it is set."""

    id = UUID(primary_key=True, default=UUID7())
    campaign_id = ForeignKey(references=Campaign, default=None, null=False, index=True, on_delete=OnDelete.restrict)
    word = Varchar(length=64, default=None, null=True)
    advertiser = Varchar(length=120, default=None, null=True)
    token = Varchar(length=80, default=None, null=True)
    changed_at = Timestamptz(default=TimestamptzNow(), null=False)

    advertising_mark_once = Unique([campaign_id])


class Staff(Table, db=engine):
    """A person of the maker or of a shop who logs in; passwords and PINs are kept stretched."""

    id = UUID(primary_key=True, default=UUID7())
    login = Varchar(length=40, default=None, null=False, unique=True)
    name = Varchar(length=120, default=None, null=False)
    role = Varchar(length=16, default=None, null=False)
    program_id = ForeignKey(references=Program, default=None, null=True, index=True, on_delete=OnDelete.restrict)
    shop_id = ForeignKey(references=Shop, default=None, null=True, index=True, on_delete=OnDelete.restrict)
    password = Bytea(default=None, null=False)
    pin = Bytea(default=None, null=True)
    # Somebody else knows the password: at the first login it is changed before anything else.
    password_handed = Boolean(default=False, null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    disabled_at = Timestamptz(default=None, null=True)

    staff_role_known = Check("role IN ('owner', 'marketer', 'moderator', 'finance', 'auditor', 'cashier')")
    cashiers_have_a_shop = Check("(role = 'cashier') = (shop_id IS NOT NULL)")
    shop_with_its_program = Check("shop_id IS NULL OR program_id IS NOT NULL")


class Terminal(Table, db=engine):
    """A till of a shop that signs what it gives without a network, by its public key."""

    id = UUID(primary_key=True, default=UUID7())
    shop_id = ForeignKey(references=Shop, default=None, null=False, index=True, on_delete=OnDelete.restrict)
    name = Varchar(length=120, default=None, null=False)
    public_key = Bytea(default=None, null=False, unique=True)
    registered_at = Timestamptz(default=TimestamptzNow(), null=False)
    revoked_at = Timestamptz(default=None, null=True)

    terminal_key_length = Check("octet_length(public_key) = 32")

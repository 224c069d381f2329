"""The tables of referrals: agents and devices; activities, their queue, accruals; standing; journal; disputes."""

from piccolo.columns import (
    JSON,
    JSONB,
    UUID,
    Array,
    BigInt,
    BigSerial,
    Boolean,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    OnDelete,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from core.columns import UUID7
from core.db import engine


class Agent(Table, db=engine):
    """An anonymous earner: an id and an alias, never anything that tells who he is."""

    id = UUID(primary_key=True, default=UUID7())
    alias = Varchar(length=60, default=None, null=False)
    alias_en = Varchar(length=60, default=None, null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    closed_at = Timestamptz(default=None, null=True)
    trust = SmallInt(default=0, null=False)


class Device(Table, db=engine):
    """A phone of an agent: its public key by thumbprint, its token as a hash, and from when it may spend."""

    id = UUID(primary_key=True, default=UUID7())
    agent_id = ForeignKey(references=Agent, null=False, default=None, index=True, on_delete=OnDelete.restrict)
    thumbprint = Varchar(length=43, default=None, null=False, unique=True)
    public_key = JSONB(default=None, null=False)
    name = Varchar(length=60, default="", null=False)
    token_hash = Bytea(default=None, null=False, unique=True)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    spends_from = Timestamptz(default=None, null=False)
    revoked_at = Timestamptz(default=None, null=True)


class DeviceLink(Table, db=engine):
    """A new phone that asks to be let in; an old phone of the agent approves it by what its QR shows."""

    id = UUID(primary_key=True, default=UUID7())
    secret_hash = Bytea(default=None, null=False, unique=True)
    thumbprint = Varchar(length=43, default=None, null=False)
    public_key = JSONB(default=None, null=False)
    name = Varchar(length=60, default="", null=False)
    agent_id = UUID(default=None, null=True)
    expires_at = Timestamptz(default=None, null=False)
    used_at = Timestamptz(default=None, null=True)


class Recovery(Table, db=engine):
    """What verifies a recovery, by a hash of its public key or, of a passkey, of its id. Used once.

    A QR and words sign a statement that carries their key; a passkey's key is kept, with how often it has signed.
    """

    id = UUID(primary_key=True, default=UUID7())
    agent_id = ForeignKey(references=Agent, null=False, default=None, index=True, on_delete=OnDelete.restrict)
    kind = Varchar(length=8, default=None, null=False)
    thumbprint = Varchar(length=43, default=None, null=False, unique=True)
    public_key = Bytea(default=None, null=True)
    sign_count = BigInt(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    used_at = Timestamptz(default=None, null=True)

    way_known = Check("kind IN ('qr', 'words', 'passkey')")
    passkey_whole = Check("num_nonnulls(public_key, sign_count) = CASE kind WHEN 'passkey' THEN 2 ELSE 0 END")


class Challenge(Table, db=engine):
    """What an authenticator was asked to sign: a hash of it and of its purpose, until it is answered or too late."""

    id = Bytea(primary_key=True, default=None, null=False)
    expires_at = Timestamptz(default=None, null=False, index=True)


class UsedProof(Table, db=engine):
    """A proof of possession that was presented; it is not taken twice while it could still be fresh."""

    id = Bytea(primary_key=True, default=None, null=False)
    expires_at = Timestamptz(default=None, null=False, index=True)


class Activity(Table, db=engine):
    """One accepted piece of evidence, ready for the rules; its id is the evidence's own, so there is one of each."""

    id = UUID(primary_key=True, default=None, null=False)
    kind = Varchar(length=20, default=None, null=False)
    cause = Varchar(length=120, default=None, null=False)
    agent_id = UUID(default=None, null=False)
    program_id = UUID(default=None, null=False)
    purchase_id = UUID(default=None, null=False)
    occurred_at = Timestamptz(default=None, null=False)
    accepted_at = Timestamptz(default=None, null=False)
    # Plain JSON: it is written once, read whole, and never searched.
    facts = JSON(default=None, null=False)


class PurchaseKey(Table, db=engine):
    """An item key of a purchase ('gtin+serial:…', 'order:…'), and the activity that named it first.

    The id is a hash of program and key, so that finding and keeping apart are one index. Once the goods came back, the
    next evidence that names the key begins a purchase of its own; `returned_at` stays until they are shown to be sold.
    """

    id = UUID(primary_key=True, default=None, null=False)
    purchase_id = UUID(default=None, null=False)
    item_key = Varchar(length=120, default=None, null=False)
    returned_at = Timestamptz(default=None, null=True)


class PurchaseJoint(Table, db=engine):
    """Two activities are of one purchase: the later one and the one that was there, by an item key or a person's word.

    Only what is joined has rows here, and none is ever changed.
    """

    id = UUID(primary_key=True, default=UUID7())
    activity_id = UUID(default=None, null=False)
    earlier_id = UUID(default=None, null=False, index=True)
    item_key = Varchar(length=120, default=None, null=True)
    joined_by = Varchar(length=80, default=None, null=True)
    joined_at = Timestamptz(default=TimestamptzNow(), null=False)

    purchase_joint_once = Unique([activity_id, earlier_id, item_key], nulls_distinct=False)
    purchase_joint_of_two = Check("activity_id <> earlier_id")
    purchase_joint_by_something = Check("num_nonnulls(item_key, joined_by) = 1")


class PurchaseLeft(Table, db=engine):
    """What by value has not come back of an order or a receipt, of what it was."""

    activity_id = UUID(primary_key=True, default=None, null=False)
    left_minor = BigInt(default=None, null=False)
    whole_minor = BigInt(default=None, null=False)

    purchase_left_in_range = Check("left_minor BETWEEN 0 AND whole_minor AND whole_minor > 0")


class ActivityQueue(Table, db=engine):
    """An activity that waits for the rules; parked when it broke them, with the reason.

    One that is joined is a proof of a purchase that has others: they are settled one at a time.
    """

    activity_id = UUID(primary_key=True, default=None, null=False)
    agent_id = UUID(default=None, null=False)
    again = Boolean(default=False, null=False)
    joined = Boolean(default=False, null=False)
    queued_at = Timestamptz(default=TimestamptzNow(), null=False)
    parked_at = Timestamptz(default=None, null=True)
    error = Text(default=None, null=True)


class Accrual(Table, db=engine):
    """A bonus that a rule computed, or refused with its reason. Once credited, its money is the lot of the same id.

    Where a purchase has several proofs, `worth_minor` is what the rule came to before the others were set against it,
    and `left_minor` what returns have left of that; without them both follow from the amount. A further `part` is what
    the return of other goods has freed for this proof.
    """

    id = UUID(primary_key=True, default=UUID7())
    activity_id = UUID(default=None, null=False)
    campaign_id = UUID(default=None, null=True)
    campaign_version = Integer(default=None, null=True)
    effect = SmallInt(default=0, null=False)
    part = SmallInt(default=0, null=False)
    beneficiary = Varchar(length=10, default="agent", null=False)
    agent_id = UUID(default=None, null=False)
    asset = Varchar(length=8, default=None, null=True)
    amount_minor = BigInt(default=0, null=False)
    clawed_minor = BigInt(default=0, null=False)
    worth_minor = BigInt(default=None, null=True)
    left_minor = BigInt(default=None, null=True)
    state = Varchar(length=12, default=None, null=False)
    reason = Varchar(length=40, default=None, null=True)
    releases_at = Timestamptz(default=None, null=True)
    created_at = Timestamptz(default=None, null=False)

    accrual_part_once = Unique([activity_id, campaign_id, effect, agent_id, part], nulls_distinct=False)
    state_known = Check("state IN ('waiting', 'credited', 'denied', 'canceled', 'clawed_back')")
    clawed_in_range = Check("clawed_minor BETWEEN 0 AND amount_minor")


class StandingProduct(Table, db=engine):
    """What an agent did in a program on a day with a product."""

    id = BigSerial(primary_key=True)
    agent_id = UUID(default=None, null=False)
    program_id = UUID(default=None, null=False)
    day = Date(default=None, null=False)
    product_id = UUID(default=None, null=False)
    times = BigInt(default=None, null=False)
    quantity = BigInt(default=None, null=False)
    amount_minor = BigInt(default=None, null=False)
    first_at = Timestamptz(default=None, null=False)

    standing_product_once = Unique([agent_id, program_id, day, product_id])


class StandingCustomer(Table, db=engine):
    """Which customers came to an agent in a program on a day, by their keys."""

    id = BigSerial(primary_key=True)
    agent_id = UUID(default=None, null=False)
    program_id = UUID(default=None, null=False)
    day = Date(default=None, null=False)
    customer_key = Varchar(length=64, default=None, null=False)
    times = BigInt(default=None, null=False)

    standing_customer_once = Unique([agent_id, program_id, day, customer_key])


class JournalEntry(Table, db=engine):
    """What an agent is told, in order: credited, denied, available, spent, a device linked, a dispute answered."""

    id = BigSerial(primary_key=True)
    agent_id = UUID(default=None, null=False)
    kind = Varchar(length=32, default=None, null=False)
    at = Timestamptz(default=None, null=False)
    activity_id = UUID(default=None, null=True)
    # Plain JSON: it is written once, read whole, and never searched.
    facts = JSON(default=None, null=False)


class Dispute(Table, db=engine):
    """An agent's appeal, with the time by which it must be answered."""

    id = UUID(primary_key=True, default=UUID7())
    agent_id = UUID(default=None, null=False, index=True)
    activity_id = UUID(default=None, null=True)
    # Of what has no activity and is known to belong to a program.
    program_id = UUID(default=None, null=True)
    about = Varchar(length=120, default=None, null=False)
    words = Text(default=None, null=False)
    state = Varchar(length=12, default="open", null=False)
    opened_at = Timestamptz(default=TimestamptzNow(), null=False)
    answer_by = Timestamptz(default=None, null=False)
    answer = Text(default=None, null=True)
    answered_at = Timestamptz(default=None, null=True)
    answered_by = Varchar(length=80, default=None, null=True)

    state_known = Check("state IN ('open', 'answered', 'upheld', 'rejected')")


class RiskEvent(Table, db=engine):
    """A suspicion with its facts: the same one counts up while it is open, and a person closes it."""

    id = UUID(primary_key=True, default=UUID7())
    kind = Varchar(length=32, default=None, null=False)
    subject = Varchar(length=160, default=None, null=False)
    program_id = UUID(default=None, null=True)
    agent_id = UUID(default=None, null=True)
    facts = JSONB(default=None, null=False)
    times = Integer(default=1, null=False)
    state = Varchar(length=12, default="open", null=False)
    at = Timestamptz(default=None, null=False)
    last_at = Timestamptz(default=None, null=False)
    decided_at = Timestamptz(default=None, null=True)
    decided_by = Varchar(length=80, default=None, null=True)
    note = Text(default=None, null=True)
    carried_out_at = Timestamptz(default=None, null=True)

    state_known = Check("state IN ('open', 'cleared', 'confirmed')")
    decided_by_somebody = Check("(state = 'open') = (decided_by IS NULL AND decided_at IS NULL)")


class RiskActivity(Table, db=engine):
    """An activity whose bonuses a risk event holds; not applied until the rules have spoken about it."""

    id = BigSerial(primary_key=True)
    risk_id = UUID(default=None, null=False)
    activity_id = UUID(default=None, null=False)
    applied = Boolean(default=False, null=False)

    risk_activity_once = Unique([risk_id, activity_id])


class PushSubscription(Table, db=engine):
    """A browser that an agent wants to be woken: where it is, encrypted; for what, and when not."""

    id = UUID(primary_key=True, default=UUID7())
    agent_id = UUID(default=None, null=False, index=True)
    endpoint_hash = Bytea(default=None, null=False, unique=True)
    wrapped_secret = Bytea(default=None, null=False)
    notices = Array(base_column=Varchar(length=16), default=None, null=False)
    quiet_from = SmallInt(default=None, null=True)
    quiet_until = SmallInt(default=None, null=True)
    time_zone = Varchar(length=64, default="UTC", null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)

    push_quiet_hours = Check("(quiet_from IS NULL) = (quiet_until IS NULL)")


class Notice(Table, db=engine):
    """That a browser is to be woken for news of a kind; it goes when the browser's push service has it."""

    id = BigSerial(primary_key=True)
    subscription_id = UUID(default=None, null=False)
    kind = Varchar(length=16, default=None, null=False)
    due_at = Timestamptz(default=None, null=False, index=True)
    tries = Integer(default=0, null=False)

    notice_once = Unique([subscription_id, kind])

"""The tables of the ledger; transfers, their batches and the chain are written once and never touched again."""

from piccolo.columns import UUID, BigInt, Boolean, Bytea, Integer, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from core.columns import UUID7
from core.db import engine
from core.tables import APPEND_ONLY


class Account(Table, db=engine):
    """One asset of one owner. An agent's accounts carry their balance and may not go below zero; the house's do not."""

    id = UUID(primary_key=True, default=None, null=False)
    kind = Varchar(length=24, default=None, null=False)
    owner_id = UUID(default=None, null=True)
    asset = Varchar(length=8, default=None, null=False)
    balance_minor = BigInt(default=0, null=False)
    entries = BigInt(default=0, null=False)

    floor = Check("balance_minor >= 0")
    account_one_each = Unique([kind, owner_id, asset], nulls_distinct=False)
    account_one_asset = Unique([id, asset])


class Transfer(Table, db=engine, tags=[APPEND_ONLY]):
    """An amount that left one account for another of the same asset, once, for ever.

    The *seq* and *after* of a side number the entries of an account that carries its balance, and say what it held.
    """

    id = UUID(primary_key=True, default=UUID7())
    kind = Varchar(length=16, default=None, null=False)
    reference = UUID(default=None, null=False)
    debit_account_id = UUID(default=None, null=False)
    credit_account_id = UUID(default=None, null=False)
    amount_minor = BigInt(default=None, null=False)
    asset = Varchar(length=8, default=None, null=False)
    cause = Varchar(length=120, default=None, null=False)
    reverses_id = UUID(default=None, null=True)
    batch_id = UUID(default=None, null=False)
    debit_seq = BigInt(default=None, null=True)
    debit_after_minor = BigInt(default=None, null=True)
    credit_seq = BigInt(default=None, null=True)
    credit_after_minor = BigInt(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    digest = Bytea(default=None, null=False)

    transfer_once = Unique([kind, reference])
    positive = Check("amount_minor > 0")
    two_accounts = Check("debit_account_id <> credit_account_id")
    not_overdrawn = Check("coalesce(debit_after_minor, 0) >= 0")


class TransferBatch(Table, db=engine, tags=[APPEND_ONLY]):
    """The digest over the transfers that one transaction posted."""

    id = UUID(primary_key=True, default=UUID7())
    digest = Bytea(default=None, null=False)
    transfers = Integer(default=None, null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)


class UnsealedBatch(Table, db=engine):
    """A batch that the chain has yet to take in."""

    batch_id = UUID(primary_key=True, default=None, null=False)


class ChainLink(Table, db=engine, tags=[APPEND_ONLY]):
    """A batch in its place in the chain: hash = SHA-256(hash before, batch id, batch digest)."""

    seq = BigInt(primary_key=True, default=None, null=False)
    batch_id = UUID(default=None, null=False, unique=True)
    hash = Bytea(default=None, null=False)
    sealed_at = Timestamptz(default=TimestamptzNow(), null=False)


class Lot(Table, db=engine):
    """The money of one accrual: pending until its date, then available until it is spent or expires.

    Of it, *expired* is what lapsed and is the house's, unless a clawback took it from there; *owed* is what a clawback
    found gone and made a debt, unless money that came back and lapsed has paid it.
    """

    id = UUID(primary_key=True, default=None, null=False)
    agent_id = UUID(default=None, null=False)
    campaign_id = UUID(default=None, null=False)
    asset = Varchar(length=8, default=None, null=False)
    amount_minor = BigInt(default=None, null=False)
    remaining_minor = BigInt(default=None, null=False)
    state = Varchar(length=12, default=None, null=False)
    releases_at = Timestamptz(default=None, null=False)
    expires_after_days = Integer(default=None, null=True)
    expires_at = Timestamptz(default=None, null=True)
    expiries = Integer(default=0, null=False)
    expired_minor = BigInt(default=0, null=False)
    owed_minor = BigInt(default=0, null=False)
    debt_share_basis_points = Integer(default=10_000, null=False)
    cause = Varchar(length=120, default=None, null=False)
    holds = Integer(default=0, null=False)
    # Its agent knows that it is about to expire.
    warned = Boolean(default=False, null=False)

    state_known = Check("state IN ('pending', 'available')")
    held_is_pending = Check("holds = 0 OR holds > 0 AND state = 'pending'")
    remaining_in_range = Check("remaining_minor BETWEEN 0 AND amount_minor")
    lot_expired_in_range = Check("expired_minor BETWEEN 0 AND amount_minor - remaining_minor")
    lot_owed_in_range = Check("owed_minor BETWEEN 0 AND amount_minor")


class Spend(Table, db=engine):
    """Money set aside by an agent for something, then captured by whoever gave it, or released."""

    id = UUID(primary_key=True, default=UUID7())
    agent_id = UUID(default=None, null=False)
    asset = Varchar(length=8, default=None, null=False)
    amount_minor = BigInt(default=None, null=False)
    purpose = Text(default=None, null=False)
    state = Varchar(length=12, default="reserved", null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    expires_at = Timestamptz(default=None, null=False)
    settled_at = Timestamptz(default=None, null=True)
    settled_by = Varchar(length=80, default=None, null=True)

    state_known = Check("state IN ('reserved', 'captured', 'released', 'refunded')")
    positive = Check("amount_minor > 0")


class SpendPart(Table, db=engine):
    """How much of a spend came out of which lot, so that a release puts it back where it was."""

    id = UUID(primary_key=True, default=UUID7())
    spend_id = UUID(default=None, null=False, index=True)
    lot_id = UUID(default=None, null=False)
    amount_minor = BigInt(default=None, null=False)

    positive = Check("amount_minor > 0")


class LotHold(Table, db=engine):
    """Why a pending lot is not released for the moment: for whose sake, since when, and until when it was so."""

    id = UUID(primary_key=True, default=UUID7())
    lot_id = UUID(default=None, null=False)
    cause_id = UUID(default=None, null=False)
    reason = Varchar(length=40, default=None, null=False)
    held_at = Timestamptz(default=None, null=False)
    lifted_at = Timestamptz(default=None, null=True)

    lot_hold_once = Unique([lot_id, cause_id])

"""The tables of core: news to be told, jobs, kept answers, access keys, sessions, guesses, chores, the audit."""

from piccolo.columns import (
    JSONB,
    UUID,
    BigInt,
    BigSerial,
    Boolean,
    Bytea,
    Integer,
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

# A table with this tag is written once: the application's role may neither change nor delete its rows.
APPEND_ONLY = "append_only"


class Outbox(Table, db=engine):
    """News that a transaction recorded and the relay has yet to tell; it carries no truth of its own."""

    id = BigSerial(primary_key=True)
    topic = Varchar(length=64, default=None, null=False)
    payload = JSONB(default=None, null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)


class Job(Table, db=engine):
    """A long piece of work with its progress; taken under a lease, so that a dead worker's job is taken again."""

    id = UUID(primary_key=True, default=UUID7())
    name = Varchar(length=64, default=None, null=False)
    params = JSONB(default=None, null=False)
    state = Varchar(length=16, default="queued", null=False)
    percent = SmallInt(default=0, null=False)
    result = JSONB(default=None, null=True)
    error = Text(default=None, null=True)
    attempts = SmallInt(default=0, null=False)
    lease_until = Timestamptz(default=None, null=True)
    created_by = Varchar(length=80, default="", null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    finished_at = Timestamptz(default=None, null=True)

    state_known = Check("state IN ('queued', 'running', 'done', 'failed')")
    percent_in_range = Check("percent BETWEEN 0 AND 100")


class Answer(Table, db=engine):
    """The answer to a write that carried an Idempotency-Key, kept to be given again byte for byte."""

    id = UUID(primary_key=True, default=UUID7())
    scope = Varchar(length=160, default=None, null=False)
    key_hash = Bytea(default=None, null=False)
    request_hash = Bytea(default=None, null=False)
    status = SmallInt(default=None, null=False)
    body = Bytea(default=None, null=False)
    sealed = Boolean(default=False, null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False, index=True)

    answer_once = Unique([scope, key_hash])


class AccessKey(Table, db=engine):
    """A key of a terminal, an integration or a person of the maker's; only its hash is kept."""

    id = UUID(primary_key=True, default=UUID7())
    token_hash = Bytea(default=None, null=False, unique=True)
    name = Varchar(length=120, default=None, null=False)
    role = Varchar(length=16, default=None, null=False)
    program_id = UUID(default=None, null=True)
    shop_id = UUID(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    expires_at = Timestamptz(default=None, null=True)
    revoked_at = Timestamptz(default=None, null=True)

    key_role_known = Check(
        "role IN ('owner', 'marketer', 'moderator', 'finance', 'auditor', 'terminal', 'erp', 'cashier')"
    )


class Guess(Table, db=engine):
    """Wrong codes of a subject in an hour; the subject is an HMAC, the count never passes its limit."""

    id = UUID(primary_key=True, default=UUID7())
    subject = Bytea(default=None, null=False)
    hour = Timestamptz(default=None, null=False, index=True)
    failures = Integer(default=None, null=False)

    guess_once_an_hour = Unique([subject, hour])


class Chore(Table, db=engine):
    """A piece of work done by schedule: when it was last done, by whichever worker came first."""

    name = Varchar(length=64, primary_key=True, default=None, null=False)
    done_at = Timestamptz(default=None, null=True)
    error = Text(default=None, null=True)


class AuditEntry(Table, db=engine, tags=[APPEND_ONLY]):
    """What somebody with a key did, for ever."""

    id = BigSerial(primary_key=True)
    at = Timestamptz(default=TimestamptzNow(), null=False)
    who = Varchar(length=80, default=None, null=False)
    action = Varchar(length=80, default=None, null=False)
    facts = JSONB(default=None, null=False)


class AuditLink(Table, db=engine, tags=[APPEND_ONLY]):
    """An entry of the audit in its place in the chain of hashes."""

    seq = BigInt(primary_key=True, default=None, null=False)
    entry_id = BigInt(default=None, null=False, unique=True)
    hash = Bytea(default=None, null=False)
    sealed_at = Timestamptz(default=TimestamptzNow(), null=False)


class Epoch(Table, db=engine):
    """One row: changed when a backup was restored, so that phones send again what they kept."""

    place = SmallInt(primary_key=True, default=1, null=False)
    epoch = UUID(default=UUID7(), null=False)
    since = Timestamptz(default=TimestamptzNow(), null=False)

    one_row = Check("place = 1")


class Switch(Table, db=engine):
    """A thing turned off by hand: the whole (read-only mode), a campaign, a shop, spending of an asset."""

    name = Varchar(length=120, primary_key=True, default=None, null=False)
    reason = Varchar(length=500, default="", null=False)
    since = Timestamptz(default=TimestamptzNow(), null=False)


class Pepper(Table, db=engine):
    """One row: the key of hashes that have to stay the same for ever, locked so that the master key can change."""

    place = SmallInt(primary_key=True, default=1, null=False)
    wrapped_secret = Bytea(default=None, null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)

    pepper_one_row = Check("place = 1")


class CustomerPepper(Table, db=engine):
    """A version of the key under which customers are pseudonyms; a destroyed one keeps its number and nothing else."""

    version = SmallInt(primary_key=True, default=None, null=False)
    id = UUID(default=UUID7(), null=False, unique=True)
    state = Varchar(length=12, default=None, null=False)
    wrapped_secret = Bytea(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    begun_at = Timestamptz(default=None, null=True)
    destroyed_at = Timestamptz(default=None, null=True)
    # When nobody stood under it any more.
    erased_at = Timestamptz(default=None, null=True)

    customer_pepper_state_known = Check("state IN ('standby', 'current', 'old', 'destroyed')")
    customer_pepper_gone = Check("(state = 'destroyed') = (wrapped_secret IS NULL AND destroyed_at IS NOT NULL)")
    customer_pepper_in_range = Check("version BETWEEN 1 AND 255")


class Session(Table, db=engine):
    """A person who is logged in; the browser keeps the token, the table its hash and when it was last seen."""

    id = UUID(primary_key=True, default=UUID7())
    token_hash = Bytea(default=None, null=False, unique=True)
    subject = UUID(default=None, null=False, index=True)
    started_at = Timestamptz(default=TimestamptzNow(), null=False)
    seen_at = Timestamptz(default=TimestamptzNow(), null=False)
    expires_at = Timestamptz(default=None, null=False, index=True)
    ended_at = Timestamptz(default=None, null=True)

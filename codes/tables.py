"""The tables of codes: series and batches with their wrapped keys, ranges with their state, scans; no code has one."""

from piccolo.columns import UUID, BigInt, Bytea, Integer, SmallInt, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from core.columns import UUID7
from core.db import engine


class CodeSeries(Table, db=engine):
    """A key epoch of one program: its key is wrapped, and it holds no more codes than its cipher is good for."""

    number = SmallInt(primary_key=True, default=None, null=False)
    program_id = UUID(default=None, null=False, index=True)
    wrapped_secret = Bytea(default=None, null=False)
    issued = BigInt(default=0, null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)

    number_in_range = Check("number BETWEEN 0 AND 31")
    below_capacity = Check("issued BETWEEN 0 AND 17179869184")


class CodeBatch(Table, db=engine):
    """A run of codes in one row; without its key no code of it can be verified ever again."""

    id = UUID(primary_key=True, default=UUID7())
    number = Integer(default=None, null=False, unique=True)
    series = SmallInt(default=None, null=False)
    program_id = UUID(default=None, null=False)
    product_id = UUID(default=None, null=False)
    wrapped_secret = Bytea(default=None, null=True)
    wanted = BigInt(default=None, null=False)
    size = BigInt(default=None, null=True)
    state = Varchar(length=12, default="draft", null=False)
    created_by = Varchar(length=80, default=None, null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    sealed_at = Timestamptz(default=None, null=True)

    number_in_range = Check("number BETWEEN 0 AND 1048575")
    state_known = Check("state IN ('draft', 'sealed', 'voided')")
    has_codes = Check("wanted BETWEEN 1 AND 1000000000")


class CodeRange(Table, db=engine):
    """The state of the indexes `first` up to, not including, `stop`; the ranges of a batch cover it without a gap."""

    id = UUID(primary_key=True, default=UUID7())
    batch_number = Integer(default=None, null=False)
    first = BigInt(default=None, null=False)
    stop = BigInt(default=None, null=False)
    state = Varchar(length=12, default=None, null=False)
    reason = Varchar(length=200, default="", null=False)
    since = Timestamptz(default=None, null=False)
    shipped_at = Timestamptz(default=None, null=True)

    code_range_once = Unique([batch_number, first])
    not_empty = Check("first >= 0 AND first < stop")
    state_known = Check(
        "state IN ('sealed', 'exported', 'printed', 'in_transit', 'active', 'closing', 'expired', 'suspended', "
        "'recalled', 'voided', 'leaked')"
    )


class CodeRevision(Table, db=engine):
    """One row, counted up by every change of a batch or a range, so that processes know to forget what they know."""

    place = SmallInt(primary_key=True, default=1, null=False)
    revision = BigInt(default=0, null=False)

    one_row = Check("place = 1")


class Scan(Table, db=engine):
    """A code that an agent has claimed: the first row of its code key is the only one."""

    id = UUID(primary_key=True, default=None, null=False)
    code_key = Bytea(default=None, null=False)
    agent_id = UUID(default=None, null=False)
    client_key = Bytea(default=None, null=False)
    product_id = UUID(default=None, null=False)
    scanned_at = Timestamptz(default=None, null=False)
    accepted_at = Timestamptz(default=None, null=False)
    expected_minor = BigInt(default=None, null=True)
    expected_asset = Varchar(length=8, default=None, null=True)
    expected_at = Timestamptz(default=None, null=True)

    scan_once = Unique([code_key])
    scan_client_key = Unique([agent_id, client_key])


class HeldScan(Table, db=engine):
    """A scan of a code whose range is not active yet: it claims nothing, and may be paid on activation."""

    id = UUID(primary_key=True, default=None, null=False)
    code_key = Bytea(default=None, null=False)
    agent_id = UUID(default=None, null=False)
    client_key = Bytea(default=None, null=False)
    scanned_at = Timestamptz(default=None, null=False)
    received_at = Timestamptz(default=None, null=False)

    held_scan_once = Unique([code_key, agent_id])
    held_scan_client_key = Unique([agent_id, client_key])


class RefusedScan(Table, db=engine):
    """What an agent was refused, kept for the repetition of the request; the text stands as an HMAC."""

    id = UUID(primary_key=True, default=UUID7())
    agent_id = UUID(default=None, null=False)
    client_key = Bytea(default=None, null=False)
    text_hash = Bytea(default=None, null=False)
    slug = Varchar(length=32, default=None, null=False)
    at = Timestamptz(default=None, null=False, index=True)

    refused_scan_client_key = Unique([agent_id, client_key])

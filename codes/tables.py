"""The tables of codes: series and batches with their wrapped keys, ranges with their state, scans; no code has one."""

from piccolo.columns import (
    UUID,
    Array,
    BigInt,
    BigSerial,
    Boolean,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    SmallInt,
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
    """A run of codes in one row; without its key no code of it can be verified ever again.

    Imported ones need no key: they are somebody else's, and each has its own row. Their numbers lie above all that a
    code of ours can say.
    """

    id = UUID(primary_key=True, default=UUID7())
    number = Integer(default=None, null=False, unique=True)
    kind = Varchar(length=8, default="own", null=False)
    series = SmallInt(default=None, null=True)
    form = Varchar(length=8, default=None, null=True)
    lengths = Array(base_column=SmallInt(), default=None, null=True)
    program_id = UUID(default=None, null=False)
    product_id = UUID(default=None, null=False)
    wrapped_secret = Bytea(default=None, null=True)
    wanted = BigInt(default=None, null=False)
    size = BigInt(default=None, null=True)
    state = Varchar(length=12, default="draft", null=False)
    created_by = Varchar(length=80, default=None, null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    sealed_at = Timestamptz(default=None, null=True)

    number_of_kind = Check(
        "kind = 'own' AND number BETWEEN 0 AND 1048575 OR kind = 'imported' AND number BETWEEN 1048576 AND 2147483647"
    )
    series_of_kind = Check("(kind = 'own') = (series IS NOT NULL) AND (kind = 'own' OR wrapped_secret IS NULL)")
    form_of_kind = Check("(kind = 'imported') = (form IS NOT NULL AND lengths IS NOT NULL)")
    form_known = Check("form IN ('plain', 'gs1')")
    state_known = Check("state IN ('draft', 'sealed', 'voided')")
    has_codes = Check("wanted BETWEEN 1 AND 1000000000")


class CodeRange(Table, db=engine):
    """The state of the indexes `first` up to, not including, `stop`; the ranges of a batch cover it without a gap."""

    id = UUID(primary_key=True, default=UUID7())
    batch_number = Integer(default=None, null=False)
    first = BigInt(default=None, null=False)
    stop = BigInt(default=None, null=False)
    state = Varchar(length=12, default=None, null=False)
    reason = Varchar(length=500, default="", null=False)
    since = Timestamptz(default=None, null=False)
    shipped_at = Timestamptz(default=None, null=True)
    on_sale_at = Timestamptz(default=None, null=True)
    suspended_from = Varchar(length=12, default=None, null=True)
    territory = Varchar(length=64, default=None, null=True)
    channel = Varchar(length=64, default=None, null=True)
    shipment_id = UUID(default=None, null=True, index=True)

    code_range_once = Unique([batch_number, first])
    not_empty = Check("first >= 0 AND first < stop")
    state_known = Check(
        "state IN ('sealed', 'exported', 'printed', 'in_transit', 'active', 'closing', 'expired', 'suspended', "
        "'recalled', 'voided', 'leaked')"
    )
    suspension_ends = Check("(state = 'suspended') = (suspended_from IS NOT NULL)")


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
    in_review_since = Timestamptz(default=None, null=True)
    key_hash = Bytea(default=None, null=True)

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


class PrintOrder(Table, db=engine):
    """A run of indexes for one printer, with what his file holds; a raw migration keeps live ones of a batch apart."""

    id = UUID(primary_key=True, default=UUID7())
    batch_id = ForeignKey(references=CodeBatch, default=None, null=False, index=True, on_delete=OnDelete.restrict)
    batch_number = Integer(default=None, null=False)
    first = BigInt(default=None, null=False)
    stop = BigInt(default=None, null=False)
    printer = Varchar(length=120, default=None, null=False)
    columns = Array(base_column=Varchar(length=16), default=None, null=False)
    origin = Varchar(length=200, default=None, null=False)
    gtin = Varchar(length=14, default=None, null=True)
    recipient = Varchar(length=120, default=None, null=True)
    labels_per_roll = Integer(default=None, null=True)
    state = Varchar(length=12, default="open", null=False)
    reason = Varchar(length=500, default="", null=False)
    created_by = Varchar(length=80, default=None, null=False)
    created_at = Timestamptz(default=None, null=False)
    exported_at = Timestamptz(default=None, null=True)
    closed_at = Timestamptz(default=None, null=True)

    print_order_rolls = Check("labels_per_roll > 0")
    print_order_not_empty = Check("first >= 0 AND first < stop")
    print_order_state_known = Check("state IN ('open', 'exported', 'printed', 'canceled', 'lapsed')")
    print_order_export_known = Check("state NOT IN ('exported', 'printed', 'lapsed') OR exported_at IS NOT NULL")
    print_order_end_known = Check("(state IN ('open', 'exported')) = (closed_at IS NULL)")


class DownloadSession(Table, db=engine):
    """Somebody's right to read an order's file for a day: the order's first one needs nobody, each other a second."""

    id = UUID(primary_key=True, default=UUID7())
    print_order_id = ForeignKey(references=PrintOrder, default=None, null=False, on_delete=OnDelete.restrict)
    number = Integer(default=None, null=False)
    requested_by = Varchar(length=80, default=None, null=False)
    requested_at = Timestamptz(default=None, null=False)
    approved_by = Varchar(length=80, default=None, null=True)
    expires_at = Timestamptz(default=None, null=True)
    ended_at = Timestamptz(default=None, null=True)
    requests = Integer(default=0, null=False)
    bytes_served = BigInt(default=0, null=False)

    download_session_once = Unique([print_order_id, number])
    download_session_two_persons = Check("approved_by <> requested_by")
    download_session_approved = Check("number = 1 OR expires_at IS NULL OR approved_by IS NOT NULL")


class PrintedRun(Table, db=engine):
    """What a printer has reported of some indexes of an order; those of which nothing is said have no row."""

    id = UUID(primary_key=True, default=UUID7())
    print_order_id = ForeignKey(
        references=PrintOrder, default=None, null=False, index=True, on_delete=OnDelete.restrict
    )
    batch_number = Integer(default=None, null=False)
    first = BigInt(default=None, null=False)
    stop = BigInt(default=None, null=False)
    outcome = Varchar(length=8, default=None, null=False)

    printed_run_not_empty = Check("first >= 0 AND first < stop")
    printed_run_outcome_known = Check("outcome IN ('printed', 'spoiled')")


class CompanyPrefix(Table, db=engine):
    """A maker's GS1 company prefix, and how many numbers for cartons and pallets have been made of it."""

    prefix = Varchar(length=10, primary_key=True, default=None, null=False)
    program_id = UUID(default=None, null=False, index=True)
    issued = BigInt(default=0, null=False)

    company_prefix_digits = Check("prefix ~ '^[0-9]{4,10}$'")


class CodeRun(Table, db=engine):
    """A carton, or a pallet: its number (SSCC) and the indexes in it; a raw migration keeps those of a kind apart.

    A pallet that is known by its cartons alone has no indexes of its own.
    """

    id = UUID(primary_key=True, default=UUID7())
    sscc = Varchar(length=18, default=None, null=False, unique=True)
    program_id = UUID(default=None, null=False)
    kind = Varchar(length=8, default=None, null=False)
    batch_number = Integer(default=None, null=True)
    first = BigInt(default=None, null=True)
    stop = BigInt(default=None, null=True)
    parent_id = UUID(default=None, null=True, index=True)

    code_run_kind_known = Check("kind IN ('carton', 'pallet')")
    code_run_sscc_digits = Check("sscc ~ '^[0-9]{18}$'")
    code_run_not_empty = Check("first >= 0 AND first < stop AND batch_number IS NOT NULL OR (first, stop) IS NULL")
    code_run_carton_has_codes = Check("kind = 'pallet' OR first IS NOT NULL")


class Shipment(Table, db=engine):
    """Goods that left together: the maker's number for it, when, and where to; its ranges carry its id."""

    id = UUID(primary_key=True, default=UUID7())
    program_id = UUID(default=None, null=False)
    number = Varchar(length=64, default=None, null=False)
    shipped_at = Timestamptz(default=None, null=False)
    shop_id = UUID(default=None, null=True)
    territory = Varchar(length=64, default=None, null=True)
    channel = Varchar(length=64, default=None, null=True)
    created_by = Varchar(length=80, default=None, null=False)
    created_at = Timestamptz(default=None, null=False)

    shipment_number_once = Unique([program_id, number])


class RangePlan(Table, db=engine):
    """What some indexes become on a day to come, if they are then where they should be."""

    id = UUID(primary_key=True, default=UUID7())
    batch_id = ForeignKey(references=CodeBatch, default=None, null=False, index=True, on_delete=OnDelete.restrict)
    first = BigInt(default=None, null=False)
    stop = BigInt(default=None, null=False)
    state = Varchar(length=12, default=None, null=False)
    reason = Varchar(length=500, default="", null=False)
    due_at = Timestamptz(default=None, null=False, index=True)
    planned_by = Varchar(length=80, default=None, null=False)
    planned_at = Timestamptz(default=None, null=False)
    done_at = Timestamptz(default=None, null=True)
    changed = BigInt(default=None, null=True)
    canceled_at = Timestamptz(default=None, null=True)

    range_plan_not_empty = Check("first >= 0 AND first < stop")
    range_plan_state_known = Check("state IN ('active', 'closing', 'expired')")


class VoidRequest(Table, db=engine):
    """Somebody wants a batch's key destroyed; somebody else says so too, or one of them thinks better of it."""

    id = UUID(primary_key=True, default=UUID7())
    batch_id = ForeignKey(references=CodeBatch, default=None, null=False, index=True, on_delete=OnDelete.restrict)
    reason = Varchar(length=500, default=None, null=False)
    requested_by = Varchar(length=80, default=None, null=False)
    requested_at = Timestamptz(default=None, null=False)
    approved_by = Varchar(length=80, default=None, null=True)
    withdrawn_by = Varchar(length=80, default=None, null=True)
    settled_at = Timestamptz(default=None, null=True)

    void_request_two_persons = Check("approved_by <> requested_by")
    void_request_settled = Check("(settled_at IS NULL) = (approved_by IS NULL AND withdrawn_by IS NULL)")


class WatchedTry(Table, db=engine):
    """A try at a code of ours that could not pay: claimed by another, or not on sale; one row for each agent and why.

    It is judged once by the watch, and kept for the code's story.
    """

    id = BigSerial(primary_key=True)
    batch_number = Integer(default=None, null=False)
    index = BigInt(default=None, null=False)
    code_key = Bytea(default=None, null=False)
    agent_id = UUID(default=None, null=False)
    why = Varchar(length=16, default=None, null=False)
    at = Timestamptz(default=None, null=False, index=True)
    judged = Boolean(default=False, null=False)

    watched_try_of_agent_once = Unique([batch_number, index, why, agent_id])


class WatchMark(Table, db=engine):
    """Up to which scan the watch has looked; ids are ordered by their time."""

    place = SmallInt(primary_key=True, default=1, null=False)
    last_id = UUID(default=None, null=False)

    watch_mark_one_row = Check("place = 1")


class AgentPace(Table, db=engine):
    """How many codes an agent had accepted in a program: in his latest hour and day with any, and in all."""

    id = UUID(primary_key=True, default=None, null=False)
    agent_id = UUID(default=None, null=False)
    program_id = UUID(default=None, null=False)
    hour = Timestamptz(default=None, null=False)
    in_hour = Integer(default=None, null=False)
    day = Date(default=None, null=False)
    in_day = Integer(default=None, null=False)
    scans = BigInt(default=None, null=False)


class WatchThreshold(Table, db=engine):
    """Where a program draws a line of its own instead of the default."""

    id = UUID(primary_key=True, default=UUID7())
    program_id = UUID(default=None, null=False)
    name = Varchar(length=40, default=None, null=False)
    value = Integer(default=None, null=False)

    watch_threshold_once = Unique([program_id, name])
    watch_threshold_positive = Check("value > 0")


class ImportedCode(Table, db=engine, tags=[APPEND_ONLY]):
    """A code that somebody else has made, for ever: the keyed hash of what all its spellings have in common."""

    key_hash = Bytea(primary_key=True, default=None, null=False)
    batch_number = Integer(default=None, null=False)
    index = BigInt(default=None, null=False)

    imported_code_hash_whole = Check("octet_length(key_hash) = 32")

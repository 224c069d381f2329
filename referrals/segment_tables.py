"""The tables of segments: which agents of a program are in which, and the words by which they join by themselves."""

from piccolo.columns import UUID, Bytea, Integer, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from core.columns import UUID7
from core.db import engine


class SegmentMember(Table, db=engine):
    """That an agent is in a segment of a program; who was taken out keeps his row, and joins by no word any more."""

    id = UUID(primary_key=True, default=UUID7())
    program_id = UUID(default=None, null=False)
    segment = Varchar(length=64, default=None, null=False)
    agent_id = UUID(default=None, null=False, index=True)
    added_at = Timestamptz(default=TimestamptzNow(), null=False)
    # The maker's person who put him in, or the word by which he came himself.
    added_by = Varchar(length=80, default=None, null=False)
    removed_at = Timestamptz(default=None, null=True)

    segment_member_once = Unique([program_id, segment, agent_id])


class SegmentWord(Table, db=engine):
    """A word by which agents join a segment, as an HMAC: until when, for how many, and how many have used it."""

    id = UUID(primary_key=True, default=UUID7())
    digest = Bytea(default=None, null=False, unique=True)
    program_id = UUID(default=None, null=False, index=True)
    segment = Varchar(length=64, default=None, null=False)
    ends_at = Timestamptz(default=None, null=False)
    uses_max = Integer(default=None, null=False)
    uses = Integer(default=0, null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    created_by = Varchar(length=80, default=None, null=False)
    stopped_at = Timestamptz(default=None, null=True)

    segment_word_uses_in_range = Check("uses BETWEEN 0 AND uses_max AND uses_max > 0")

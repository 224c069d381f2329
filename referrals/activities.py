"""Activities: accepted evidence on its way to the rules, in one statement however many there are."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from core.db import execute, fetch, fetch_row, transaction
from core.ids import derived
from core.refusals import NotFound
from core.rows import columns, rows
from programs.facts import ActivityKind, Facts, encode_facts

_CELLS = rows(
    id="uuid",
    kind="text",
    cause="text",
    agent_id="uuid",
    program_id="uuid",
    purchase_id="uuid",
    occurred_at="timestamptz",
    accepted_at="timestamptz",
    facts="text",
)
_ACCEPT = f"""
WITH input AS (
    {_CELLS}
), queued AS (
    INSERT INTO activity_queue (activity_id, agent_id) SELECT id, agent_id FROM input
)
INSERT INTO activity (id, kind, cause, agent_id, program_id, purchase_id, occurred_at, accepted_at, facts)
SELECT id, kind, cause, agent_id, program_id, purchase_id, occurred_at, accepted_at, facts::json FROM input
"""  # noqa: S608 - our own text.
# The first evidence that names a purchase by a key has it.
_KEEP_KEYS = """
INSERT INTO purchase_key (id, purchase_id, item_key) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[])
ON CONFLICT DO NOTHING
"""


class Evidence(msgspec.Struct, frozen=True):
    """A piece of evidence whose own row was just written, named by its cause ('code:…').

    The item keys ('order:…') are those by which other evidence may know the same purchase. A packaging code has none:
    whoever holds one finds its scan, and with it the purchase, by the code itself.
    """

    facts: Facts
    cause: str
    item_keys: tuple[str, ...] = ()


class Backlog(msgspec.Struct, frozen=True):
    """An activity that the rules could not decide, with what they said."""

    activity_id: UUID
    error: str


async def accept(evidence: Sequence[Evidence]) -> None:
    """Turn evidence into activities and queue them; joins the transaction whose evidence rows are the lock."""
    if not evidence:
        return
    facts = [item.facts for item in evidence]
    await execute(
        _ACCEPT,
        *columns(
            [one.activity_id for one in facts],
            [one.kind.value for one in facts],
            [item.cause for item in evidence],
            [one.agent_id for one in facts],
            [one.program_id for one in facts],
            [_purchase_of(one) for one in facts],
            [one.occurred_at for one in facts],
            [one.accepted_at for one in facts],
            [encode_facts(one).decode() for one in facts],
        ),
    )
    await _keep_keys([(item.facts, key) for item in evidence for key in item.item_keys])


async def _keep_keys(keys: Sequence[tuple[Facts, str]]) -> None:
    if keys:
        # One order for everybody, so that two batches never wait for each other.
        in_order = sorted((key_id(facts.program_id, key), _purchase_of(facts), key) for facts, key in keys)
        await execute(_KEEP_KEYS, *zip(*in_order, strict=True))


def _purchase_of(facts: Facts) -> UUID:
    return facts.purchase_id or facts.activity_id


def key_id(program_id: UUID, item_key: str) -> UUID:
    """The id of a purchase's item key: the same key of a program is the same row."""
    return derived(b"purchase key", str(program_id), item_key)


async def parked(limit: int = 200, *, program_id: UUID | None = None) -> list[Backlog]:
    """Activities that broke the rules, the longest parked first; who is confined to a program sees its own."""
    found = await fetch(
        """SELECT activity_id, error FROM activity_queue JOIN activity ON activity.id = activity_id
           WHERE parked_at IS NOT NULL AND ($2::uuid IS NULL OR program_id = $2) ORDER BY parked_at LIMIT $1""",
        limit,
        program_id,
    )
    return [Backlog(row["activity_id"], row["error"]) for row in found]


async def drive_again(activity_id: UUID, *, program_id: UUID | None = None) -> None:
    """Ask the rules once more: about a parked activity, or about one that was denied.

    Who is confined to a program finds only its own. What a till redeemed was settled there, with the discount that its
    customer got: nobody asks about it again.
    """
    async with transaction():
        found = await fetch_row(
            "SELECT FROM activity WHERE id = $1 AND ($2::uuid IS NULL OR program_id = $2) AND kind <> $3",
            activity_id,
            program_id,
            ActivityKind.PROMO_REDEEMED.value,
        )
        if found is None:
            raise NotFound
        await execute("UPDATE activity_queue SET parked_at = NULL, error = NULL WHERE activity_id = $1", activity_id)
        await _queue_denied("activity_id = $1", activity_id)


async def drive_campaign_again(campaign_id: UUID, *, limit: int = 10_000) -> int:
    """Ask once more about everything that a campaign's empty budget denied, the oldest first; returns how many."""
    async with transaction():
        return await _queue_denied(
            """activity_id IN (SELECT activity_id FROM accrual WHERE campaign_id = $1 AND state = 'denied'
                               AND reason = 'budget_exhausted' ORDER BY id LIMIT $2)""",
            campaign_id,
            limit,
        )


async def _queue_denied(which: str, *arguments: object) -> int:
    queued = await fetch(
        f"""WITH again AS (
                UPDATE accrual SET state = 'canceled' WHERE state = 'denied' AND {which} RETURNING activity_id)
            INSERT INTO activity_queue (activity_id, agent_id, again)
            SELECT DISTINCT activity.id, activity.agent_id, true FROM again JOIN activity ON activity.id = activity_id
            ON CONFLICT DO NOTHING RETURNING activity_id""",  # noqa: S608 - both conditions stand in this file.
        *arguments,
    )
    return len(queued)

"""Activities: accepted evidence on its way to the rules, in one statement however many there are."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from core import bundle
from core.bundle import Write
from core.db import execute, fetch, fetch_row, transaction
from core.refusals import NotFound
from core.rows import columns, rows
from programs.facts import ActivityKind, Facts, encode_facts
from referrals import joints
from referrals.joints import Joining, Named

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
_KEEP = f"""
evidence AS (
    {_CELLS}
), kept_activities AS (
    INSERT INTO activity (id, kind, cause, agent_id, program_id, purchase_id, occurred_at, accepted_at, facts)
    SELECT id, kind, cause, agent_id, program_id, purchase_id, occurred_at, accepted_at, facts::json FROM evidence
)
"""  # noqa: S608 - our own text.
_QUEUE = Write("queued AS (INSERT INTO activity_queue (activity_id, agent_id) SELECT id, agent_id FROM evidence)", ())


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


async def accept(evidence: Sequence[Evidence]) -> frozenset[UUID]:
    """Turn evidence into activities and queue them; joins the transaction whose evidence rows are the lock.

    Returns those that prove a purchase of which there is other proof.
    """
    if not evidence:
        return frozenset()
    joining = await join(evidence)
    await bundle.write(keeping(evidence, joining), _QUEUE)
    return await settle_apart(joining)


async def join(evidence: Sequence[Evidence]) -> Joining:
    """Name the purchases of evidence, and tell which others know already; joins the caller's transaction."""
    named = [Named(item.facts, key) for item in evidence for key in item.item_keys]
    return await joints.join(named) if named else Joining()


def keeping(evidence: Sequence[Evidence], joining: Joining) -> Write:
    """What makes activities of evidence, to be carried out with what else is written for them; queues nothing."""
    facts = [told(item.facts, joining) for item in evidence]
    kept = columns(
        [one.activity_id for one in facts],
        [one.kind.value for one in facts],
        [item.cause for item in evidence],
        [one.agent_id for one in facts],
        [one.program_id for one in facts],
        [_purchase_of(one) for one in facts],
        [one.occurred_at for one in facts],
        [one.accepted_at for one in facts],
        [encode_facts(one).decode() for one in facts],
    )
    return Write(_KEEP, tuple(kept))


async def settle_apart(joining: Joining) -> frozenset[UUID]:
    """See to it that no two proofs of one purchase are settled at once; returns those that are such a proof."""
    if not joining.joints:
        return frozenset()
    joined = frozenset(joint.facts.activity_id for joint in joining.joints)
    await joints.settle_one_at_a_time(joined.union(joint.earlier_id for joint in joining.joints))
    return joined


def told(facts: Facts, joining: Joining) -> Facts:
    """The facts, with what is known of the purchase."""
    if facts.activity_id not in joining.further | joining.returned:
        return facts
    return msgspec.structs.replace(
        facts,
        is_further_proof=facts.activity_id in joining.further,
        goods_returned=facts.activity_id in joining.returned,
    )


def _purchase_of(facts: Facts) -> UUID:
    return facts.purchase_id or facts.activity_id


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


async def rename_customers(activity_ids: Sequence[UUID], keys: Sequence[str], aliases: Sequence[str]) -> None:
    """In each of these its customer's key becomes another word; joins the caller's transaction."""
    await execute(
        """UPDATE activity SET facts = replace(facts::text, key, alias)::json
           FROM unnest($1::uuid[], $2::text[], $3::text[]) AS t (activity_id, key, alias)
           WHERE activity.id = activity_id""",
        activity_ids,
        keys,
        aliases,
    )


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
        # Whoever asks at the same time takes the same rows: in one order, or they wait for each other for ever.
        f"""WITH denied AS MATERIALIZED (
                SELECT id FROM accrual WHERE state = 'denied' AND {which} ORDER BY id FOR UPDATE),
            again AS (
                UPDATE accrual SET state = 'canceled' FROM denied WHERE accrual.id = denied.id RETURNING activity_id)
            INSERT INTO activity_queue (activity_id, agent_id, again, joined)
            SELECT DISTINCT activity.id, activity.agent_id, true, EXISTS (
                SELECT FROM purchase_joint joint WHERE joint.activity_id = activity.id
                UNION ALL SELECT FROM purchase_joint joint WHERE joint.earlier_id = activity.id)
            FROM again JOIN activity ON activity.id = activity_id
            ORDER BY activity.id ON CONFLICT DO NOTHING RETURNING activity_id""",  # noqa: S608 - both conditions stand in this file.
        *arguments,
    )
    return len(queued)

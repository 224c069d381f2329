"""Other proofs: what an agent is shown of the purchase that his activity proves, and of what it added."""

from uuid import UUID

from core.db import fetch
from programs.explanation import OtherProof
from referrals.purchases import Key, members_of


async def added_by(activity_id: UUID) -> dict[Key, int]:
    """What a proof was credited by itself, where others of its purchase were set against it."""
    rows = await fetch(
        """SELECT campaign_id, effect, agent_id, amount_minor FROM accrual
           WHERE activity_id = $1 AND part = 0 AND state IN ('credited', 'clawed_back')
             AND (worth_minor <> amount_minor OR EXISTS (SELECT FROM activity_addition WHERE activity_id = $1))""",
        activity_id,
    )
    return {(row["campaign_id"], row["effect"], row["agent_id"]): row["amount_minor"] for row in rows}


async def other_proofs(agent_id: UUID, activity_id: UUID) -> tuple[OtherProof, ...]:
    """The other proofs of an activity's purchase, as one agent may see them: of others' he learns only the kind."""
    [(_, members)] = await members_of([activity_id])
    if len(members) == 1:
        return ()
    rows = await fetch(
        """SELECT activity.id, kind, agent_id, (accepted_at, activity.id) < (
                      SELECT accepted_at, id FROM activity WHERE id = $2) AS is_earlier,
                  (SELECT min(CASE WHEN joined_by IS NULL THEN split_part(item_key, ':', 1) ELSE 'person' END)
                   FROM purchase_joint joint
                   WHERE (joint.activity_id, earlier_id) IN (($2, activity.id), (activity.id, $2))) AS joined_by
           FROM activity WHERE activity.id = ANY($1) AND activity.id <> $2 ORDER BY accepted_at, activity.id""",
        members,
        activity_id,
    )
    return tuple(
        OtherProof(
            kind=row["kind"],
            is_earlier=row["is_earlier"],
            joined_by=row["joined_by"],
            activity_id=row["id"] if row["agent_id"] == agent_id else None,
        )
        for row in rows
    )

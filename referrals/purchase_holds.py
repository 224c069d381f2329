"""Holding purchases: their proofs are settled and taken back one transaction at a time, in one order of locks."""

from collections.abc import Sequence
from uuid import UUID

from core.db import execute, fetch_value
from referrals.purchases import Purchase, load, members_of

_LOCK = "hashtextextended(id::text, 10)"


async def hold_free(activity_ids: Sequence[UUID]) -> dict[UUID, Purchase]:
    """The purchases that nobody else has in hand, each by the one of these proofs that may be settled now.

    Joins the caller's transaction, until whose end they are held; the other proofs' turn comes later.
    """
    found: dict[UUID, Purchase] = {}
    taken: set[UUID] = set()
    for activity_id, members in await members_of(activity_ids):
        if taken.isdisjoint(members) and await _try_lock(members):
            found[activity_id] = await load(members)
        taken.update(members)
    return found


async def _try_lock(members: Sequence[UUID]) -> bool:
    """Whoever looks at a purchase that has grown meanwhile asks for these locks too."""
    free: bool = await fetch_value(
        f"SELECT bool_and(pg_try_advisory_xact_lock({_LOCK})) FROM unnest($1::uuid[]) AS members (id)",  # noqa: S608
        members,
    )
    return free


async def hold(activity_ids: Sequence[UUID]) -> Sequence[Sequence[UUID]]:
    """The proofs of the purchases that these activities prove, held until the caller's transaction ends.

    Whoever has them in hand is waited for, in one order; a purchase that grows meanwhile is held anew.
    """
    held: list[UUID] = []
    while True:
        purchases_of = {tuple(members) for _, members in await members_of(activity_ids)}
        members = sorted({member for purchase in purchases_of for member in purchase})
        if members == held:
            return sorted(purchases_of)
        await execute(
            f"""SELECT pg_advisory_xact_lock(key) FROM (
                    SELECT {_LOCK} AS key FROM unnest($1::uuid[]) AS members (id) ORDER BY id) AS keys""",  # noqa: S608
            members,
        )
        held = members


async def held(activity_id: UUID) -> Purchase:
    """The one purchase that this activity proves, held like that."""
    [members] = await hold([activity_id])
    return await load(members)

"""Trust: what an agent's record is worth; it decides how many wrong codes an hour he may try, and about no money."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final
from uuid import UUID

from core.db import execute, transaction

KNOWN_SCANS: Final = 10
TRUSTED_SCANS: Final = 100
KNOWN_AGE_DAYS: Final = 1
# So long after a confirmed suspicion nothing that he scans makes him trusted.
DISTRUSTED_DAYS: Final = 180


class Trust(IntEnum):
    """How well an agent is known: by his accepted scans, his age, and what a person has confirmed of him."""

    distrusted = -1
    new = 0
    known = 1
    trusted = 2


_SHARE_PERCENT: Final = {Trust.distrusted: 25, Trust.new: 50, Trust.known: 75, Trust.trusted: 100}


def guesses_most(trust: Trust, cap: int) -> int:
    """How many wrong codes an hour an agent may try: all of the cap once he is trusted, never more."""
    return max(1, cap * _SHARE_PERCENT[trust] // 100)


async def earn(scans: Mapping[UUID, int]) -> None:
    """Let agents rise to what so many accepted scans deserve; a transaction of its own."""
    deserved = [(agent_id, _deserved(count)) for agent_id, count in scans.items() if count >= KNOWN_SCANS]
    if not deserved:
        return
    async with transaction():
        # One order of agents for everybody who holds several.
        await execute(
            """WITH risen AS (
                   SELECT agent.id, deserved
                   FROM unnest($1::uuid[], $2::smallint[]) AS t (id, deserved) JOIN agent USING (id)
                   WHERE trust < deserved AND created_at < now() - make_interval(days => $3) AND NOT EXISTS (
                       SELECT FROM risk_event WHERE agent_id = agent.id AND state = 'confirmed'
                           AND decided_at > now() - make_interval(days => $4))
                   ORDER BY agent.id FOR NO KEY UPDATE OF agent)
               UPDATE agent SET trust = deserved FROM risen WHERE agent.id = risen.id""",
            [agent_id for agent_id, _ in deserved],
            [level.value for _, level in deserved],
            KNOWN_AGE_DAYS,
            DISTRUSTED_DAYS,
        )


async def lose(agent_id: UUID) -> None:
    """Trust an agent no longer: a person has confirmed a suspicion of him; joins the caller's transaction."""
    await execute("UPDATE agent SET trust = $2 WHERE id = $1", agent_id, Trust.distrusted.value)


def _deserved(scans: int) -> Trust:
    return Trust.trusted if scans >= TRUSTED_SCANS else Trust.known

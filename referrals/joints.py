"""Joints: which activities prove one purchase, by the item keys that they share or by a person's word."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from core import audit
from core.db import execute, fetch
from core.ids import derived, uuid7
from core.refusals import NotFound
from programs.facts import ActivityKind, Facts
from referrals import item_keys

# The first activity that names a purchase by a key has it; in one order for everybody, so that two batches never wait
# for each other. Who comes second waits for the first, and then sees it.
_NAME = """
INSERT INTO purchase_key (id, purchase_id, item_key) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[])
ON CONFLICT DO NOTHING RETURNING id
"""
# A scan tells that somebody has the package, not that the goods were sold again.
_TELLS_NO_SALE = frozenset({ActivityKind.CODE_SCANNED})


class Named(NamedTuple):
    """An activity and a key by which it names its purchase."""

    facts: Facts
    item_key: str

    @property
    def id(self) -> UUID:
        return key_id(self.facts.program_id, self.item_key)


class Joint(NamedTuple):
    """A later activity, an earlier one, and the key that they share."""

    facts: Facts
    earlier_id: UUID
    item_key: str


class Joining(msgspec.Struct, frozen=True):
    """What became of a batch: the joints, and the activities whose goods have come back to their shop."""

    joints: Sequence[Joint] = ()
    returned: frozenset[UUID] = frozenset()
    # Those that tell nothing new of what their agent has bought.
    further: frozenset[UUID] = frozenset()


def key_id(program_id: UUID, item_key: str) -> UUID:
    """The id of a purchase's item key: the same key of a program is the same row."""
    return derived(b"purchase key", str(program_id), item_key)


async def join(named: Sequence[Named]) -> Joining:
    """Name purchases by their keys and join what shares one; joins the caller's transaction."""
    firsts: dict[UUID, Named] = {}
    for one in named:
        firsts.setdefault(one.id, one)
    in_order = sorted((one_id, one.facts.activity_id, one.item_key) for one_id, one in firsts.items())
    fresh = {row["id"] for row in await fetch(_NAME, *zip(*in_order, strict=True))}
    if len(fresh) == len(named):
        return Joining()
    known = await _known([one_id for one_id in firsts if one_id not in fresh])
    back = {one.id for one in named if one.id in known and known[one.id]["returned_at"] is not None}
    sold_again = [one for one in firsts.values() if one.id in back and one.facts.kind not in _TELLS_NO_SALE]
    await _begin_anew(sold_again)
    # What is sold again, like what nobody has named before, has its first activity in this batch.
    here = fresh | {one.id for one in sold_again}
    owners = {one_id: row["purchase_id"] for one_id, row in known.items() if one_id not in back}
    owners |= {one_id: firsts[one_id].facts.activity_id for one_id in here}
    joints = [
        Joint(one.facts, owners[one.id], one.item_key)
        for one in named
        if owners.get(one.id, one.facts.activity_id) != one.facts.activity_id
    ]
    await _write(joints)
    returned = frozenset(one.facts.activity_id for one in named if one.id in back - here)
    return Joining(joints, returned, await _further(joints, [one.facts for one in named]))


async def _known(key_ids: Sequence[UUID]) -> dict[UUID, Any]:
    """The keys that others have named; a return of their goods that is under way is waited for."""
    rows = await fetch(
        "SELECT id, purchase_id, returned_at FROM purchase_key WHERE id = ANY($1) ORDER BY id FOR UPDATE", key_ids
    )
    return {row["id"]: row for row in rows}


async def _begin_anew(named: Sequence[Named]) -> None:
    """Goods that had come back are sold again: a purchase of its own."""
    if named:
        await execute(
            """UPDATE purchase_key SET purchase_id = t.purchase_id, returned_at = NULL
               FROM unnest($1::uuid[], $2::uuid[]) AS t (id, purchase_id) WHERE purchase_key.id = t.id""",
            [one.id for one in named],
            [one.facts.activity_id for one in named],
        )


async def _write(joints: Sequence[Joint]) -> None:
    if joints:
        await execute(
            """INSERT INTO purchase_joint (id, activity_id, earlier_id, item_key)
               SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[])""",
            [uuid7() for _ in joints],
            [joint.facts.activity_id for joint in joints],
            [joint.earlier_id for joint in joints],
            [joint.item_key for joint in joints],
        )


async def _further(joints: Sequence[Joint], batch: Sequence[Facts]) -> frozenset[UUID]:
    """The activities whose goods their own agent has shown before: all of them, or their whole order."""
    agents = {facts.activity_id: facts.agent_id for facts in batch}
    missing = [joint.earlier_id for joint in joints if joint.earlier_id not in agents]
    agents |= {
        row["id"]: row["agent_id"]
        for row in await fetch("SELECT id, agent_id FROM activity WHERE id = ANY($1)", missing)
    }
    own = [joint for joint in joints if agents.get(joint.earlier_id) == joint.facts.agent_id]
    shown = Counter(joint.facts.activity_id for joint in own)
    return frozenset(
        joint.facts.activity_id
        for joint in own
        if joint.item_key.startswith(f"{item_keys.ORDER}:")
        or shown[joint.facts.activity_id] >= sum(line.quantity for line in joint.facts.lines)
    )


async def settle_one_at_a_time(activity_ids: Iterable[UUID]) -> None:
    """Tell the queue which of these prove a purchase that has other proofs; joins the caller's transaction.

    Whoever is being settled right now is waited for: afterwards what it was paid is there to be seen.
    """
    await execute(
        """WITH waiting AS MATERIALIZED (
               SELECT activity_id FROM activity_queue WHERE activity_id = ANY($1) ORDER BY activity_id FOR UPDATE)
           UPDATE activity_queue SET joined = true FROM waiting
           WHERE activity_queue.activity_id = waiting.activity_id""",
        list(set(activity_ids)),
    )


async def join_part(activity_id: UUID, first_id: UUID, *, item_key: str) -> None:
    """Join goods that turned out later to the activity that they are added to; joins the caller's transaction."""
    await execute(
        "INSERT INTO purchase_joint (id, activity_id, earlier_id, item_key) VALUES ($1, $2, $3, $4)",
        uuid7(),
        activity_id,
        first_id,
        item_key,
    )


async def say_one_purchase(activity_id: UUID, earlier_id: UUID, *, by: str) -> None:
    """Say that an activity which was just accepted proves the same purchase as an earlier one of its program.

    Joins the transaction that accepts it, so that nothing is paid before it is known. Raises NotFound.
    """
    rows = await fetch("SELECT id, program_id FROM activity WHERE id = ANY($1)", [activity_id, earlier_id])
    if len(rows) != 2 or len({row["program_id"] for row in rows}) != 1:
        raise NotFound
    await execute(
        """INSERT INTO purchase_joint (id, activity_id, earlier_id, joined_by) VALUES ($1, $2, $3, $4)
           ON CONFLICT DO NOTHING""",
        uuid7(),
        activity_id,
        earlier_id,
        by,
    )
    await settle_one_at_a_time([activity_id, earlier_id])
    await audit.record(by, "purchase.join", activity_id=activity_id, earlier_id=earlier_id)


async def take_back_keys(program_ids: Iterable[UUID], keys: Sequence[str], *, at: datetime) -> None:
    """The goods of these keys came back: whoever sells them next begins a purchase of its own.

    Joins the caller's transaction. Evidence that is just arriving is waited for, and seen afterwards.
    """
    await execute(
        """WITH held AS MATERIALIZED (SELECT id FROM purchase_key WHERE id = ANY($1) ORDER BY id FOR UPDATE)
           UPDATE purchase_key SET returned_at = $2 FROM held WHERE purchase_key.id = held.id""",
        [key_id(program_id, key) for program_id in program_ids for key in keys],
        at,
    )


class Holder(NamedTuple):
    """An activity that named goods by a key."""

    activity_id: UUID
    item_key: str
    kind: str
    agent_id: UUID


async def scans_of(program_ids: Iterable[UUID], keys: Sequence[str]) -> list[Holder]:
    """The scans of goods that have not come back since; joins the caller's transaction, which holds the keys."""
    rows = await fetch(
        """WITH key AS (
               SELECT purchase_id, item_key FROM purchase_key
               WHERE id = ANY($1) AND returned_at IS NULL ORDER BY id FOR UPDATE
           ), named AS (
               SELECT purchase_id AS activity_id, item_key FROM key
               UNION SELECT joint.activity_id, joint.item_key FROM key JOIN purchase_joint joint
                     ON joint.earlier_id = key.purchase_id AND joint.item_key = key.item_key)
           SELECT activity.id AS activity_id, item_key, kind, agent_id FROM named
           JOIN activity ON activity.id = named.activity_id WHERE kind = 'code_scanned' ORDER BY activity.id""",
        [key_id(program_id, key) for program_id in program_ids for key in keys],
    )
    return [Holder(row["activity_id"], row["item_key"], row["kind"], row["agent_id"]) for row in rows]

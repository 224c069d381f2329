"""Standings as they are stored: read for a batch, increased by it; one worker at a time has an agent's."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from copy import deepcopy
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from core import bundle
from core.bundle import Write
from core.db import execute, fetch, fetch_value
from core.ids import uuid7
from core.rows import columns, rows
from programs.facts import Facts, Line, decode_facts
from programs.snapshot import Snapshot
from programs.standing import DayCustomer, DayProduct, Standing, contribution

# One worker at a time has an agent, so his activities were settled in the order of their first accruals; within one
# drain, which writes them all at once, in the order in which they had been accepted. Goods that came back stand between
# them at the moment at which they did.
_SETTLED = """
SELECT id, facts, lines FROM (
    SELECT id, facts, NULL::json AS lines, accepted_at, id AS place,
           (SELECT min(created_at) FROM accrual WHERE activity_id = activity.id) AS settled_at
    FROM activity WHERE agent_id = ANY($1) AND program_id = ANY($2)
    UNION ALL
    SELECT activity_id, NULL, lines, at, id, at FROM activity_return WHERE agent_id = ANY($1) AND program_id = ANY($2)
) AS settled
WHERE settled_at IS NOT NULL ORDER BY settled_at, accepted_at, place
"""


_CELLS = rows(
    agent_id="uuid",
    program_id="uuid",
    day="date",
    product_id="uuid",
    times="bigint",
    quantity="bigint",
    amount_minor="bigint",
    first_at="timestamptz",
)
_INCREASE_PRODUCTS = f"""
counted_products AS (
INSERT INTO standing_product AS s (agent_id, program_id, day, product_id, times, quantity, amount_minor, first_at)
SELECT agent_id, program_id, day, product_id, sum(times), sum(quantity), sum(amount_minor), min(first_at)
FROM ({_CELLS}) AS t GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
ON CONFLICT (agent_id, program_id, day, product_id) DO UPDATE SET
    times = s.times + excluded.times, quantity = s.quantity + excluded.quantity,
    amount_minor = s.amount_minor + excluded.amount_minor,
    first_at = CASE WHEN s.times = 0 THEN excluded.first_at ELSE least(s.first_at, excluded.first_at) END
)
"""  # noqa: S608 - our own text.
_INCREASE_CUSTOMERS = """
counted_customers AS (
INSERT INTO standing_customer AS s (agent_id, program_id, day, customer_key, times)
SELECT agent_id, program_id, day, customer_key, sum(times)
FROM unnest($1::uuid[], $2::uuid[], $3::date[], $4::text[], $5::bigint[])
    AS t (agent_id, program_id, day, customer_key, times)
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
ON CONFLICT (agent_id, program_id, day, customer_key) DO UPDATE SET times = s.times + excluded.times
)
"""


class Owner(NamedTuple):
    """Whose standing, and in which program."""

    agent_id: UUID
    program_id: UUID


class Rows:
    """The stored rows of a batch's standings, from which each is built anew as often as the batch is decided."""

    def __init__(self, owners: Iterable[Owner]) -> None:
        self.owners = tuple(owners)
        self.products: dict[Owner, list[DayProduct]] = defaultdict(list)
        self.customers: dict[Owner, list[DayCustomer]] = defaultdict(list)

    def standing(self, owner: Owner, snapshot: Snapshot) -> Standing:
        """One standing as it was before the batch."""
        return snapshot.standing(owner.program_id, self.products.get(owner, ()), self.customers.get(owner, ()))


async def load(owners: Iterable[Owner]) -> Rows:
    """Read the standings of these owners; joins the caller's transaction."""
    stored = Rows(owners)
    if not stored.owners:
        return stored
    keys = [owner.agent_id for owner in stored.owners], [owner.program_id for owner in stored.owners]
    for row in await fetch(_read("standing_product"), *keys):
        stored.products[Owner(row["agent_id"], row["program_id"])].append(
            DayProduct(
                row["day"],
                row["product_id"],
                row["times"],
                row["quantity"],
                row["amount_minor"],
                row["first_at"],
            )
        )
    for row in await fetch(_read("standing_customer"), *keys):
        stored.customers[Owner(row["agent_id"], row["program_id"])].append(
            DayCustomer(row["day"], row["customer_key"], row["times"])
        )
    return stored


async def met(batch: Sequence[Facts], snapshot: Snapshot) -> dict[UUID, Standing]:
    """By activity the standing that it met when it was settled first; what is stored has gone on since.

    Joins the caller's transaction.
    """
    if not batch:
        return {}
    settled = await fetch(_SETTLED, list({one.agent_id for one in batch}), list({one.program_id for one in batch}))
    wanted = {one.activity_id for one in batch}
    found: dict[UUID, Standing] = {}
    replay = Replay(snapshot)
    for row in settled:
        if row["id"] in wanted and row["lines"] is None:
            found[row["id"]] = deepcopy(replay.standing_of(decode_facts(row["facts"])))
        replay.play(row)
    return found


class Replay:
    """Standings built anew from what was done and what came back, in the order in which it happened."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._standings: dict[Owner, Standing] = {}
        self._counted: dict[UUID, Facts] = {}

    def standing_of(self, facts: Facts) -> Standing:
        """The standing of an activity's agent as far as it was played."""
        owner = Owner(facts.agent_id, facts.program_id)
        return self._standings.setdefault(owner, self._snapshot.standing(owner.program_id))

    def play(self, row: Any) -> None:
        """Count an activity by its `facts`, or by its `lines` what is left of one that was counted."""
        before = self._counted.get(row["id"])
        if row["lines"] is None:
            after = decode_facts(row["facts"])
        elif before is not None:
            after = msgspec.structs.replace(before, lines=_lines_decoder.decode(row["lines"]))
            self.standing_of(before).take_back(before)
        else:
            return
        self._counted[row["id"]] = after
        self.standing_of(after).add(after)


async def left_of(facts: Facts) -> Facts:
    """An activity with the lines of it that count still; its agent is in the caller's hand."""
    lines = await fetch_value(
        """SELECT lines FROM activity_return WHERE agent_id = $1 AND program_id = $2 AND activity_id = $3
           ORDER BY at DESC, id DESC LIMIT 1""",
        facts.agent_id,
        facts.program_id,
        facts.activity_id,
    )
    return facts if lines is None else msgspec.structs.replace(facts, lines=_lines_decoder.decode(lines))


async def left_of_each(batch: Sequence[Facts]) -> list[Facts]:
    """The same of several activities at once, whose goods are named as returned where nothing of them is left."""
    if not batch:
        return []
    rows = await fetch(
        """SELECT DISTINCT ON (activity_id) activity_id, lines FROM activity_return
           WHERE agent_id = ANY($1) AND program_id = ANY($2) AND activity_id = ANY($3)
           ORDER BY activity_id, at DESC, id DESC""",
        list({one.agent_id for one in batch}),
        list({one.program_id for one in batch}),
        [one.activity_id for one in batch],
    )
    left = {row["activity_id"]: _lines_decoder.decode(row["lines"]) for row in rows}
    return [
        msgspec.structs.replace(
            one, lines=left[one.activity_id], goods_returned=one.goods_returned or not left[one.activity_id]
        )
        if one.activity_id in left
        else one
        for one in batch
    ]


async def lessen(before: Facts, after: Facts, snapshot: Snapshot) -> None:
    """Bring its agent's standing from the goods that an activity had to those that it has now: fewer, or more.

    Joins the caller's transaction, which has the agent in hand, as whoever settles his activities has. Another proof of
    a purchase that had been counted has counted nothing, and changes nothing.
    """
    counted = decode_facts(await fetch_value("SELECT facts FROM activity WHERE id = $1", after.activity_id))
    await execute(
        """INSERT INTO activity_return (id, activity_id, agent_id, program_id, at, lines)
           VALUES ($1, $2, $3, $4, statement_timestamp(), $5::json)""",
        uuid7(),
        after.activity_id,
        after.agent_id,
        after.program_id,
        msgspec.json.encode(after.lines).decode(),
    )
    if not counted.is_further_proof:
        await bundle.write(*_adding([(before, -1), (after, 1)], snapshot))


async def rename_customers(served: Sequence[tuple[UUID, UUID, str, str]]) -> None:
    """By agent and program: a customer's key becomes another word; joins the caller's transaction."""
    if not served:
        return
    await execute(
        """UPDATE standing_customer AS s SET customer_key = alias
           FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) AS t (agent_id, program_id, key, alias)
           WHERE s.agent_id = t.agent_id AND s.program_id = t.program_id AND s.customer_key = t.key""",
        *(list(column) for column in zip(*served, strict=True)),
    )


def increasing(batch: Sequence[Facts], snapshot: Snapshot) -> list[Write]:
    """What adds the contributions of a batch of activities, to be carried out with what else is written."""
    return _adding([(facts, 1) for facts in batch], snapshot)


def _adding(batch: Sequence[tuple[Facts, int]], snapshot: Snapshot) -> list[Write]:
    products: list[tuple[Facts, DayProduct]] = []
    customers: list[tuple[Facts, DayCustomer]] = []
    for facts, sign in batch:
        program = snapshot.programs[facts.program_id]
        added = contribution(facts, zone=program.zone, currency=program.currency)
        products += [(facts, row if sign > 0 else _taken_back(row)) for row in added.products]
        customers += [
            (facts, row if sign > 0 else msgspec.structs.replace(row, count=-row.count)) for row in added.customers
        ]
    return [
        *([_increasing_products(products)] if products else []),
        *([_increasing_customers(customers)] if customers else []),
    ]


def _taken_back(row: DayProduct) -> DayProduct:
    return msgspec.structs.replace(row, count=-row.count, quantity=-row.quantity, amount_minor=-row.amount_minor)


def _increasing_products(added: Sequence[tuple[Facts, DayProduct]]) -> Write:
    counted = columns(
        [facts.agent_id for facts, _ in added],
        [facts.program_id for facts, _ in added],
        [row.day for _, row in added],
        [row.product_id for _, row in added],
        [row.count for _, row in added],
        [row.quantity for _, row in added],
        [row.amount_minor for _, row in added],
        [row.first_at for _, row in added],
    )
    return Write(_INCREASE_PRODUCTS, tuple(counted))


def _increasing_customers(added: Sequence[tuple[Facts, DayCustomer]]) -> Write:
    counted = (
        [facts.agent_id for facts, _ in added],
        [facts.program_id for facts, _ in added],
        [row.day for _, row in added],
        [row.customer_key for _, row in added],
        [row.count for _, row in added],
    )
    return Write(_INCREASE_CUSTOMERS, counted)


_lines_decoder = msgspec.json.Decoder(tuple[Line, ...])


def _read(table: str) -> str:
    return f"""SELECT {table}.* FROM unnest($1::uuid[], $2::uuid[]) AS t (agent_id, program_id)
               JOIN {table} USING (agent_id, program_id)"""  # noqa: S608 - the two tables above.

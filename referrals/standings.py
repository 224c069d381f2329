"""Standings as they are stored: read for a batch, increased by it; one worker at a time has an agent's."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from copy import deepcopy
from typing import NamedTuple
from uuid import UUID

from core.db import execute, fetch
from core.rows import columns, rows
from programs.facts import Facts, decode_facts
from programs.snapshot import Snapshot
from programs.standing import DayCustomer, DayProduct, Standing, contribution

# One worker at a time has an agent, so his activities were settled in the order of their first accruals; within one
# drain, which writes them all at once, in the order in which they had been accepted.
_SETTLED = """
SELECT facts FROM (
    SELECT facts, accepted_at, id, (SELECT min(created_at) FROM accrual WHERE activity_id = activity.id) AS settled_at
    FROM activity WHERE agent_id = ANY($1) AND program_id = ANY($2)) AS settled
WHERE settled_at IS NOT NULL ORDER BY settled_at, accepted_at, id
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
INSERT INTO standing_product AS s (agent_id, program_id, day, product_id, times, quantity, amount_minor, first_at)
SELECT agent_id, program_id, day, product_id, sum(times), sum(quantity), sum(amount_minor), min(first_at)
FROM ({_CELLS}) AS t GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
ON CONFLICT (agent_id, program_id, day, product_id) DO UPDATE SET
    times = s.times + excluded.times, quantity = s.quantity + excluded.quantity,
    amount_minor = s.amount_minor + excluded.amount_minor, first_at = least(s.first_at, excluded.first_at)
"""  # noqa: S608 - our own text.


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
    carried: dict[Owner, Standing] = {}
    for row in settled:
        facts = decode_facts(row["facts"])
        owner = Owner(facts.agent_id, facts.program_id)
        standing = carried.setdefault(owner, snapshot.standing(owner.program_id))
        if facts.activity_id in wanted:
            found[facts.activity_id] = deepcopy(standing)
        standing.add(facts)
    return found


async def increase(batch: Sequence[Facts], snapshot: Snapshot) -> None:
    """Add what a batch of activities contributes; joins the caller's transaction."""
    products: list[tuple[Facts, DayProduct]] = []
    customers: list[tuple[Facts, DayCustomer]] = []
    for facts in batch:
        program = snapshot.programs[facts.program_id]
        added = contribution(facts, zone=program.zone, currency=program.currency)
        products += [(facts, row) for row in added.products]
        customers += [(facts, row) for row in added.customers]
    if products:
        await _increase_products(products)
    if customers:
        await _increase_customers(customers)


async def _increase_products(added: Sequence[tuple[Facts, DayProduct]]) -> None:
    await execute(
        _INCREASE_PRODUCTS,
        *columns(
            [facts.agent_id for facts, _ in added],
            [facts.program_id for facts, _ in added],
            [row.day for _, row in added],
            [row.product_id for _, row in added],
            [row.count for _, row in added],
            [row.quantity for _, row in added],
            [row.amount_minor for _, row in added],
            [row.first_at for _, row in added],
        ),
    )


async def _increase_customers(added: Sequence[tuple[Facts, DayCustomer]]) -> None:
    await execute(
        """INSERT INTO standing_customer AS s (agent_id, program_id, day, customer_key, times)
           SELECT agent_id, program_id, day, customer_key, sum(times)
           FROM unnest($1::uuid[], $2::uuid[], $3::date[], $4::text[], $5::bigint[])
               AS t (agent_id, program_id, day, customer_key, times)
           GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
           ON CONFLICT (agent_id, program_id, day, customer_key) DO UPDATE SET times = s.times + excluded.times""",
        [facts.agent_id for facts, _ in added],
        [facts.program_id for facts, _ in added],
        [row.day for _, row in added],
        [row.customer_key for _, row in added],
        [row.count for _, row in added],
    )


def _read(table: str) -> str:
    return f"""SELECT {table}.* FROM unnest($1::uuid[], $2::uuid[]) AS t (agent_id, program_id)
               JOIN {table} USING (agent_id, program_id)"""  # noqa: S608 - the two tables above.

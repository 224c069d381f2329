"""Forgotten customers: orders, limits and standings keep what was bought and paid, and lose who bought it.

In each place the customer's key becomes a word made by chance, the same in all places of one program, so that decisions
can be made again when goods come back, different customers are still different ones, and nobody can be found by it.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from core import customer_peppers
from core.db import fetch, transaction
from programs import customer_limits
from programs.snapshot import current_snapshot
from referrals import activities, known_customers, own_cards, standings
from referrals.known_customers import Due

_AT_ONCE = 100
_LOOKED_THROUGH = 2_000
# Whom a limit holds is looked at again after so long.
_AGAIN = timedelta(days=7)

# The order's own words are hashed with its customer, so that the same order is known when it comes again.
_FORGET = """
UPDATE promo_order AS o SET customer_key = alias, decision = replace(decision::text, key, alias)::json,
    request_hash = sha256(convert_to('[' || "order"::text || ',"' || alias || '"]', 'UTF8'))
FROM unnest($1::uuid[], $2::text[], $3::text[]) AS gone (program_id, key, alias)
WHERE o.customer_key = gone.key AND o.program_id = gone.program_id
RETURNING o.id, o.agent_id, o.program_id, key, alias
"""


async def forget_due() -> int:
    """Forget whom his program remembers no longer, or whose pepper is destroyed; returns how many that were."""
    await known_customers.close_windows()
    forgotten = 0
    while due := await known_customers.due(_AT_ONCE):
        forgotten += await _forget(due)
    for version in await customer_peppers.to_erase():
        forgotten += await _forget_under(version)
    return forgotten


async def _forget_under(version: int) -> int:
    """It may be killed anywhere and begun again."""
    forgotten, last = 0, None
    while True:
        found, last = await known_customers.under(version, after=last, limit=_LOOKED_THROUGH)
        for start in range(0, len(found), _AT_ONCE):
            forgotten += await _forget(found[start : start + _AT_ONCE], spare=False)
        if last is None:
            break
    async with transaction():
        await own_cards.drop_under(version)
        await customer_peppers.erased(version)
    return forgotten


async def _forget(customers: Sequence[Due], *, spare: bool = True) -> int:
    """Forget these, unless a limit needs them and they may be spared; nobody decides about customers meanwhile."""
    snapshot = await current_snapshot(age_seconds_max=0)
    async with transaction() as now:
        await customer_peppers.close_fence()
        if spare:
            customers = await known_customers.still_due(customers)
            held = await customer_limits.holding([one.key for one in customers], snapshot, now=now)
            await known_customers.remember(
                [one for one in customers if (one.program_id, one.key) in held], until=now + _AGAIN
            )
            customers = [one for one in customers if (one.program_id, one.key) not in held]
        if customers:
            await _erase([one.program_id for one in customers], [one.key for one in customers])
            await known_customers.drop(customers)
    return len(customers)


async def _erase(program_ids: Sequence[UUID], keys: Sequence[str]) -> None:
    rows = await fetch(_FORGET, program_ids, keys, [customer_peppers.nobody() for _ in keys])
    ids, was, becomes = ([row[name] for row in rows] for name in ("id", "key", "alias"))
    await activities.rename_customers(ids, was, becomes)
    served = {(row["agent_id"], row["program_id"], row["key"], row["alias"]) for row in rows}
    await standings.rename_customers(sorted(served))
    await customer_limits.forget(program_ids, keys)

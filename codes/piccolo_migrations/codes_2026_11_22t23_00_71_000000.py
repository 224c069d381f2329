"""Orders of before have their attribution, and their customers are known."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute, fetch
from core.ids import derived

ID = "2026-11-22T23:00:71:000000"
VERSION = "1.38.0"
DESCRIPTION = "attributions and customers of the orders that there are"

_ATTRIBUTE = """
INSERT INTO attribution (activity_id, program_id, agent_id, campaign_id, evidence, claims, at)
SELECT o.id, o.program_id, o.agent_id, c.campaign_id, 'promo_code',
       json_build_array(json_build_object('agent_id', o.agent_id, 'evidence', 'promo_code',
                                          'campaign_id', c.campaign_id, 'code', c.text, 'outcome', 'won')),
       o.redeemed_at
FROM promo_order o JOIN promo_code c ON c.id = o.promo_code_id
WHERE o.redeemed_at IS NOT NULL
ON CONFLICT DO NOTHING
"""
_CUSTOMERS = """
SELECT program_id, customer_key, min(created_at) AS since, max(created_at) AS last_at, count(*) AS orders,
       count(*) FILTER (WHERE state = 'returned') AS returned
FROM promo_order WHERE customer_key IS NOT NULL AND state NOT IN ('released', 'expired') GROUP BY 1, 2
"""
_KNOW = """
INSERT INTO known_customer (id, program_id, customer_key, since, forget_at, orders, returned)
SELECT id, program_id, customer_key, since, last_at + interval '1095 days', orders, returned
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::bigint[], $7::bigint[])
    AS t (id, program_id, customer_key, since, last_at, orders, returned)
ON CONFLICT DO NOTHING
"""


async def forwards() -> MigrationManager:
    """Forwards, statement by statement."""
    manager = MigrationManager(migration_id=ID, app_name="codes", description=DESCRIPTION)

    async def run() -> None:
        await execute(_ATTRIBUTE)
        rows = await fetch(_CUSTOMERS)
        if rows:
            # Their ids follow from program and key, which only this side of the database can compute.
            ids = [derived(b"known customer", str(row["program_id"]), row["customer_key"]) for row in rows]
            await execute(_KNOW, ids, *(list(column) for column in zip(*(row.values() for row in rows), strict=True)))

    async def run_backwards() -> None:
        pass

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager

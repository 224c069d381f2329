"""Emptying the database between tests, by the owner's role and without asking its rules."""

import asyncpg

from programs import revision

_KEPT = ("migration", "epoch", "code_revision", "program_revision", "pepper", "customer_pepper")

_EMPTY = f"""
DO $$
DECLARE name text; filled boolean;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN
        SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL (ARRAY{list(_KEPT)})
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO filled;
        IF filled THEN EXECUTE format('DELETE FROM %I', name); END IF;
    END LOOP;
    UPDATE code_revision SET revision = revision + 1;
    UPDATE program_revision
        SET rules = nextval('program_revision_number'), catalogue = nextval('program_revision_number');
END $$
"""


async def empty(owner_url: str) -> None:
    """Leave every table without rows, and this process without memories of them."""
    connection = await asyncpg.connect(owner_url)
    try:
        await connection.execute(_EMPTY)
    finally:
        await connection.close()
    revision._Look.at = float("-inf")

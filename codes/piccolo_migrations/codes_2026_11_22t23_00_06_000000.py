"""No code is in two cartons, nor on two pallets; the indexes by which a code finds its own."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute

ID = "2026-11-22T23:00:06:000000"
VERSION = "1.38.0"
DESCRIPTION = "cartons and pallets do not overlap"


async def forwards() -> MigrationManager:
    """Forwards, statement by statement."""
    manager = MigrationManager(migration_id=ID, app_name="codes", description=DESCRIPTION)

    async def run() -> None:
        for kind in ("carton", "pallet"):
            # Batch and index in one number, so that no extension is needed for what a plain range can tell apart.
            await execute(
                f"""ALTER TABLE code_run ADD CONSTRAINT code_run_{kind}s_apart EXCLUDE USING gist (
                        int8range((batch_number::bigint << 32) + first, (batch_number::bigint << 32) + stop) WITH &&)
                    WHERE (kind = '{kind}' AND first IS NOT NULL)"""
            )
        await execute("CREATE INDEX code_run_place ON code_run (batch_number, kind, first) WHERE first IS NOT NULL")
        await execute("CREATE UNIQUE INDEX void_request_open ON void_request (batch_id) WHERE settled_at IS NULL")

    async def run_backwards() -> None:
        for kind in ("carton", "pallet"):
            await execute(f"ALTER TABLE code_run DROP CONSTRAINT code_run_{kind}s_apart")
        for name in ("code_run_place", "void_request_open"):
            await execute(f"DROP INDEX {name}")

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager

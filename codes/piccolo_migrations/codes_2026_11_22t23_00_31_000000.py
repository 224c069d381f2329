"""Print orders of a batch that live, and what printers have reported, keep apart: no index stands in two of them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute

ID = "2026-11-22T23:00:31:000000"
VERSION = "1.38.0"
DESCRIPTION = "runs of indexes that exclude each other"

# A batch has fewer than 2^32 indexes, so batch and index make one number, and one range type says where a run lies.
_RUN = "int8range((batch_number::bigint << 32) + first, (batch_number::bigint << 32) + stop)"


async def forwards() -> MigrationManager:
    """Forwards, statement by statement."""
    manager = MigrationManager(migration_id=ID, app_name="codes", description=DESCRIPTION)

    async def run() -> None:
        await execute(
            f"""ALTER TABLE print_order ADD CONSTRAINT print_order_apart
                EXCLUDE USING gist ({_RUN} WITH &&) WHERE (state IN ('open', 'exported', 'printed'))"""
        )
        await execute(f"ALTER TABLE printed_run ADD CONSTRAINT printed_run_apart EXCLUDE USING gist ({_RUN} WITH &&)")
        await execute("CREATE INDEX print_order_exported ON print_order (exported_at) WHERE state = 'exported'")

    async def run_backwards() -> None:
        await execute("DROP INDEX print_order_exported")
        await execute("ALTER TABLE printed_run DROP CONSTRAINT printed_run_apart")
        await execute("ALTER TABLE print_order DROP CONSTRAINT print_order_apart")

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager

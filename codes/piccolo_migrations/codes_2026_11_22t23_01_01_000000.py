"""Settlements find a shop's documents by their moments; a promo code knows the transaction that changed its state."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute

ID = "2026-11-22T23:01:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "documents of a shop, open payments, changed promo codes"

_FORWARDS = (
    "CREATE INDEX promo_order_of_shop ON promo_order (shop_id, redeemed_at) WHERE redeemed_at IS NOT NULL",
    "CREATE INDEX promo_return_of_shop ON promo_return (shop_id, applied_at) WHERE applied_at IS NOT NULL",
    "CREATE UNIQUE INDEX settlement_paid_once ON settlement_payment (settlement_id) WHERE reversed_at IS NULL",
    "CREATE INDEX settlement_payment_of_shop ON settlement_payment (shop_id)",
    "CREATE INDEX settlement_dispute_of_shop ON settlement_dispute (shop_id, opened_at)",
    "CREATE INDEX sales_receipt_of_file ON sales_receipt (file_id, row)",
    "CREATE INDEX promo_code_changed ON promo_code (program_id, changed_in, id)",
    """CREATE FUNCTION promo_code_changes() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN NEW.changed_in := pg_current_xact_id()::text::bigint; RETURN NEW; END $$""",
    """CREATE TRIGGER promo_code_changes BEFORE INSERT OR UPDATE OF state ON promo_code
       FOR EACH ROW EXECUTE FUNCTION promo_code_changes()""",
)

_BACKWARDS = (
    "DROP TRIGGER promo_code_changes ON promo_code",
    "DROP FUNCTION promo_code_changes",
    """DROP INDEX promo_code_changed, sales_receipt_of_file, settlement_dispute_of_shop, settlement_payment_of_shop,
                  settlement_paid_once, promo_return_of_shop, promo_order_of_shop""",
)


async def forwards() -> MigrationManager:
    """Forwards, statement by statement."""
    manager = MigrationManager(migration_id=ID, app_name="codes", description=DESCRIPTION)

    async def run() -> None:
        for statement in _FORWARDS:
            await execute(statement)

    async def run_backwards() -> None:
        for statement in _BACKWARDS:
            await execute(statement)

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager

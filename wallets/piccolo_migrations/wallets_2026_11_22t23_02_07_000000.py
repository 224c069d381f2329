"""A transfer's accounts are looked up once a statement, in place of two foreign keys that look them up once a row."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute

ID = "2026-11-22T23:02:07:000000"
VERSION = "1.38.0"
DESCRIPTION = "accounts of transfers"

_FORWARDS = (
    """CREATE FUNCTION transfer_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
           IF EXISTS (SELECT FROM posted
                      WHERE NOT EXISTS (SELECT FROM account a WHERE a.id = debit_account_id AND a.asset = posted.asset)
                         OR NOT EXISTS (SELECT FROM account a WHERE a.id = credit_account_id AND a.asset = posted.asset))
           THEN
               RAISE EXCEPTION 'a transfer is between accounts of its asset' USING ERRCODE = 'foreign_key_violation';
           END IF;
           RETURN NULL;
       END $$""",
    """CREATE TRIGGER transfer_accounts AFTER INSERT ON transfer REFERENCING NEW TABLE AS posted
       FOR EACH STATEMENT EXECUTE FUNCTION transfer_accounts()""",
    # The other side of a foreign key: what transfers name stays what it is.
    """CREATE FUNCTION account_stays() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
           RAISE EXCEPTION 'account % stays what it is', OLD.id USING ERRCODE = 'foreign_key_violation';
       END $$""",
    """CREATE TRIGGER account_stays BEFORE DELETE OR UPDATE OF id, asset ON account
       FOR EACH ROW EXECUTE FUNCTION account_stays()""",
    "ALTER TABLE transfer DROP CONSTRAINT debit_account, DROP CONSTRAINT credit_account",
)

_BACKWARDS = (
    """ALTER TABLE transfer
       ADD CONSTRAINT debit_account FOREIGN KEY (debit_account_id, asset) REFERENCES account (id, asset),
       ADD CONSTRAINT credit_account FOREIGN KEY (credit_account_id, asset) REFERENCES account (id, asset)""",
    "DROP TRIGGER account_stays ON account",
    "DROP FUNCTION account_stays()",
    "DROP TRIGGER transfer_accounts ON transfer",
    "DROP FUNCTION transfer_accounts()",
)


async def forwards() -> MigrationManager:
    """Forwards, statement by statement."""
    manager = MigrationManager(migration_id=ID, app_name="wallets", description=DESCRIPTION)

    async def run() -> None:
        for statement in _FORWARDS:
            await execute(statement)

    async def run_backwards() -> None:
        for statement in _BACKWARDS:
            await execute(statement)

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager

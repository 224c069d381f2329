"""What Piccolo cannot declare: the digest of a transfer, foreign keys, partial indexes, the reversal's rule, the views."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute

ID = "2026-11-22T23:00:02:000000"
VERSION = "1.38.0"
DESCRIPTION = "digest, keys, indexes, views of the ledger"

_FORWARDS = (
    """CREATE FUNCTION transfer_digest(id uuid, kind text, reference uuid, debit uuid, credit uuid, amount bigint, asset text,
                                       cause text, reverses uuid, created timestamptz) RETURNS bytea
       LANGUAGE sql STABLE PARALLEL SAFE AS $$
       SELECT sha256(uuid_send(id) || uuid_send(reference) || uuid_send(debit) || uuid_send(credit) || int8send(amount)
           || uuid_send(coalesce(reverses, '00000000-0000-0000-0000-000000000000')) || timestamptz_send(created)
           || convert_to(kind || '|' || asset || '|' || cause, 'UTF8')) $$""",
    """ALTER TABLE transfer
       ADD CONSTRAINT debit_account FOREIGN KEY (debit_account_id, asset) REFERENCES account (id, asset),
       ADD CONSTRAINT credit_account FOREIGN KEY (credit_account_id, asset) REFERENCES account (id, asset)""",
    "CREATE UNIQUE INDEX transfer_reversed_once ON transfer (reverses_id) WHERE reverses_id IS NOT NULL",
    "CREATE UNIQUE INDEX transfer_debit_entry ON transfer (debit_account_id, debit_seq) WHERE debit_seq IS NOT NULL",
    "CREATE UNIQUE INDEX transfer_credit_entry ON transfer (credit_account_id, credit_seq) WHERE credit_seq IS NOT NULL",
    "CREATE INDEX lot_due ON lot (releases_at) WHERE state = 'pending'",
    "CREATE INDEX lot_expiring ON lot (expires_at) WHERE state = 'available' AND remaining_minor > 0",
    """CREATE INDEX lot_of_agent ON lot (agent_id, asset, state) INCLUDE (remaining_minor, expires_at, releases_at)
       WHERE remaining_minor > 0""",
    "CREATE INDEX spend_open ON spend (expires_at) WHERE state = 'reserved'",
    "CREATE INDEX spend_of_agent ON spend (agent_id, id)",
    "CREATE INDEX account_of_owner ON account (owner_id) WHERE owner_id IS NOT NULL",
    "ALTER TABLE account SET (fillfactor = 70)",
    "ALTER TABLE lot SET (fillfactor = 85)",
    """CREATE FUNCTION transfer_reversal() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
           PERFORM FROM transfer original WHERE original.id = NEW.reverses_id AND original.amount_minor = NEW.amount_minor
               AND original.asset = NEW.asset AND original.debit_account_id = NEW.credit_account_id;
           IF NOT FOUND THEN
               RAISE EXCEPTION 'transfer % does not undo %', NEW.id, NEW.reverses_id USING ERRCODE = 'check_violation';
           END IF;
           RETURN NEW;
       END $$""",
    """CREATE TRIGGER transfer_reversal BEFORE INSERT ON transfer FOR EACH ROW WHEN (NEW.reverses_id IS NOT NULL)
       EXECUTE FUNCTION transfer_reversal()""",
    """CREATE VIEW v_wallet AS
       SELECT id AS account_id,
              CASE WHEN kind IN ('agent_pending', 'agent_available', 'agent_reserved') THEN 'agent' ELSE kind END AS kind,
              CASE WHEN kind IN ('agent_pending', 'agent_available', 'agent_reserved') THEN 'agent' ELSE kind END
                  || ':' || coalesce(owner_id::text, '-') || ':' || asset AS account,
              owner_id AS owner, asset, kind AS part, balance_minor
       FROM account""",
    """CREATE VIEW v_postings AS
       SELECT t.id AS txn_id, w.account, -t.amount_minor AS amount_minor, t.asset, t.created_at, t.cause
       FROM transfer t JOIN v_wallet w ON w.account_id = t.debit_account_id
       UNION ALL
       SELECT t.id, w.account, t.amount_minor, t.asset, t.created_at, t.cause
       FROM transfer t JOIN v_wallet w ON w.account_id = t.credit_account_id""",
    """CREATE VIEW v_accounts AS
       SELECT account, kind, owner, sum(balance_minor)::bigint AS balance_minor,
              coalesce(sum(balance_minor) FILTER (WHERE part IN ('agent_pending', 'agent_reserved')), 0)::bigint AS held_minor
       FROM v_wallet WHERE kind IN ('agent', 'agent_debt') GROUP BY account, kind, owner
       UNION ALL
       SELECT w.account, w.kind, w.owner, coalesce(leg.balance_minor, 0)::bigint, 0
       FROM v_wallet w LEFT JOIN (
           SELECT account_id, sum(amount_minor) AS balance_minor FROM (
               SELECT debit_account_id AS account_id, -amount_minor AS amount_minor FROM transfer WHERE debit_seq IS NULL
               UNION ALL
               SELECT credit_account_id, amount_minor FROM transfer WHERE credit_seq IS NULL) AS side
           GROUP BY account_id) AS leg ON leg.account_id = w.account_id
       WHERE w.kind NOT IN ('agent', 'agent_debt')""",
)

_BACKWARDS = (
    "DROP VIEW v_accounts",
    "DROP VIEW v_postings",
    "DROP VIEW v_wallet",
    "DROP TRIGGER transfer_reversal ON transfer",
    "DROP FUNCTION transfer_reversal()",
    "ALTER TABLE lot RESET (fillfactor)",
    "ALTER TABLE account RESET (fillfactor)",
    "DROP INDEX account_of_owner, spend_of_agent, spend_open, lot_of_agent, lot_expiring, lot_due",
    "DROP INDEX transfer_debit_entry, transfer_credit_entry, transfer_reversed_once",
    "ALTER TABLE transfer DROP CONSTRAINT debit_account, DROP CONSTRAINT credit_account",
    "DROP FUNCTION transfer_digest(uuid, text, uuid, uuid, uuid, bigint, text, text, uuid, timestamptz)",
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

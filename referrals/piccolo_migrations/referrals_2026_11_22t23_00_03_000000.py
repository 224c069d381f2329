"""What Piccolo cannot declare: partial and composite indexes of the queue and the journal, and the view of causes."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute

ID = "2026-11-22T23:00:03:000000"
VERSION = "1.38.0"
DESCRIPTION = "indexes of activities and accruals, the view of causes"

_FORWARDS = (
    # Piccolo wants one column to be the key; these rows are only ever found by what they are about.
    "ALTER TABLE standing_product DROP CONSTRAINT standing_product_pkey",
    "ALTER TABLE standing_customer DROP CONSTRAINT standing_customer_pkey",
    "ALTER TABLE standing_product SET (fillfactor = 80)",
    "CREATE INDEX activity_of_agent ON activity (agent_id, id)",
    "CREATE INDEX activity_queue_next ON activity_queue (activity_id) WHERE parked_at IS NULL",
    "CREATE INDEX activity_queue_age ON activity_queue (queued_at)",
    "CREATE INDEX accrual_denied ON accrual (campaign_id, id) WHERE state = 'denied'",
    "CREATE INDEX journal_of_agent ON journal_entry (agent_id, id)",
    "CREATE UNIQUE INDEX dispute_open_once ON dispute (agent_id, about) WHERE state = 'open'",
    "CREATE INDEX dispute_clock ON dispute (answer_by) WHERE state = 'open'",
    """CREATE VIEW v_causes AS
       SELECT activity.cause, activity.kind,
              CASE WHEN count(*) FILTER (WHERE accrual.state = 'credited') > 0 THEN 'credited'
                   WHEN count(*) FILTER (WHERE accrual.state = 'waiting') > 0 THEN 'waiting'
                   WHEN bool_or(q.parked_at IS NOT NULL) THEN 'parked'
                   WHEN bool_or(q.activity_id IS NOT NULL) THEN 'pending'
                   WHEN count(*) FILTER (WHERE accrual.state = 'clawed_back') > 0 THEN 'clawed_back'
                   ELSE 'denied:' || coalesce(max(accrual.reason) FILTER (WHERE accrual.state = 'denied'), 'unknown') END
                  AS status
       FROM activity
       LEFT JOIN accrual ON accrual.activity_id = activity.id
       LEFT JOIN activity_queue q ON q.activity_id = activity.id
       GROUP BY activity.id""",
)

_BACKWARDS = (
    "ALTER TABLE standing_product RESET (fillfactor)",
    "ALTER TABLE standing_customer ADD PRIMARY KEY (id)",
    "ALTER TABLE standing_product ADD PRIMARY KEY (id)",
    "DROP VIEW v_causes",
    "DROP INDEX dispute_clock, dispute_open_once, journal_of_agent, accrual_denied",
    "DROP INDEX activity_queue_age, activity_queue_next, activity_of_agent",
)


async def forwards() -> MigrationManager:
    """Forwards, statement by statement."""
    manager = MigrationManager(migration_id=ID, app_name="referrals", description=DESCRIPTION)

    async def run() -> None:
        for statement in _FORWARDS:
            await execute(statement)

    async def run_backwards() -> None:
        for statement in _BACKWARDS:
            await execute(statement)

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager

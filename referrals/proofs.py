"""What crediting promises: nothing is paid twice, nothing that was accepted is without an outcome."""

from core.proofs import Proof

PROOFS = (
    Proof(
        "each activity is waiting or has an outcome with its reason",
        """SELECT 'activity ' || id AS subject, 'it neither waits nor has an outcome' AS detail, NULL AS asset
           FROM activity
           WHERE NOT EXISTS (SELECT FROM activity_queue WHERE activity_id = activity.id)
             AND NOT EXISTS (SELECT FROM accrual WHERE activity_id = activity.id AND state <> 'canceled')""",
    ),
    Proof(
        "each credited accrual is one transfer of its amount",
        """SELECT 'accrual ' || accrual.id AS subject,
                  'credited with ' || amount_minor || ', posted ' || coalesce(t.amount, 0) AS detail, accrual.asset
           FROM accrual LEFT JOIN (SELECT reference, amount_minor AS amount FROM transfer WHERE kind = 'credit') t
             ON t.reference = accrual.id
           WHERE (accrual.state IN ('credited', 'clawed_back')) <> (t.reference IS NOT NULL)
              OR t.amount <> accrual.amount_minor""",
    ),
    Proof(
        "each credit belongs to an accrual and to its beneficiary",
        """SELECT 'transfer ' || t.id AS subject, 'no accrual of this agent made it' AS detail, t.asset
           FROM transfer t JOIN account c ON c.id = t.credit_account_id
           LEFT JOIN accrual a ON a.id = t.reference AND a.agent_id = c.owner_id AND a.asset = t.asset
           WHERE t.kind = 'credit' AND a.id IS NULL""",
    ),
    Proof(
        "a cause is paid once per rule and beneficiary",
        """SELECT 'cause ' || cause AS subject, 'credited ' || count(*) || ' times' AS detail, min(asset) AS asset
           FROM activity JOIN accrual ON accrual.activity_id = activity.id WHERE accrual.state = 'credited'
           GROUP BY program_id, cause, campaign_id, effect, accrual.agent_id, part HAVING count(*) > 1""",
    ),
    Proof(
        "what was clawed back has left the wallet",
        """SELECT 'accrual ' || id AS subject, 'clawed ' || clawed_minor || ' of ' || amount_minor AS detail, asset
           FROM accrual WHERE (state = 'clawed_back') <> (clawed_minor = amount_minor AND clawed_minor > 0)""",
    ),
    Proof(
        "what is held waits for a person, and nothing is held for what he has cleared",
        """SELECT 'lot ' || lot_id AS subject, lot.asset,
                  format('held for an event that is %s', coalesce(event.state, 'none')) AS detail
           FROM lot_hold JOIN lot ON lot.id = lot_id LEFT JOIN risk_event event ON event.id = cause_id
           WHERE lifted_at IS NULL
             AND (event.id IS NULL OR event.state = 'cleared' OR event.carried_out_at IS NOT NULL)""",
    ),
)

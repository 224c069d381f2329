"""What receipts promise: each is paid for by one activity, and owned by one claim."""

from core.proofs import Proof

PROOFS = (
    Proof(
        "each matched receipt is one activity of its agent",
        """SELECT 'receipt ' || receipt.id AS subject, 'it has no activity of its agent' AS detail, NULL AS asset
           FROM receipt LEFT JOIN activity ON activity.id = receipt.id AND activity.agent_id = receipt.agent_id
               AND activity.program_id = receipt.program_id
           WHERE state IN ('matched', 'reversed') AND activity.id IS NULL""",
    ),
    Proof(
        "each activity of a receipt is a matched one's",
        """SELECT 'activity ' || activity.id AS subject, 'its receipt is ' || coalesce(state, 'not there') AS detail,
                  NULL AS asset
           FROM activity LEFT JOIN activity_addition added ON added.activity_id = activity.id
           LEFT JOIN receipt ON receipt.id = coalesce(added.first_id, activity.id)
           WHERE kind = 'receipt_matched' AND cause LIKE 'receipt:%'
             AND coalesce(state, '') NOT IN ('matched', 'reversed')
             AND NOT (coalesce(state, '') = 'rejected' AND NOT EXISTS (
                 SELECT FROM accrual WHERE accrual.activity_id = activity.id AND accrual.state = 'credited'))""",
    ),
    Proof(
        "the rules were told of each of a receipt's goods, once",
        """SELECT 'line ' || line.id AS subject, 'no activity of its receipt tells of it' AS detail, NULL AS asset
           FROM receipt_line line JOIN receipt ON receipt.id = receipt_id
           LEFT JOIN activity_addition added ON added.activity_id = told_by AND first_id = receipt_id
           WHERE told_by <> receipt_id AND added.activity_id IS NULL
              OR told_by IS NULL AND state = 'matched' AND is_goods AND payment = 'full' AND product_id IS NOT NULL
                 AND returned_by IS NULL AND hear_at IS NULL
           UNION ALL
           SELECT 'activity ' || told_by, format('it tells of %s, its receipt of %s', said, sum(amount_minor)), NULL
           FROM receipt_line JOIN activity ON activity.id = told_by
           CROSS JOIN LATERAL (SELECT sum((line ->> 'amount_minor')::bigint) AS said
                               FROM json_array_elements(facts -> 'lines') AS line) AS goods
           GROUP BY told_by, said HAVING said IS DISTINCT FROM sum(amount_minor)""",
    ),
    Proof(
        "a fiscal document has one live claim",
        """SELECT 'receipt ' || min(id::text) AS subject, count(*) || ' claims of it are live' AS detail, NULL AS asset
           FROM receipt WHERE state <> 'rejected' GROUP BY identity HAVING count(*) > 1""",
    ),
    Proof(
        "a confirmed receipt was confirmed by a feed or a source",
        """SELECT 'receipt ' || id AS subject, 'nobody has confirmed it' AS detail, NULL AS asset
           FROM receipt WHERE trust IN ('issuer_confirmed', 'items_confirmed') AND state <> 'rejected'
             AND NOT EXISTS (SELECT FROM fed_receipt WHERE fed_receipt.identity = receipt.identity)
             AND NOT EXISTS (SELECT FROM receipt_attempt
                             WHERE receipt_id = receipt.id AND outcome IN ('found', 'confirmed'))""",
    ),
    Proof(
        "a receipt whose goods all came back is reversed",
        """SELECT 'receipt ' || receipt_id AS subject, 'nothing of it is left and it is paid' AS detail, NULL AS asset
           FROM receipt_line JOIN receipt ON receipt.id = receipt_id
           WHERE product_id IS NOT NULL AND state = 'matched' AND is_goods AND payment = 'full'
           GROUP BY receipt_id HAVING count(*) = count(returned_by)""",
    ),
)

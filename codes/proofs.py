"""What scans promise: one activity each, one owner a code."""

from core.proofs import Proof

PROOFS = (
    Proof(
        "each accepted scan is an activity of its agent",
        """SELECT 'scan ' || scan.id AS subject, 'it has no activity of its agent' AS detail, NULL AS asset
           FROM scan LEFT JOIN activity ON activity.id = scan.id AND activity.agent_id = scan.agent_id
           WHERE activity.id IS NULL""",
    ),
    Proof(
        "ranges cover their batch without a gap",
        """SELECT 'batch ' || number AS subject, 'its ranges do not cover it' AS detail, NULL AS asset
           FROM code_batch LEFT JOIN (
               SELECT batch_number, min(first) AS low, max(stop) AS high, bool_and(first = coalesce(before, 0)) AS whole
               FROM (SELECT batch_number, first, stop,
                            lag(stop) OVER (PARTITION BY batch_number ORDER BY first) AS before FROM code_range) AS one
               GROUP BY batch_number) r ON r.batch_number = number
           WHERE state = 'sealed' AND (low, high, whole) IS DISTINCT FROM (0::bigint, size, true)""",
    ),
    Proof(
        "what was spoiled in print is voided",
        """SELECT 'print order ' || print_order_id AS subject, 'spoiled paper of it can be paid for' AS detail,
                  NULL AS asset
           FROM printed_run AS run JOIN code_range AS one
               ON one.batch_number = run.batch_number AND one.first < run.stop AND one.stop > run.first
           WHERE outcome = 'spoiled' AND state <> 'voided' GROUP BY print_order_id""",
    ),
    Proof(
        "a voided batch has no key",
        """SELECT 'batch ' || number AS subject, 'it is void and its key is there' AS detail, NULL AS asset
           FROM code_batch WHERE state = 'voided' AND wrapped_secret IS NOT NULL""",
    ),
)

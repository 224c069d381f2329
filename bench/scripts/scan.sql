-- One scan in a transaction of its own, with the statements that ours has for a batch.
\set code random(1, 1000000000000000)
\set agent random(1, 1000000)
BEGIN;
SELECT now(), (SELECT revision FROM code_revision), (SELECT rules FROM program_revision),
       (SELECT catalogue FROM program_revision),
       EXISTS (SELECT FROM scan WHERE agent_id = lpad(to_hex(:agent::bigint), 32, '0')::uuid
               AND client_key = int8send(:code::bigint))
           OR EXISTS (SELECT FROM held_scan WHERE agent_id = lpad(to_hex(:agent::bigint), 32, '0')::uuid
                      AND client_key = int8send(:code::bigint))
           OR EXISTS (SELECT FROM refused_scan WHERE agent_id = lpad(to_hex(:agent::bigint), 32, '0')::uuid
                      AND client_key = int8send(:code::bigint)),
       ARRAY(SELECT subject FROM guess WHERE subject IN (int8send(:agent::bigint), '\x00'::bytea)
             AND hour = date_trunc('hour', now()) AND failures >= 20);
INSERT INTO scan (id, code_key, agent_id, client_key, product_id, scanned_at, accepted_at, expected_minor, expected_asset,
                  expected_at)
VALUES (lpad(to_hex(:code::bigint), 32, '0')::uuid, int8send(:code::bigint), lpad(to_hex(:agent::bigint), 32, '0')::uuid,
        int8send(:code::bigint), '<product>', now(), now(), 15000, 'BON', now())
ON CONFLICT DO NOTHING RETURNING id;
WITH queued AS (
    INSERT INTO activity_queue (activity_id, agent_id)
    VALUES (lpad(to_hex(:code::bigint), 32, '0')::uuid, lpad(to_hex(:agent::bigint), 32, '0')::uuid)
)
INSERT INTO activity (id, kind, cause, agent_id, program_id, purchase_id, occurred_at, accepted_at, facts)
VALUES (lpad(to_hex(:code::bigint), 32, '0')::uuid, 'code_scanned', 'code:1:' || :code::bigint,
        lpad(to_hex(:agent::bigint), 32, '0')::uuid, '<program>', lpad(to_hex(:code::bigint), 32, '0')::uuid, now(), now(),
        '{"kind": "code_scanned", "batch": 1, "lines": [{"sku": "BENCH-1", "quantity": 1}]}');
COMMIT;

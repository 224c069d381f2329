-- A batch of scans as one statement, nothing but PostgreSQL: the rows are made where they are written.
\set batch random(1, 1000000000000)
WITH input AS (
    SELECT lpad(to_hex(:batch::bigint * 1000 + n), 32, '0')::uuid AS id, int8send(:batch::bigint * 1000 + n) AS code_key,
           'code:1:' || (:batch::bigint * 1000 + n) AS cause, lpad(to_hex(:batch::bigint), 32, '0')::uuid AS agent_id
    FROM generate_series(1, <size>) AS n
), claimed AS (
    INSERT INTO scan (id, code_key, agent_id, client_key, product_id, scanned_at, accepted_at, expected_minor, expected_asset,
                      expected_at)
    SELECT id, code_key, agent_id, code_key, '<product>', now(), now(), 15000, 'BON', now() FROM input
    ON CONFLICT DO NOTHING RETURNING id
), queued AS (
    INSERT INTO activity_queue (activity_id, agent_id) SELECT id, agent_id FROM input
)
INSERT INTO activity (id, kind, cause, agent_id, program_id, purchase_id, occurred_at, accepted_at, facts)
SELECT id, 'code_scanned', cause, agent_id, '<program>', id, now(), now(),
       '{"kind": "code_scanned", "batch": 1, "lines": [{"sku": "BENCH-1", "quantity": 1}]}' FROM input;

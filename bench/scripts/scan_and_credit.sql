-- One scan and its credit in one transaction, with no more than both need: the campaign's budget is where all of them meet.
\set code random(1, 1000000000000000)
\set agent random(1, 1000)
BEGIN;
INSERT INTO scan (id, code_key, agent_id, client_key, product_id, scanned_at, accepted_at, expected_minor, expected_asset,
                  expected_at)
VALUES (lpad(to_hex(:code::bigint), 32, '0')::uuid, int8send(:code::bigint), lpad(to_hex(:agent::bigint), 32, '0')::uuid,
        int8send(:code::bigint), '<product>', now(), now(), 15000, 'BON', now());
INSERT INTO activity (id, kind, cause, agent_id, program_id, purchase_id, occurred_at, accepted_at, facts)
VALUES (lpad(to_hex(:code::bigint), 32, '0')::uuid, 'code_scanned', 'code:1:' || :code::bigint,
        lpad(to_hex(:agent::bigint), 32, '0')::uuid, '<program>', lpad(to_hex(:code::bigint), 32, '0')::uuid, now(), now(),
        '{"kind": "code_scanned", "batch": 1, "lines": [{"sku": "BENCH-1", "quantity": 1}]}');
WITH moved AS (
    UPDATE account SET balance_minor = balance_minor + 15000, entries = entries + 1
    WHERE id = lpad(to_hex(:agent::bigint), 32, '0')::uuid RETURNING id, balance_minor, entries
)
INSERT INTO transfer (id, kind, reference, debit_account_id, credit_account_id, amount_minor, asset, cause, batch_id, credit_seq,
                      credit_after_minor, created_at, digest)
SELECT lpad(to_hex(:code::bigint), 32, '0')::uuid, 'credit', lpad(to_hex(:code::bigint), 32, '0')::uuid, '<account>', id,
       15000, 'BON', 'code:1:' || :code::bigint, lpad(to_hex(:code::bigint), 32, '0')::uuid, entries, balance_minor, now(),
       '\x00' FROM moved;
UPDATE budget SET spent_minor = spent_minor + 15000 WHERE id = '<budget>' AND spent_minor + 15000 <= cap_minor;
COMMIT;

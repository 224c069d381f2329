-- One order redeemed in a transaction of its own, with the statements that ours has: what is decided in between is known.
\set order random(1, 1000000000000000)
\set agent random(1, 200)
BEGIN;
WITH claimed AS (
    INSERT INTO answer (id, scope, key_hash, request_hash, status, body)
    VALUES (lpad(to_hex(:order::bigint), 32, '0')::uuid, 'pgbench', int8send(:order::bigint), int8send(:order::bigint), 0, '')
    ON CONFLICT (scope, key_hash) DO NOTHING RETURNING id)
SELECT now(), (SELECT id FROM claimed);
SELECT name, reason FROM switch;
SAVEPOINT redeemed;
SELECT pg_advisory_xact_lock(hashtextextended('<shop>:' || :order::bigint, 2));
SELECT promo_order.*, EXISTS (
    SELECT FROM promo_return WHERE shop_id = '<shop>' AND order_ref = (:order::bigint)::text AND applied_at IS NULL) AS parked
FROM (VALUES (1)) AS once LEFT JOIN promo_order ON shop_id = '<shop>' AND order_ref = (:order::bigint)::text;
SELECT now(), (SELECT rules FROM program_revision), (SELECT catalogue FROM program_revision),
       code.id, code.agent_id, code.campaign_id, code.program_id, code.text, code.state, code.skeleton, code.number
FROM (VALUES (1)) AS once LEFT JOIN promo_code AS code ON code.skeleton = ANY('{<skeleton>}') OR code.number = ANY('{}');
SELECT id, used_count, used_minor FROM limit_use WHERE id = '<use>'
UNION ALL SELECT id, spent_minor, cap_minor FROM budget WHERE id = ANY('{<discounts>,<bonuses>}');
SELECT pg_advisory_xact_lock(hashtextextended((:agent::bigint)::text, 0));
INSERT INTO purchase_key (id, purchase_id, item_key)
VALUES (lpad(to_hex(:order::bigint), 32, '0')::uuid, lpad(to_hex(:order::bigint), 32, '0')::uuid, 'order:' || :order::bigint)
ON CONFLICT DO NOTHING RETURNING id;
SELECT id, balance_minor, entries FROM account WHERE id = lpad(to_hex(:agent::bigint), 32, '0')::uuid FOR UPDATE;
WITH input AS (
    SELECT lpad(to_hex(:order::bigint), 32, '0')::uuid AS id, lpad(to_hex(:agent::bigint), 32, '0')::uuid AS agent_id
), written_order AS (
    INSERT INTO promo_order (id, program_id, shop_id, order_ref, state, promo_code_id, agent_id, request_hash, "order",
                             priced, decision, occurred_at, created_at, redeemed_at)
    SELECT id, '<program>', '<shop>', (:order::bigint)::text, 'succeeded', '<code>', agent_id, int8send(:order::bigint),
           '<order>'::json, '<priced>'::json, '<decision>'::json, now(), now(), now() FROM input
), attributed AS (
    INSERT INTO attribution (activity_id, program_id, agent_id, campaign_id, evidence, claims, given, at)
    SELECT id, '<program>', agent_id, '<campaign>', 'promo_code', '<claims>'::json, '[]'::json, now() FROM input
), kept_activities AS (
    INSERT INTO activity (id, kind, cause, agent_id, program_id, purchase_id, occurred_at, accepted_at, facts)
    SELECT id, 'promo_redeemed', 'order:' || :order::bigint, agent_id, '<program>', id, now(), now(), '<facts>'::json
    FROM input
), written_accruals AS (
    INSERT INTO accrual (id, activity_id, campaign_id, effect, agent_id, campaign_version, beneficiary, asset,
                         amount_minor, state, releases_at, created_at)
    SELECT id, id, '<campaign>', 0, agent_id, 1, 'agent', 'BON', 5699, 'credited', now() + interval '14 days',
           statement_timestamp() FROM input
), opened_lots AS (
    INSERT INTO lot (id, agent_id, campaign_id, asset, amount_minor, remaining_minor, state, releases_at,
                     debt_share_basis_points, cause)
    SELECT id, agent_id, '<campaign>', 'BON', 5699, 5699, 'pending', now() + interval '14 days', 10000,
           'order:' || :order::bigint FROM input
), moved AS (
    UPDATE account SET balance_minor = balance_minor + 5699, entries = entries + 1
    FROM input WHERE account.id = agent_id RETURNING account.id, balance_minor, entries
), posted AS (
    INSERT INTO transfer (id, kind, reference, debit_account_id, credit_account_id, amount_minor, asset, cause, batch_id,
                          credit_seq, credit_after_minor, created_at, digest)
    SELECT gen_random_uuid(), kind, input.id, debit, credit, amount, asset, 'order:' || :order::bigint, input.id, seq,
           after_minor, now(),
           transfer_digest(input.id, kind, input.id, debit, credit, amount, asset, 'order:' || :order::bigint, NULL, now())
    FROM input, (
        SELECT 'credit' AS kind, '<bonus_account>'::uuid AS debit, id AS credit, 5699 AS amount, 'BON' AS asset,
               entries AS seq, balance_minor AS after_minor FROM moved
        UNION ALL SELECT 'discount', '<discount_account>', '<shop_account>', 9999, 'RUB', NULL, NULL) AS transfers
    RETURNING id, digest
), batch AS (
    INSERT INTO transfer_batch (id, digest, transfers, created_at)
    SELECT (SELECT id FROM input), sha256(string_agg(digest, ''::bytea ORDER BY id)), count(*), now() FROM posted
), unsealed AS (
    INSERT INTO unsealed_batch (batch_id) SELECT id FROM input
), counted_products AS (
    INSERT INTO standing_product AS s (agent_id, program_id, day, product_id, times, quantity, amount_minor, first_at)
    SELECT agent_id, '<program>', current_date, product_id, 1, 2, 63333, now()
    FROM input, unnest('{<products>}'::uuid[]) AS product_id ORDER BY product_id
    ON CONFLICT (agent_id, program_id, day, product_id) DO UPDATE SET
        times = s.times + excluded.times, quantity = s.quantity + excluded.quantity,
        amount_minor = s.amount_minor + excluded.amount_minor
), held_agents AS MATERIALIZED (
    SELECT agent.id FROM agent JOIN input ON agent.id = agent_id FOR NO KEY UPDATE OF agent
), told AS (
    INSERT INTO journal_entry (agent_id, kind, at, activity_id, facts)
    SELECT agent_id, kind, now(), id, '<told>'::json FROM input, unnest('{client_came,credited}'::text[]) AS kind
    WHERE (SELECT count(*) FROM held_agents) >= 0 RETURNING agent_id, id
)
INSERT INTO outbox (topic, payload) SELECT 'journal', jsonb_agg(jsonb_build_array(agent_id, id) ORDER BY id) FROM told;
WITH used AS (
    INSERT INTO limit_use (id, campaign_id, scope, subject, period_key, used_count, used_minor)
    VALUES (lpad(to_hex(:agent::bigint), 32, '0')::uuid, '<campaign>', 'code', (:agent::bigint)::text, 'all', 1, 5699)
    ON CONFLICT (id) DO UPDATE SET
        used_count = limit_use.used_count + excluded.used_count, used_minor = limit_use.used_minor + excluded.used_minor
    WHERE limit_use.used_count + 1 <= 1000000 RETURNING id
)
UPDATE budget SET spent_minor = spent_minor + minor
FROM unnest('{<discounts>,<bonuses>}'::uuid[], '{9999,5699}'::bigint[]) AS asked (id, minor)
WHERE budget.id = asked.id AND (SELECT count(*) FROM used) >= 0 AND spent_minor + minor <= cap_minor;
RELEASE redeemed;
UPDATE answer SET status = 201, body = int8send(:order::bigint), sealed = true
WHERE id = lpad(to_hex(:order::bigint), 32, '0')::uuid;
COMMIT;

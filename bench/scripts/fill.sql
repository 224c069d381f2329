-- What <scans> credited scans have left in the database, written as the application would have: verify has to prove it.
-- The owner runs it, with the agents (n, id, account_id) and the indexes that stay unspent in temporary tables.
SET LOCAL session_replication_role = replica;
SET LOCAL work_mem = '256MB';

CREATE FUNCTION pg_temp.uuid_at(at timestamptz, n bigint, kind int) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n & 4095), 3, '0')
        || to_hex(8 + kind) || lpad(to_hex(n), 15, '0'))::uuid $$;

CREATE TEMP TABLE filled ON COMMIT DROP AS
WITH scanned AS (
    SELECT index, row_number() OVER (ORDER BY hashint8(index)) AS n
    FROM (SELECT index FROM generate_series(0, <size> - 1) AS every (index)
          WHERE NOT EXISTS (SELECT FROM unspent WHERE unspent.index = every.index) LIMIT <scans>) AS spent
), timed AS (
    SELECT n, index, now() - interval '9 days' * (1 - n / <scans>::float8) AS at, 1 + n % <agents> AS agent
    FROM scanned
)
SELECT timed.n, at, agent.id AS agent_id, account_id, 'code:<batch>:' || index AS cause,
       int4send(<batch>) || int4send(index) AS code_key,
       pg_temp.uuid_at(at, timed.n, 0) AS scan_id, pg_temp.uuid_at(at, timed.n, 1) AS accrual_id,
       pg_temp.uuid_at(at, timed.n, 2) AS transfer_id, (timed.n - 1) / 500 AS batch,
       row_number() OVER (PARTITION BY agent.n ORDER BY timed.n) AS seq
FROM timed JOIN agent_filled agent ON agent.n = timed.agent;

INSERT INTO scan (id, code_key, agent_id, client_key, product_id, scanned_at, accepted_at, expected_minor, expected_asset,
                  expected_at)
SELECT scan_id, code_key, agent_id, code_key, '<product>', at, at, <bonus>, 'BON', at + interval '14 days' FROM filled ORDER BY n;

INSERT INTO activity (id, kind, cause, agent_id, program_id, purchase_id, occurred_at, accepted_at, facts)
SELECT scan_id, 'code_scanned', cause, agent_id, '<program>', scan_id, at, at,
       jsonb_build_object('activity_id', scan_id, 'kind', 'code_scanned', 'program_id', '<program>', 'agent_id', agent_id,
                          'occurred_at', at, 'accepted_at', at, 'batch', <batch>, 'lines', jsonb_build_array(
                              jsonb_build_object('product_id', '<product>', 'sku', 'BENCH-1', 'quantity', 1)))
FROM filled ORDER BY n;

INSERT INTO accrual (id, activity_id, campaign_id, campaign_version, effect, beneficiary, agent_id, asset, amount_minor, state,
                     releases_at, created_at)
SELECT accrual_id, scan_id, '<campaign>', 1, 0, 'agent', agent_id, 'BON', <bonus>, 'credited', at + interval '14 days', at
FROM filled ORDER BY n;

INSERT INTO lot (id, agent_id, campaign_id, asset, amount_minor, remaining_minor, state, releases_at, debt_share_basis_points,
                 cause)
SELECT accrual_id, agent_id, '<campaign>', 'BON', <bonus>, <bonus>, 'pending', at + interval '14 days', 10000, cause
FROM filled ORDER BY n;

INSERT INTO transfer (id, kind, reference, debit_account_id, credit_account_id, amount_minor, asset, cause, batch_id, credit_seq,
                      credit_after_minor, created_at, digest)
SELECT transfer_id, 'credit', accrual_id, '<account>', account_id, <bonus>, 'BON', cause, pg_temp.uuid_at(now(), batch, 3), seq,
       seq * <bonus>, at,
       transfer_digest(transfer_id, 'credit', accrual_id, '<account>', account_id, <bonus>, 'BON', cause, NULL, at)
FROM filled ORDER BY n;

INSERT INTO transfer_batch (id, digest, transfers, created_at)
SELECT batch_id, sha256(string_agg(digest, ''::bytea ORDER BY id)), count(*), max(created_at)
FROM transfer WHERE kind = 'credit' GROUP BY batch_id;

INSERT INTO unsealed_batch (batch_id) SELECT DISTINCT batch_id FROM transfer WHERE kind = 'credit';

INSERT INTO account (id, kind, owner_id, asset, balance_minor, entries)
SELECT account_id, 'agent_pending', agent_id, 'BON', count(*) * <bonus>, count(*) FROM filled GROUP BY account_id, agent_id;

UPDATE budget SET spent_minor = <scans>::bigint * <bonus> WHERE campaign_id = '<campaign>';

INSERT INTO standing_product (agent_id, program_id, day, product_id, times, quantity, amount_minor, first_at)
SELECT agent_id, '<program>', (at AT TIME ZONE 'Europe/Moscow')::date, product_id, count(*), count(*), 0, min(at)
FROM filled CROSS JOIN unnest('{<product>, <whole>}'::uuid[]) AS product_id GROUP BY agent_id, 3, product_id;

INSERT INTO journal_entry (agent_id, kind, at, activity_id, facts)
SELECT agent_id, 'credited', at, scan_id,
       jsonb_build_object('accrual_id', accrual_id, 'amount_minor', <bonus>, 'asset', 'BON', 'reason', NULL, 'available_at',
                          at + interval '14 days')
FROM filled ORDER BY n;

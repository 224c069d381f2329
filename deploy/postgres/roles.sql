-- The two roles and the database. The owner changes the schema and nothing else uses it; the application reads and writes
-- rows, and what is written once it cannot touch again (naparnik migrate sees to the grants).
-- Run by a superuser:  OWNER_PASSWORD=… APP_PASSWORD=… psql --file deploy/postgres/roles.sql postgres
\set ON_ERROR_STOP on
\getenv owner_password OWNER_PASSWORD
\getenv app_password APP_PASSWORD

CREATE ROLE naparnik_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE naparnik_app LOGIN PASSWORD :'app_password';

CREATE DATABASE naparnik OWNER naparnik_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8';
REVOKE ALL ON DATABASE naparnik FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE naparnik TO naparnik_app;

\connect naparnik
ALTER SCHEMA public OWNER TO naparnik_owner;

-- The application asks for these with each connection; standing with the role, they hold behind PgBouncer too.
ALTER ROLE naparnik_app SET statement_timeout = '10s';
ALTER ROLE naparnik_app SET lock_timeout = '3s';
ALTER ROLE naparnik_app SET idle_in_transaction_session_timeout = '15s';
ALTER ROLE naparnik_app SET jit = off;
ALTER ROLE naparnik_app SET plan_cache_mode = 'force_generic_plan';
ALTER ROLE naparnik_app SET enable_seqscan = off;
ALTER ROLE naparnik_app SET enable_hashjoin = off;
ALTER ROLE naparnik_app SET enable_mergejoin = off;

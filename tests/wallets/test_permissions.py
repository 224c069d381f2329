"""What the database lets nobody write, whatever the program should think."""

from uuid import UUID

import asyncpg
import pytest

from core.db import execute, fetch_value
from tests.wallets.purses import fund

pytestmark = pytest.mark.usefixtures("books")


@pytest.mark.parametrize("table", ["transfer", "transfer_batch", "chain_link"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
async def test_the_application_cannot_touch_what_is_written_once(table: str, statement: str) -> None:
    column = "seq" if table == "chain_link" else "id"

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await execute(statement.format(table, column, column))


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (number int)",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER TABLE transfer DISABLE TRIGGER transfer_reversal",
        "ALTER TABLE transfer DROP CONSTRAINT positive",
        "DROP TABLE transfer",
        "DROP INDEX transfer_reversed_once",
        "CREATE OR REPLACE FUNCTION transfer_reversal() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "SET session_replication_role = replica",
        "SELECT * FROM migration",
    ],
)
async def test_the_application_cannot_change_the_rules(statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await execute(statement)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"amount_minor": "0"}, asyncpg.CheckViolationError),
        ({"amount_minor": "-100"}, asyncpg.CheckViolationError),
        ({"amount_minor": "NULL"}, asyncpg.NotNullViolationError),
        ({"credit_account_id": "debit_account_id"}, asyncpg.CheckViolationError),
        ({"credit_account_id": "gen_random_uuid()"}, asyncpg.ForeignKeyViolationError),
        ({"credit_account_id": "NULL"}, asyncpg.NotNullViolationError),
        ({"asset": "'RUB'"}, asyncpg.ForeignKeyViolationError),
        ({"reference": "reference"}, asyncpg.UniqueViolationError),
        ({"debit_seq": "1", "debit_after_minor": "-1"}, asyncpg.CheckViolationError),
    ],
    ids=str,
)
async def test_a_row_that_would_unbalance_the_books_is_refused(
    change: dict[str, str], error: type[asyncpg.PostgresError]
) -> None:
    await fund(UUID(int=1), 100)
    same = ["kind", "debit_account_id", "credit_account_id", "amount_minor", "asset", "cause", "batch_id", "digest"]
    row = dict(zip(same, same, strict=True)) | {"reference": "gen_random_uuid()"} | change

    with pytest.raises(error):
        await execute(f"INSERT INTO transfer ({', '.join(row)}) SELECT {', '.join(row.values())} FROM transfer")

    assert await fetch_value("SELECT count(*) FROM transfer") == 1


@pytest.mark.parametrize(
    "change", ["UPDATE account SET asset = 'RUB'", "UPDATE account SET id = uuidv7()", "DELETE FROM account"]
)
async def test_an_account_that_transfers_name_stays_what_it_is(change: str) -> None:
    await fund(UUID(int=1), 100)

    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await execute(change)

    assert await fetch_value("SELECT count(*) FROM account WHERE asset = 'RUB'") == 0

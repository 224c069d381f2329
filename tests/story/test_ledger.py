"""The ledger lets nobody rewrite it, and whoever does it all the same is found."""

import json
from typing import Any

import asyncpg
import pytest

from tests.crowd import rich_agent
from tests.driver import ASSET, Driver
from tests.installation import Installation

APPLICATION = ""


@pytest.mark.parametrize("table", ["transfer", "transfer_batch", "chain_link", "audit_entry"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
async def test_the_application_can_change_nothing_that_is_written_once(
    installation: Installation, table: str, statement: str
) -> None:
    column = "seq = seq" if table == "chain_link" else "id = id"

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await installation.ask(statement.format(table).replace("id = id", column), role=APPLICATION)


async def test_the_application_writes_through_no_view(installation: Installation) -> None:
    views = await installation.ask("SELECT viewname FROM pg_views WHERE schemaname = 'public'")

    writable = await installation.ask(
        """SELECT table_name, privilege_type FROM information_schema.role_table_grants
           WHERE grantee = 'naparnik_app' AND table_name = ANY($1::text[])""",
        [view["viewname"] for view in views],
    )

    assert {grant["table_name"] for grant in writable} >= {"v_postings", "v_accounts", "v_causes"}
    assert {grant["privilege_type"] for grant in writable} == {"SELECT"}


async def test_the_application_cannot_run_ddl(installation: Installation) -> None:
    for statement in ("CREATE TABLE mine (a int)", "DROP TABLE transfer", "ALTER TABLE transfer DISABLE TRIGGER ALL"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await installation.ask(statement, role=APPLICATION)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"amount_minor": "0"}, asyncpg.CheckViolationError),
        ({"amount_minor": "-1"}, asyncpg.CheckViolationError),
        ({"credit_account_id": "debit_account_id"}, asyncpg.CheckViolationError),
        ({"asset": "'PTS'"}, asyncpg.ForeignKeyViolationError),
        ({"reference": "reference"}, asyncpg.UniqueViolationError),
        ({"kind": "'refund'", "reverses_id": "id"}, asyncpg.CheckViolationError),
    ],
    ids=["nothing", "less than nothing", "to itself", "another asset", "the same again", "a reversal of half of it"],
)
async def test_a_transfer_that_would_unbalance_the_books_is_refused_by_the_database(
    driver: Driver, installation: Installation, change: dict[str, str], error: type[Exception]
) -> None:
    await rich_agent(driver, 100)
    columns = "kind reference debit_account_id credit_account_id amount_minor asset cause reverses_id batch_id digest"
    fresh = {"reference": "gen_random_uuid()"} | change
    values = [fresh.get(column, column) for column in columns.split()]
    new = f"INSERT INTO transfer (id, {columns.replace(' ', ', ')}) SELECT gen_random_uuid(), {', '.join(values)}"

    with pytest.raises(error):
        await installation.ask(f"{new} FROM transfer WHERE kind = 'credit' LIMIT 1", role=APPLICATION)


async def test_verify_names_a_row_that_was_edited_by_hand(driver: Driver, installation: Installation) -> None:
    agent = await rich_agent(driver, 100)
    [[transfer_id]] = await installation.ask(
        """SELECT t.id FROM transfer t JOIN account a ON a.id = t.credit_account_id
           WHERE a.owner_id = $1 AND t.kind = 'credit'""",
        agent.id,
    )
    before = await driver.ledger_verify()
    await installation.ask("UPDATE transfer SET amount_minor = amount_minor + 1 WHERE id = $1", transfer_id)
    try:
        after = await driver.ledger_verify()
    finally:
        await installation.ask("UPDATE transfer SET amount_minor = amount_minor - 1 WHERE id = $1", transfer_id)

    assert before.holds, before.output
    assert after.status == 1
    assert f"transfer {transfer_id}: its digest does not fit its row" in after.output


async def test_a_failed_proof_can_freeze_spending_until_somebody_has_looked(
    driver: Driver, installation: Installation
) -> None:
    agent = await rich_agent(driver, 100)
    change = "UPDATE account SET balance_minor = balance_minor {} 1 WHERE owner_id = $1 AND kind = 'agent_available'"
    await installation.ask(change.format("+"), agent.id)

    done = installation.run("verify", "--freeze")

    await installation.ask(change.format("-"), agent.id)
    frozen = await driver.spend(agent, 10)
    await driver.owner("DELETE", f"/v1/operations/switches/spending:{ASSET}")
    free = await driver.spend(agent, 10)
    assert done.returncode == 1
    assert f"thrown: spending:{ASSET}" in done.stdout
    assert (frozen.status_code, frozen.json()["slug"]) == (409, "spending_frozen")
    assert free.status_code == 201


@pytest.mark.parametrize("amount_minor", [1, 2**31, 2**49 + 1, 10**15 - 1, 10**15])
async def test_amounts_are_exact_integers_from_the_rule_to_the_wallet(driver: Driver, amount_minor: int) -> None:
    agent = await rich_agent(driver, amount_minor)
    spend = await driver.spend(agent, amount_minor)

    assert json.loads(spend.content)["amount_minor"] == amount_minor
    assert f'"amount_minor":{amount_minor},'.encode() in spend.content
    assert (await driver.wallet(agent)).reserved_minor == amount_minor


@pytest.mark.parametrize("amount_minor", [0, -1, 10**15 + 1, 2**53 - 1, 2**53 + 1, 2**63 - 1, 2**63, 2**64])
async def test_amounts_beyond_what_money_is_are_no_requests(driver: Driver, amount_minor: Any) -> None:
    agent = await driver.agent()

    answer = await driver.spend(agent, amount_minor)

    assert answer.status_code == 400


async def test_pages_of_a_history_join_without_gap_or_double_while_it_grows(driver: Driver) -> None:
    agent = await rich_agent(driver, 1_000)
    for _ in range(9):
        await driver.spend(agent, 10)
    path = f"/v1/wallet/entries?account=available&asset={ASSET}&limit=3"

    entries: list[dict[str, Any]] = []
    while True:
        before = f"&before={entries[-1]['seq']}" if entries else ""
        answer = await driver.call("GET", path + before, token=agent.device.token)
        page = answer.json()["entries"]
        if not page:
            break
        entries += page
        await driver.spend(agent, 10)

    assert [entry["seq"] for entry in entries] == list(range(10, 0, -1))
    assert sum(entry["amount_minor"] for entry in entries) == entries[0]["after_minor"] == 910

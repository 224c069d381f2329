import asyncio

import pytest

from core import audit, audit_chain
from core.audit_chain import PROOFS, seal
from core.db import execute, fetch_value
from core.proofs import run
from core.settings import Settings
from tests.core.pools import as_owner

pytestmark = pytest.mark.usefixtures("database")

# The database's owner, whom no grant holds back, and what he might do to hide something.
EDITS = {
    "altered": "UPDATE audit_entry SET who = 'nobody' WHERE facts->>'number' = '3'",
    "moved in time": "UPDATE audit_entry SET at = at - interval '1 hour' WHERE facts->>'number' = '3'",
    "taken out": "DELETE FROM audit_entry WHERE facts->>'number' = '3'",
    "taken out with its link": """WITH gone AS (DELETE FROM audit_entry WHERE facts->>'number' = '3' RETURNING id)
                                  DELETE FROM audit_link USING gone WHERE entry_id = gone.id""",
    "exchanged": """UPDATE audit_entry one SET facts = other.facts FROM audit_entry other
                    WHERE (one.facts->>'number', other.facts->>'number') IN (('2', '3'), ('3', '2'))""",
    "put in afterwards": """INSERT INTO audit_entry (id, who, action, facts)
                            SELECT min(id) - 1, 'key:1', 'budget.top_up', '{}' FROM audit_entry""",
}
AN_HOUR_LATER = "UPDATE audit_link SET sealed_at = sealed_at - interval '2 hours'"


async def written(first: int, stop: int) -> None:
    for number in range(first, stop):
        await audit.record("key:1", "budget.top_up", number=number)


async def breaches() -> list[str]:
    return [breach.detail for verdict in await run(PROOFS) for breach in verdict.breaches]


async def test_every_entry_gets_its_place_and_the_chain_goes_on_where_it_ended() -> None:
    await written(0, 3)
    first = await seal(limit=2), await seal(limit=2), await seal()
    before = await audit_chain.head()
    await written(3, 5)
    second = await seal()

    after = await audit_chain.head()

    assert (first, second) == ((2, 1, 0), 2)
    assert (before.seq, after.seq) == (3, 5)
    assert before.hash != after.hash
    assert await breaches() == []


async def test_several_sealers_at_once_chain_each_entry_once() -> None:
    await written(0, 20)

    sealed = await asyncio.gather(*(seal() for _ in range(10)))

    assert sum(sealed) == 20
    assert await fetch_value("SELECT count(DISTINCT entry_id) FROM audit_link") == 20


async def test_an_entry_whose_number_came_late_is_chained_behind_the_others() -> None:
    await written(0, 2)
    late = await fetch_value("SELECT nextval(pg_get_serial_sequence('audit_entry', 'id'))")
    await written(2, 4)
    await seal()
    await execute("INSERT INTO audit_entry (id, who, action, facts) VALUES ($1, 'key:1', 'late', '{}')", late)

    await seal()

    assert await fetch_value("SELECT seq FROM audit_link WHERE entry_id = $1", late) == 5
    assert await breaches() == []


@pytest.mark.parametrize("edit", EDITS)
async def test_whatever_the_database_s_owner_does_to_the_audit_is_found(edit: str, settings: Settings) -> None:
    await written(0, 5)
    await seal()
    await as_owner(settings.database_owner_url, AN_HOUR_LATER)
    await written(5, 7)
    await seal()
    right = await breaches()

    await as_owner(settings.database_owner_url, EDITS[edit])

    assert right == []
    assert await breaches() != []


async def test_the_application_cannot_write_another_chain() -> None:
    for privilege in ("UPDATE", "DELETE", "TRUNCATE"):
        assert not await fetch_value("SELECT has_table_privilege('audit_link', $1)", privilege)

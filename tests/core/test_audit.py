from uuid import UUID

import asyncpg
import pytest

from core import audit
from core.db import execute

pytestmark = pytest.mark.usefixtures("database")


async def test_the_audit_is_read_by_pages_the_latest_first() -> None:
    for number in range(5):
        await audit.record("key:1", "budget.top_up", number=number, campaign_id=UUID(int=number))

    first = await audit.page(limit=3)
    rest = await audit.page(before=first[-1].id, limit=3)

    assert [entry.facts["number"] for entry in first + rest] == [4, 3, 2, 1, 0]
    assert first[0].facts["campaign_id"] == str(UUID(int=4))
    assert first[0].at.tzinfo is not None


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET who = 'nobody'", "DELETE FROM audit_entry", "TRUNCATE audit_entry"]
)
async def test_what_was_done_cannot_be_undone_in_the_audit(statement: str) -> None:
    await audit.record("key:1", "key.create")

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await execute(statement)

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from core import access, audit
from core.access import SCOPES, Role, SecondPersonNeeded
from core.db import execute, fetch
from core.refusals import NotFound
from core.tokens import new

pytestmark = pytest.mark.usefixtures("database")


@pytest.mark.parametrize("role", Role)
async def test_a_key_is_its_holders_and_carries_his_role(role: Role) -> None:
    program_id, shop_id = uuid4(), uuid4()

    key_id, token = await access.create(role=role, name="Касса 1", program_id=program_id, shop_id=shop_id, by="key:1")

    holder = await access.holder_of(token)
    assert holder is not None
    assert (holder.id, holder.name, holder.role) == (key_id, "Касса 1", role)
    assert (holder.program_id, holder.shop_id) == (program_id, shop_id)
    assert holder.scopes == SCOPES[role]
    assert holder.who == f"key:{key_id}"


async def test_the_database_keeps_a_hash_of_the_token_and_nothing_else_of_it() -> None:
    _, token = await access.create(role=Role.terminal, name="Касса", by="key:1")

    kept = [row["row"] for row in await fetch("SELECT access_key::text AS row FROM access_key")]
    told = [row["row"] for row in await fetch("SELECT audit_entry::text AS row FROM audit_entry")]

    assert len(kept) == len(told) == 1
    assert not any(token[4:] in row or token[4:34] in row for row in kept + told)


async def test_a_key_that_was_revoked_is_nobodys() -> None:
    key_id, token = await access.create(role=Role.erp, name="1C", by="key:1")

    revoked = await access.revoke(key_id, by="key:2")

    assert await access.holder_of(token) is None
    assert revoked.revoked_at is not None
    assert [(entry.who, entry.action) for entry in await audit.page()] == [
        ("key:2", "key.revoke"),
        ("key:1", "key.create"),
    ]


async def test_a_key_is_revoked_once_by_thirty_at_once() -> None:
    key_id, _ = await access.create(role=Role.erp, name="1C", by="key:1")

    done = await asyncio.gather(*(access.revoke(key_id, by="key:2") for _ in range(30)), return_exceptions=True)

    assert sum(not isinstance(one, NotFound) for one in done) == 1


async def test_whoever_is_confined_to_a_program_revokes_and_sees_only_its_keys() -> None:
    program_id = uuid4()
    ours, _ = await access.create(role=Role.terminal, name="ours", program_id=program_id, by="key:1")
    theirs, token = await access.create(role=Role.terminal, name="theirs", program_id=uuid4(), by="key:1")
    whole, _ = await access.create(role=Role.owner, name="the maker's", by="key:1")

    for key_id in (theirs, whole):
        with pytest.raises(NotFound):
            await access.revoke(key_id, by="key:2", program_id=program_id)

    assert await access.holder_of(token) is not None
    assert [key.id for key in await access.listed(program_id)] == [ours]
    assert [key.id for key in await access.listed()] == [whole, theirs, ours]


async def test_a_key_ends_on_its_date() -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    key_id, token = await access.create(role=Role.erp, name="1C", expires_at=tomorrow, by="key:1")
    valid = await access.holder_of(token)

    await execute("UPDATE access_key SET expires_at = now() WHERE id = $1", key_id)

    assert valid is not None
    assert await access.holder_of(token) is None


async def test_two_keys_of_one_holder_live_at_once() -> None:
    tokens = [(await access.create(role=Role.terminal, name="Касса 1", by="key:1"))[1] for _ in range(2)]

    assert [(holder.name if (holder := await access.holder_of(token)) else None) for token in tokens] == ["Касса 1"] * 2


@pytest.mark.parametrize("token", ["", "npp_rubbish", new("npp"), new("npa")], ids=range(4))
async def test_a_token_nobody_made_is_nobodys(token: str) -> None:
    assert await access.holder_of(token) is None


async def test_the_database_knows_no_other_role() -> None:
    await access.create(role=Role.owner, name="owner", by="key:1")

    with pytest.raises(asyncpg.CheckViolationError):
        await execute("UPDATE access_key SET role = 'god'")


async def test_nobody_confirms_what_he_asked_for() -> None:
    access.confirm(by="key:2", asked_by="key:1")

    with pytest.raises(SecondPersonNeeded):
        access.confirm(by="key:1", asked_by="key:1")

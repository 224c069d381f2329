"""Rotation of the master key: codes that were printed before it scan during it, after it, and without the old key."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from piccolo.conf.apps import Finder

from cli.commands.keys import _places
from codes import keyring
from codes.keyring import Keyring
from core import keys, peppers
from core.db import execute, fetch, fetch_value
from core.keys import MasterKey, WrongKey
from core.rewrapping import rewrap, versions
from core.settings import Settings
from receipts import pictures
from referrals import subscriptions
from rewards import cards, vouchers
from tests.codes.files import imported, on_sale, some_codes
from tests.codes.test_imported_scans import asks
from tests.packs import Sale, a_sale, an_agent, claimed, said, scan

PLACES = (
    *peppers.WRAPPED,
    *keyring.WRAPPED,
    *pictures.WRAPPED,
    *cards.WRAPPED,
    *vouchers.WRAPPED,
    *subscriptions.WRAPPED,
)
NEW = keys.parse(keys.generate(2))


@pytest.fixture
async def sale(proven: None, settings: Settings) -> Sale:
    return await a_sale()


@pytest.fixture
async def rotating(sale: Sale, settings: Settings) -> AsyncIterator[MasterKey]:
    """The run's own master key as the old one; when the test is over, everything is locked under it again."""
    old = keys.load(settings)
    yield old
    keys.use(standing_by(old))
    await all_rewrapped()
    keys.use(old)


def standing_by(old: MasterKey) -> MasterKey:
    return MasterKey(old.versions | NEW.versions, standby=frozenset(NEW.versions))


def with_new(old: MasterKey) -> MasterKey:
    return MasterKey(old.versions | NEW.versions)


async def all_rewrapped() -> dict[str, int]:
    return {place.table: count async for place, count in rewrap(PLACES)}


async def test_old_codes_scan_at_every_step_of_a_rotation(sale: Sale, rotating: MasterKey) -> None:
    agent_id = await an_agent()
    scanned = []
    for index, step in enumerate([standing_by(rotating), with_new(rotating)]):
        keys.use(step)
        scanned.append(said(await scan(agent_id, sale.batch.code(index), keyring=Keyring())))

    await all_rewrapped()
    scanned.append(said(await scan(agent_id, sale.batch.code(2), keyring=Keyring())))
    keys.use(NEW)
    scanned.append(said(await scan(agent_id, sale.batch.code(3), keyring=Keyring())))

    assert scanned == ["new accepted"] * 4


async def test_a_version_on_standby_opens_and_does_not_lock(rotating: MasterKey) -> None:
    keys.use(standing_by(rotating))

    assert keys.wrap(b"secret", purpose="p")[0] == 1


async def test_once_rewrapped_nothing_needs_the_old_key(sale: Sale, rotating: MasterKey) -> None:
    keys.use(with_new(rotating))

    first, again = await all_rewrapped(), await all_rewrapped()

    assert {table: secrets for table, secrets in first.items() if secrets} == {
        "pepper": 1,
        "customer_pepper": 1,
        "code_series": 1,
        "code_batch": 1,
    }
    assert set(again.values()) == {0}
    assert {one.version for one in await versions(PLACES)} == {2}
    keys.use(rotating)
    with pytest.raises(WrongKey):
        await scan(await an_agent(), sale.batch.code(0), keyring=Keyring())


async def test_imported_codes_and_refusals_mean_the_same_after_the_old_key_is_gone(
    sale: Sale, rotating: MasterKey
) -> None:
    codes, agent_id = some_codes(20), await an_agent()
    await on_sale(await imported(sale.program_id, codes, product_id=sale.product_id))
    before = keys.pseudonym("a subject", "a purpose")
    keys.use(with_new(rotating))
    await all_rewrapped()
    keys.use(NEW)

    await peppers.load()

    assert [said(one) for one in await claimed(asks(agent_id, codes[0]))] == ["new accepted"]
    assert keys.pseudonym("a subject", "a purpose") == before


async def test_a_rewrapping_that_was_killed_half_way_is_ended_by_the_next(sale: Sale, rotating: MasterKey) -> None:
    await execute(
        """INSERT INTO code_batch (id, number, series, program_id, product_id, wrapped_secret, wanted, created_by)
           SELECT gen_random_uuid(), 100 + n, series, program_id, product_id, wrapped_secret, 1, 'test'
           FROM code_batch, generate_series(1, 450) AS n"""
    )
    keys.use(with_new(rotating))
    killed = asyncio.create_task(all_rewrapped())
    # The database alone says how far he is.
    while await fetch_value("SELECT count(*) FROM code_batch WHERE get_byte(wrapped_secret, 0) = 2") == 0:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)

    rest = await all_rewrapped()

    assert rest["code_batch"] < 451
    assert {one.version for one in await versions(PLACES)} == {2}
    await execute("DELETE FROM code_batch WHERE created_by = 'test' AND number > 100")


async def test_a_key_that_is_destroyed_meanwhile_does_not_come_back(sale: Sale, rotating: MasterKey) -> None:
    keys.use(with_new(rotating))

    await asyncio.gather(
        all_rewrapped(),
        execute("UPDATE code_batch SET wrapped_secret = NULL, state = 'voided'"),
        all_rewrapped(),
    )

    assert await fetch_value("SELECT count(*) FROM code_batch WHERE wrapped_secret IS NOT NULL") == 0
    await execute("UPDATE code_range SET state = 'voided'")


async def test_two_who_rewrap_at_once_do_each_secret_once(sale: Sale, rotating: MasterKey) -> None:
    keys.use(with_new(rotating))

    one, other = await asyncio.gather(all_rewrapped(), all_rewrapped())

    assert one["code_batch"] + other["code_batch"] == 1


def test_no_wrapped_column_is_forgotten() -> None:
    listed = {(place.table, place.column) for place in _places()}

    wrapped = {
        (table._meta.tablename, column._meta.db_column_name)
        for app in Finder().get_app_registry().app_configs.values()
        for table in app.table_classes
        for column in table._meta.columns
        if column._meta.db_column_name.startswith("wrapped_")
    }

    assert wrapped == listed


async def test_what_is_stored_tells_no_key(sale: Sale) -> None:
    rows = await fetch("SELECT wrapped_secret FROM code_batch UNION ALL SELECT wrapped_secret FROM pepper")

    assert all(sale.batch.key.secret not in row["wrapped_secret"] for row in rows)

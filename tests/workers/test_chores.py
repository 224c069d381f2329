import pytest

from core import switches
from core.db import execute, fetch_value
from core.doorbell import plain_client
from core.settings import Settings
from tests.core.pools import as_owner
from tests.packs import BONUS_MINOR, a_sale, a_wrong_code, accepted, an_agent, scan, settled, told, wallet
from wallets import spends
from wallets.spends import SpendingFrozen
from workers.chores import PROOFS, forget, quick_chores, slow_chores, verify
from workers.schedule import run_due


async def set_aside(agent_id: object, amount_minor: int = 1) -> object:
    return await spends.reserve(agent_id, asset="BON", amount_minor=amount_minor, purpose="test", ttl_seconds=60)  # type: ignore[arg-type]


def test_each_proof_has_a_name_of_its_own() -> None:
    assert len({proof.name for proof in PROOFS}) == len(PROOFS) > 20


async def test_verification_leaves_books_that_are_right_alone(proven: None) -> None:
    sale, agent_id = await a_sale(), await an_agent()
    await accepted(agent_id, sale.batch.code(0))
    await settled()

    await verify()

    assert await switches.thrown() == {}
    await set_aside(agent_id)


async def test_a_failed_proof_stops_spending_until_a_person_has_looked(database: None, settings: Settings) -> None:
    sale, agent_id = await a_sale(), await an_agent()
    await accepted(agent_id, sale.batch.code(0))
    await settled()
    await as_owner(settings.database_owner_url, "UPDATE lot SET remaining_minor = 99")

    await verify()

    with pytest.raises(SpendingFrozen):
        await set_aside(agent_id)
    [(name, reason)] = (await switches.thrown()).items()
    assert name == switches.spending("BON")
    assert "lots hold what is pending and what is available" in reason


@pytest.mark.parametrize(
    ("table", "age"),
    [
        ("refused_scan", "at"),
        ("guess", "hour"),
        ("used_proof", "expires_at"),
        ("answer", "created_at"),
        ("device_link", "expires_at"),
    ],
)
async def test_what_is_no_longer_needed_is_forgotten(database: None, table: str, age: str) -> None:
    await scan(await an_agent(), a_wrong_code((await a_sale()).batch))
    await execute("INSERT INTO used_proof (id, expires_at) VALUES ('proof', now() + interval '1 minute')")
    await execute("INSERT INTO answer (scope, key_hash, request_hash, status, body) VALUES ('a', 'k', 'r', 201, '{}')")
    await execute(
        """INSERT INTO device_link (secret_hash, thumbprint, public_key, expires_at)
           VALUES ('s', 't', '{}', now() + interval '1 minute')"""
    )
    kept = f"SELECT count(*) > 0 FROM {table}"

    await forget()
    assert await fetch_value(kept)

    await execute(f"UPDATE {table} SET {age} = {age} - interval '8 days'")
    await forget()
    assert not await fetch_value(kept)


async def test_the_schedule_does_all_that_is_due_on_an_installation(proven: None, settings: Settings) -> None:
    sale, agent_id = await a_sale(wait_seconds=3_600), await an_agent()
    await accepted(agent_id, sale.batch.code(0))
    await settled()
    await execute("UPDATE lot SET releases_at = now()")

    async with plain_client(settings.redis_url) as redis:
        done = await run_due([*quick_chores(redis), *slow_chores(settings)])

    assert set(done) == {
        "release",
        "seal",
        "seal_audit",
        "expire",
        "range_plans",
        "release_orders",
        "release_spends",
        "uncover",
        "receipts",
        "later_goods",
        "fed_returns",
        "relay",
        "warn_of_expiries",
        "forget",
        "forget_pictures",
        "silent_issuers",
        "lapse_print_orders",
        "close_months",
        "sold_lines",
        "verify",
    }
    assert (await wallet(agent_id)).available_minor == BONUS_MINOR
    assert await fetch_value("SELECT count(*) FROM unsealed_batch") == 0
    assert await fetch_value("SELECT count(*) FROM outbox") == 0


async def test_the_schedule_ends_what_is_over_and_its_agent_is_told(proven: None, settings: Settings) -> None:
    sale, agent_id = await a_sale(expires_after_days=1), await an_agent()
    await accepted(agent_id, sale.batch.code(0))
    await settled()
    await set_aside(agent_id, 40)
    await execute("UPDATE lot SET expires_at = now()")
    await execute("UPDATE spend SET expires_at = now()")

    async with plain_client(settings.redis_url) as redis:
        await run_due(quick_chores(redis))

    assert sorted(await told(agent_id), key=str)[-2:] == [("expired", 60), ("spend_released", 40)]

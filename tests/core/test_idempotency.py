import asyncio

import pytest

from core import idempotency
from core.db import LOST, execute, fetch, fetch_value, transaction
from core.idempotency import Answer, IdempotencyInProgress, IdempotencyMismatch, claim
from core.settings import Settings
from tests.core.pools import as_owner
from tests.core.rollbacks import GoneWrong, rolled_back

pytestmark = pytest.mark.usefixtures("database")

DONE = Answer(201, b'{"spend_id":"1"}')


async def write(
    key: str = "k1", *, request: bytes = b"{}", scope: str = "agent:1 POST /v1/spends", takes: float = 0
) -> Answer:
    """A write as the API does it: an effect beside the answer, or the answer that there was before."""
    async with claim(scope=scope, key=key, request=request) as claimed:
        if claimed.before is not None:
            return claimed.before
        async with transaction():
            await execute("INSERT INTO outbox (topic, payload) VALUES ('effect', '[]')")
            await asyncio.sleep(takes)
        await claimed.keep(DONE)
    return DONE


async def effects() -> int:
    return int(await fetch_value("SELECT count(*) FROM outbox"))


async def test_the_same_key_again_has_no_effect_and_the_same_bytes() -> None:
    answers = [await write() for _ in range(5)]

    assert answers == [DONE] * 5
    assert await effects() == 1


async def test_thirty_twins_at_once_have_one_effect_and_one_answer() -> None:
    answers = await asyncio.gather(*(write(takes=0.05) for _ in range(30)))

    assert answers == [DONE] * 30
    assert await effects() == 1


async def test_another_request_under_the_same_key_is_refused_without_an_effect() -> None:
    await write(request=b'{"amount_minor":1}')

    with pytest.raises(IdempotencyMismatch):
        await write(request=b'{"amount_minor":2}')

    assert await effects() == 1


async def test_keys_of_other_callers_and_routes_are_other_keys() -> None:
    await write(scope="agent:1 POST /v1/spends")
    await write(scope="agent:2 POST /v1/spends")
    await write(scope="agent:1 POST /v1/disputes")

    assert await effects() == 3


async def test_a_work_that_failed_may_be_tried_again() -> None:
    with pytest.raises(GoneWrong):
        await fail()
    undone = await effects()

    assert await write("k", scope="s", request=b"") == DONE
    assert (undone, await effects()) == (0, 1)


async def fail() -> None:
    async with claim(scope="s", key="k", request=b""):
        await execute("INSERT INTO outbox (topic, payload) VALUES ('effect', '[]')")
        raise GoneWrong


async def test_a_refusal_is_kept_while_its_work_is_undone() -> None:
    refused = Answer(409, b'{"slug":"insufficient_funds"}')
    async with claim(scope="s", key="k", request=b"{}") as claimed:
        async with rolled_back():
            await execute("INSERT INTO outbox (topic, payload) VALUES ('effect', '[]')")
        await claimed.keep(refused)

    assert await write("k", scope="s") == refused
    assert await effects() == 0


async def test_a_killed_twin_takes_its_row_along_and_the_waiting_one_does_the_work(settings: Settings) -> None:
    started = asyncio.Event()

    async def die() -> None:
        async with claim(scope="s", key="k", request=b""):
            started.set()
            await execute("SELECT pg_sleep(20)")

    dying = asyncio.create_task(die())
    await started.wait()
    waiting = asyncio.create_task(write("k", scope="s", request=b""))
    # Nobody tells who waits for whom in the database.
    while not await fetch("SELECT FROM pg_stat_activity WHERE wait_event = 'transactionid'"):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await as_owner(
        settings.database_owner_url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(20)'",
    )

    assert await waiting == DONE
    assert await effects() == 1
    with pytest.raises(LOST):
        await dying


async def test_a_twin_that_takes_too_long_is_said_to_be_running() -> None:
    started, end = asyncio.Event(), asyncio.Event()

    async def dawdle() -> None:
        async with claim(scope="s", key="k", request=b""):
            started.set()
            await end.wait()

    dawdling = asyncio.create_task(dawdle())
    await started.wait()

    with pytest.raises(IdempotencyInProgress) as refused:
        await write("k", scope="s", request=b"")

    end.set()
    await dawdling
    assert refused.value.retry_after_seconds == 1
    assert await effects() == 0


async def test_a_secret_answer_is_given_again_and_cannot_be_read_in_the_table() -> None:
    secret = Answer(201, b'{"token":"npa_secret"}')
    async with claim(scope="s", key="k", request=b"the request") as claimed:
        await claimed.keep(secret, secret=True)

    async with claim(scope="s", key="k", request=b"the request") as again:
        replayed = again.before

    [row] = await fetch("SELECT * FROM answer")
    assert replayed == secret
    assert row["sealed"]
    assert not any(word in bytes(row["body"]) for word in (b"npa", b"secret", b"token"))
    assert b"k" not in {bytes(row["key_hash"]), bytes(row["request_hash"])}


async def test_answers_are_forgotten_when_they_are_old_and_not_before() -> None:
    for key, days in (("old", 8), ("young", 6)):
        await write(key)
        await execute(
            """UPDATE answer SET created_at = now() - make_interval(days => $1)
               WHERE created_at > now() - interval '1 day'""",
            days,
        )

    await idempotency.forget_old()

    assert await fetch_value("SELECT count(*) FROM answer") == 1
    assert await write("young") == DONE
    assert await effects() == 2

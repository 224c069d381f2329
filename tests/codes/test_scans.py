import asyncio
import time
from collections import Counter
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from codes import activation
from codes.claims import NotAccepted
from codes.keyring import Keyring
from codes.packaging_code import Role
from codes.scans import claim
from core.db import fetch, fetch_row, fetch_value, transaction
from core.ids import made_at
from core.settings import Settings
from tests.interruptions import interruptions
from tests.packs import (
    BONUS_MINOR,
    Sale,
    a_batch,
    a_sale,
    a_wrong_code,
    an_agent,
    asks,
    claimed,
    one_by_one,
    painted,
    said,
    scan,
    settled,
    some_agents,
    verdict_of,
    wallet,
)
from tests.programs.stored import BY


@pytest.fixture
async def sale(proven: None) -> Sale:
    return await a_sale()


async def suspend(sale: Sale) -> None:
    await activation.change_range(sale.batch.id, first=0, stop=None, state="suspended", reason="", by=BY)


async def test_a_claim_is_accepted_and_tells_what_to_expect(sale: Sale) -> None:
    agent_id = await an_agent()

    verdict = verdict_of(await scan(agent_id, sale.batch.code(0)))

    expected = verdict.scan.expected
    row = await fetch_row("SELECT id, agent_id, accepted_at FROM scan")
    assert said(verdict) == "new accepted"
    assert expected is not None
    assert (expected.amount_minor, expected.asset, expected.guaranteed) == (BONUS_MINOR, "BON", False)
    assert expected.available_at == verdict.scan.received_at
    assert tuple(row or ()) == (verdict.scan.scan_id, agent_id, verdict.scan.received_at)


async def test_a_scan_is_filed_by_the_databases_clock_whatever_the_processs_own_says(
    sale: Sale, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent_id = await an_agent()
    monkeypatch.setattr(time, "time_ns", lambda: 0)

    scanned = verdict_of(await scan(agent_id, sale.batch.code(0))).scan

    assert scanned.received_at - made_at(scanned.scan_id) < timedelta(milliseconds=1)


async def test_the_same_agent_again_is_told_that_it_is_his_and_what_he_was_told_first(sale: Sale) -> None:
    agent_id = await an_agent()
    first = verdict_of(await scan(agent_id, sale.batch.code(0)))

    again = verdict_of(await scan(agent_id, sale.batch.code(0)))

    assert said(again) == "already_yours accepted"
    assert again.scan == first.scan


async def test_another_agent_is_told_that_somebody_was_first(sale: Sale) -> None:
    one, other = await some_agents(2)
    await scan(one, sale.batch.code(0))

    assert said(await scan(other, sale.batch.code(0))) == "already_claimed"
    assert await fetch_value("SELECT count(*) FROM scan") == 1


async def test_thirty_agents_at_once_claim_one_code_and_one_of_them_is_paid(sale: Sale) -> None:
    agents = await some_agents(30)

    judged = await one_by_one(*(asks(agent_id, sale.batch.code(0)) for agent_id in agents))

    await settled()
    [winner] = [agent_id for agent_id, one in zip(agents, judged, strict=True) if said(one) == "new accepted"]
    assert Counter(map(said, judged)) == {"new accepted": 1, "already_claimed": 29}
    assert [(await wallet(agent_id)).available_minor for agent_id in agents] == [
        BONUS_MINOR if agent_id == winner else 0 for agent_id in agents
    ]


async def test_one_agent_thirty_times_at_once_claims_a_code_once_and_gets_one_answer(sale: Sale) -> None:
    agent_id = await an_agent()

    judged = await one_by_one(*(asks(agent_id, sale.batch.code(0)) for _ in range(30)))

    await settled()
    assert Counter(map(said, judged)) == {"new accepted": 1, "already_yours accepted": 29}
    assert len({verdict_of(one).scan.scan_id for one in judged}) == 1
    assert (await wallet(agent_id)).available_minor == BONUS_MINOR


async def test_one_code_many_times_in_a_batch_belongs_to_the_first_in_it(sale: Sale) -> None:
    one, other = await some_agents(2)
    code = sale.batch.code(0)

    judged = await claimed(asks(one, code), asks(other, code), asks(one, code), asks(other, sale.batch.code(1)))

    assert list(map(said, judged)) == [
        "new accepted",
        "already_claimed",
        "already_yours accepted",
        "new accepted",
    ]


async def test_a_batch_claims_its_codes_in_the_order_of_their_keys_and_never_waits_in_a_circle(
    sale: Sale, settings: Settings
) -> None:
    low, high = sorted(await code_keys(sale, 2))
    agent_id, stranger = await some_agents(2)
    other = await asyncpg.connect(settings.database_url)
    async with other.transaction():
        await take_code(other, stranger, low)
        judging = asyncio.create_task(claimed(asks(agent_id, sale.batch.code(1)), asks(agent_id, sale.batch.code(0))))
        await asyncio.sleep(0.1)

        await asyncio.wait_for(take_code(other, stranger, high), timeout=2.5)

        await other.execute("DELETE FROM scan")
    await other.close()
    assert list(map(said, await judging)) == ["new accepted", "new accepted"]


async def code_keys(sale: Sale, count: int) -> list[bytes]:
    async with transaction():
        items = await (await Keyring().current()).identify([(code,) for code in sale.batch.codes(count)])
    return [item.code.code_key for item in items if item is not None]


async def take_code(connection: "asyncpg.Connection[asyncpg.Record]", agent_id: UUID, code_key: bytes) -> None:
    await connection.execute(
        """INSERT INTO scan (id, code_key, agent_id, client_key, product_id, scanned_at, accepted_at)
           VALUES (gen_random_uuid(), $1, $2, $1, $2, now(), now())""",
        code_key,
        agent_id,
    )


async def test_an_outer_code_is_never_paid_and_is_no_guess(sale: Sale) -> None:
    agent_id = await an_agent()

    assert said(await scan(agent_id, sale.batch.code(0, Role.OUTER))) == "not_accepted"

    assert await fetch("SELECT FROM guess") == []
    assert said(await scan(agent_id, sale.batch.code(0))) == "new accepted"


async def test_an_outer_code_tells_nothing_of_its_inner_twin_that_was_claimed(sale: Sale) -> None:
    agent_id = await an_agent()
    await scan(agent_id, sale.batch.code(0))

    assert said(await scan(agent_id, sale.batch.code(0, Role.OUTER))) == "not_accepted"


@pytest.mark.parametrize("state", ["expired", "suspended", "recalled", "voided", "leaked"])
async def test_codes_that_are_not_to_be_paid_get_the_one_neutral_answer(sale: Sale, state: str) -> None:
    agent_id = await an_agent()
    await painted(sale.batch.id, state)

    judged = await scan(agent_id, sale.batch.code(0))

    unknown = await scan(agent_id, a_wrong_code(sale.batch))
    assert isinstance(judged, NotAccepted)
    assert isinstance(unknown, NotAccepted)
    assert (unknown.facts, unknown.detail) == (judged.facts, judged.detail) == ({}, "")


async def test_goods_that_are_no_longer_sold_are_still_paid_for(sale: Sale) -> None:
    await painted(sale.batch.id, "closing")

    assert said(await scan(await an_agent(), sale.batch.code(0))) == "new accepted"


async def test_the_codes_beside_a_recalled_range_are_paid(sale: Sale) -> None:
    agent_id = await an_agent()
    await activation.change_range(sale.batch.id, first=5, stop=6, state="recalled", reason="", by=BY)

    judged = await claimed(*(asks(agent_id, sale.batch.code(index)) for index in (4, 5, 6)))

    assert list(map(said, judged)) == ["new accepted", "not_accepted", "new accepted"]


async def test_the_codes_of_one_series_in_several_batches_are_told_apart(sale: Sale) -> None:
    agent_id = await an_agent()
    other = await a_batch(sale.program_id, sale.product_id)

    judged = await claimed(asks(agent_id, sale.batch.code(0)), asks(agent_id, other.code(0)))

    assert list(map(said, judged)) == ["new accepted", "new accepted"]
    causes = {row["cause"] for row in await fetch("SELECT cause FROM activity")}
    assert causes == {f"code:{sale.batch.number}:0", f"code:{other.number}:0"}


async def test_a_claim_that_is_cut_anywhere_has_happened_or_not(sale: Sale) -> None:
    agent_id, ring = await an_agent(), Keyring()
    requests = [
        asks(agent_id, sale.batch.code(0), key=b"right"),
        asks(agent_id, a_wrong_code(sale.batch), key=b"wrong"),
        asks(agent_id, sale.batch.code(1, Role.OUTER), key=b"outer"),
    ]

    cuts = [await is_whole() async for _ in interruptions(lambda: claim(requests, keyring=ring))]

    assert len(cuts) > 10
    assert all(cuts)
    assert await fetch_value("SELECT max(failures) FROM guess") == 1
    assert list(map(said, await claim(requests, keyring=ring))) == ["replayed accepted", "not_accepted", "not_accepted"]


async def is_whole() -> bool:
    """Whether all of a claim's rows are there, or none of them."""
    counts = await fetch_row(
        """SELECT (SELECT count(*) FROM scan), (SELECT count(*) FROM activity), (SELECT count(*) FROM activity_queue),
                  (SELECT count(*) FROM refused_scan) / 2"""
    )
    return len(set(counts or (0, 1))) == 1


async def test_codes_of_several_programs_in_one_batch_are_paid_by_their_own(sale: Sale) -> None:
    agent_id = await an_agent()
    other = await a_sale()

    await claimed(asks(agent_id, sale.batch.code(0)), asks(agent_id, other.batch.code(0)))

    await settled()
    paid: list[UUID] = [row["campaign_id"] for row in await fetch("SELECT campaign_id FROM accrual")]
    assert set(paid) == {sale.campaign_id, other.campaign_id}


async def test_a_claim_while_its_range_is_suspended_is_lost_to_nobody(sale: Sale) -> None:
    one, other = await some_agents(2)
    await suspend(sale)
    await scan(one, sale.batch.code(0))
    await activation.change_range(sale.batch.id, first=0, stop=None, state="active", reason="", by=BY)

    assert said(await scan(other, sale.batch.code(0))) == "new accepted"

from datetime import timedelta

import pytest

from core.db import execute, fetch_value
from tests.packs import (
    BONUS_MINOR,
    Sale,
    a_sale,
    an_agent,
    said,
    scan,
    settled,
    some_agents,
    told,
    verdict_of,
    wallet,
)


@pytest.fixture
async def sale(proven: None) -> Sale:
    return await a_sale()


@pytest.mark.parametrize(
    ("told_hours", "taken_hours"),
    [(-1, -1), (-48, -24), (2, 0), (None, 0)],
    ids=["since it is on sale", "before it was on sale", "ahead of us", "nothing"],
)
async def test_a_phones_time_is_believed_no_further_than_the_codes_were_on_sale_and_never_ahead(
    sale: Sale, told_hours: int | None, taken_hours: int
) -> None:
    await execute("UPDATE code_range SET on_sale_at = on_sale_at - interval '24 hours'")
    await execute("UPDATE code_revision SET revision = revision + 1")
    now = await fetch_value("SELECT now()")
    scanned_at = None if told_hours is None else now + timedelta(hours=told_hours)

    verdict = verdict_of(await scan(await an_agent(), sale.batch.code(0), scanned_at=scanned_at))

    occurred = await fetch_value("SELECT scanned_at FROM scan")
    assert abs(occurred - (verdict.scan.received_at + timedelta(hours=taken_hours))) < timedelta(seconds=30)
    assert occurred <= verdict.scan.received_at


async def test_a_scan_from_before_the_campaign_is_not_paid_by_it(sale: Sale) -> None:
    agent_id = await an_agent()
    await execute("UPDATE code_range SET on_sale_at = on_sale_at - interval '24 hours'")
    await execute("UPDATE code_revision SET revision = revision + 1")
    yesterday = await fetch_value("SELECT now() - interval '20 hours'")

    await scan(agent_id, sale.batch.code(0), scanned_at=yesterday)

    await settled()
    assert await told(agent_id) == [("denied", "not_started")]


async def test_a_scan_from_beyond_the_offline_window_counts_as_of_its_arrival(proven: None) -> None:
    sale = await a_sale(offline_window_days=1)
    agent_id = await an_agent()
    await execute("UPDATE code_range SET since = since - interval '9 days'")
    await execute("UPDATE code_revision SET revision = revision + 1")
    long_ago = await fetch_value("SELECT now() - interval '8 days'")

    await scan(agent_id, sale.batch.code(0), scanned_at=long_ago)

    await settled()
    assert (await wallet(agent_id)).available_minor == BONUS_MINOR


async def test_ownership_goes_by_arrival_whatever_the_phones_say(sale: Sale) -> None:
    one, other = await some_agents(2)
    now = await fetch_value("SELECT now()")
    await scan(one, sale.batch.code(0), scanned_at=now)

    judged = await scan(other, sale.batch.code(0), scanned_at=now - timedelta(days=2))

    assert said(judged) == "already_claimed"

"""The gauges of what waits: jobs that nobody has finished, and money whose time has come."""

import httpx
import pytest

from core import jobs
from core.db import execute
from core.ids import uuid7
from tests.wallets.purses import DAY, credited, expired, reserve, wait_over


async def gauge(http: httpx.AsyncClient, name: str) -> float:
    lines = (await http.get("/metrics")).raise_for_status().text.splitlines()
    return float(next(line for line in lines if line.startswith(f"{name} ")).rpartition(" ")[2])


@pytest.mark.parametrize(("state", "open_"), [("queued", 1), ("running", 1), ("done", 0)])
async def test_a_job_is_open_until_it_has_ended(http: httpx.AsyncClient, state: str, open_: int) -> None:
    job_id = await jobs.enqueue("test", {}, created_by="test")
    await execute("UPDATE job SET state = $2 WHERE id = $1", job_id, state)

    assert await gauge(http, "naparnik_jobs_open") == open_


async def test_money_is_overdue_when_its_time_has_come_and_nobody_has_moved_it(http: httpx.AsyncClient) -> None:
    agent_id = uuid7()
    waiting, free = await credited(agent_id, wait_seconds=DAY), await credited(agent_id)
    spend = await reserve(agent_id, 10)

    counts = [await gauge(http, "naparnik_overdue")]
    await wait_over(waiting)
    counts.append(await gauge(http, "naparnik_overdue"))
    await expired(free)
    counts.append(await gauge(http, "naparnik_overdue"))
    await execute("UPDATE spend SET expires_at = now() WHERE id = $1", spend.id)
    counts.append(await gauge(http, "naparnik_overdue"))

    assert counts == [0, 1, 2, 3]

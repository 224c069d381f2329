"""A source that is not even asked, since it is down, keeps nobody waiting for ever."""

import pytest

from core.db import execute
from receipts import asking, views
from receipts.sources import health
from receipts.sources.frame import Answer, Outcome
from tests.receipts.sources.asked import PACE, turn
from tests.receipts.sources.stand_ins import FnsStandIn, served
from tests.receipts.sources.test_asking import a_waiting_receipt, the_source

pytestmark = pytest.mark.usefixtures("database")


async def test_a_source_that_is_down_for_good_keeps_no_receipt_from_a_person() -> None:
    agent_id, receipt = await a_waiting_receipt()
    await execute("UPDATE receipt_inquiry SET opened_at = now() - interval '36 days'")
    for _ in range(health.FAILURES_MAX):
        await health.admit("fns")
        await health.report("fns", Answer(outcome=Outcome.UNAVAILABLE, detail="HTTP 503"), pause_seconds=60)

    with served(FnsStandIn()) as tax:
        asked = await turn([the_source(tax)])
        await asking.give_up_silent([the_source(tax)], PACE)

    seen = await views.find(agent_id, receipt.receipt_id)
    assert (asked, seen.state, seen.reason) == (0, "in_review", "issuer_silent")

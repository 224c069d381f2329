"""Goods that are named later share what their receipt is suspected of."""

import pytest

from core.db import execute, fetch_value, transaction
from referrals import holds, risks
from referrals.releases import release_all_due
from referrals.risk_decisions import Decision, carry_out, decide
from referrals.risks import RiskKind
from tests.programs.stored import BY
from tests.receipts.test_later_goods import WHOLE, bought

pytestmark = pytest.mark.usefixtures("proven")


@pytest.mark.parametrize("named_first", [False, True], ids=["suspected, then named", "named, then suspected"])
async def test_what_is_suspected_of_a_receipt_holds_what_is_named_of_it_too(*, named_first: bool) -> None:
    one = await bought(wait_seconds=86_400)
    first_id = await fetch_value("SELECT id FROM activity WHERE agent_id = $1", one.agent_id)

    if named_first:
        await one.name()
    async with transaction() as now:
        risk_id = await risks.record(kind=RiskKind.returns, subject=f"agent:{one.agent_id}", facts={}, now=now)
        assert risk_id is not None
        await holds.hold(risk_id, activity_ids=[first_id], now=now)
    if not named_first:
        await one.name()
    await carry_out()

    await execute("UPDATE lot SET releases_at = now()")
    await release_all_due()
    assert await one.available() == 0
    await decide(risk_id, decision=Decision.clear, note="", by=BY)
    assert await one.available() == WHOLE

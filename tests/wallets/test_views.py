"""The views from which anybody may check the books without knowing how they are kept."""

from uuid import UUID, uuid4

import pytest

from core.db import fetch
from tests.wallets.purses import ASSET, claw_back, credited, fund, reserve
from wallets import spends

pytestmark = pytest.mark.usefixtures("books")

CAMPAIGN = UUID(int=1)


async def accounts() -> dict[str, tuple[int, int]]:
    """Every account's balance and what of it is held."""
    rows = await fetch("SELECT account, balance_minor, held_minor FROM v_accounts")
    return {row["account"]: (row["balance_minor"], row["held_minor"]) for row in rows}


async def test_a_wallet_is_one_account_whose_pending_and_reserved_money_is_held() -> None:
    agent_id = uuid4()
    await fund(CAMPAIGN, 1_000)
    await credited(agent_id, 100)
    await credited(agent_id, 50, wait_seconds=60)
    await reserve(agent_id, 30)

    assert await accounts() == {
        f"agent:{agent_id}:{ASSET}": (150, 80),
        f"agent_debt:{agent_id}:{ASSET}": (0, 0),
        f"campaign:{CAMPAIGN}:{ASSET}": (850, 0),
        f"house_issued:-:{ASSET}": (-1_000, 0),
    }


async def test_a_debt_stands_beside_the_wallet_and_against_the_house() -> None:
    agent_id = uuid4()
    accrual_id = await credited(agent_id, 100)
    await spends.capture((await reserve(agent_id, 100)).id, by="test")
    await claw_back(accrual_id, 100)

    seen = await accounts()

    assert seen[f"agent:{agent_id}:{ASSET}"] == (0, 0)
    assert seen[f"agent_debt:{agent_id}:{ASSET}"] == (100, 0)
    assert seen[f"house_debts:-:{ASSET}"] == (-100, 0)
    assert seen[f"house_redeemed:-:{ASSET}"] == (100, 0)


async def test_each_transfer_is_two_postings_that_cancel_out() -> None:
    agent_id = uuid4()
    accrual_id = await credited(agent_id, 100)

    rows = await fetch("SELECT * FROM v_postings ORDER BY created_at, txn_id, amount_minor")

    assert len(rows) == 4
    assert sorted((row["account"].split(":")[0], row["amount_minor"]) for row in rows) == [
        ("agent", -100),
        ("agent", 100),
        ("agent", 100),
        ("campaign", -100),
    ]
    assert {(row["asset"], row["cause"]) for row in rows} == {(ASSET, f"code:{accrual_id}")}

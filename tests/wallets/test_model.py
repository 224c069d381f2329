"""One wallet beside a plain one on paper: whatever happens, in whatever order, both hold the same."""

from typing import Any
from uuid import UUID, uuid4

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.db import fetch
from tests.wallets.plain import Lot, Wallet
from tests.wallets.purses import (
    claw_back,
    credited,
    expire_due,
    expired,
    purse,
    release_due,
    reserve,
    wait_over,
    wrong,
)
from wallets import spends
from wallets.spends import InsufficientFunds, SpendSettled

amounts = st.integers(1, 60)
which = st.integers(0, 20)
STEPS = st.one_of(
    st.tuples(
        st.just("credit"),
        amounts,
        st.booleans(),
        st.sampled_from([None, 1, 30, 300]),
        st.sampled_from([0, 3_333, 10_000]),
    ),
    st.tuples(st.just("release"), which),
    st.tuples(st.just("reserve"), amounts),
    st.tuples(st.just("settle"), which, st.sampled_from(["captured", "released", "refunded"])),
    st.tuples(st.just("claw_back"), which, amounts),
    st.tuples(st.just("expire"), which),
)
VERBS = {"captured": spends.capture, "released": spends.release, "refunded": spends.refund}


class Both:
    """A wallet in the ledger and its twin on paper, driven by the same steps."""

    def __init__(self) -> None:
        self.agent_id = uuid4()
        self.paper = Wallet()

    async def credit(self, amount: int, waits: bool, days: int | None, share: int) -> None:  # noqa: FBT001
        terms: dict[str, Any] = {"wait_seconds": 60 * waits, "expires_after_days": days}
        lot_id = await credited(self.agent_id, amount, debt_share_basis_points=share, **terms)
        lot = Lot(lot_id, amount, amount, share, days)
        self.paper.lots.append(lot)
        if not waits:
            self.paper.release(lot)

    async def release(self, place: int) -> None:
        waiting = [lot for lot in self.paper.lots if lot.released is None]
        if waiting:
            lot = waiting[place % len(waiting)]
            await wait_over(lot.id)
            await release_due()
            self.paper.release(lot)

    async def reserve(self, amount: int) -> None:
        try:
            spend_id = (await reserve(self.agent_id, amount)).id
        except InsufficientFunds:
            assert not self.paper.reserve(uuid4(), amount)
        else:
            assert self.paper.reserve(spend_id, amount)

    async def settle(self, place: int, state: str) -> None:
        if not self.paper.spends:
            return
        spend = self.paper.spends[place % len(self.paper.spends)]
        try:
            await VERBS[state](spend.id, by="test")
        except SpendSettled:
            assert not self.paper.settle(spend, state)
        else:
            assert self.paper.settle(spend, state)

    async def claw_back(self, place: int, amount: int) -> None:
        left = [lot for lot in self.paper.lots if lot.clawed < lot.amount]
        if left:
            lot = left[place % len(left)]
            amount = min(amount, lot.amount - lot.clawed)
            await claw_back(lot.id, amount)
            self.paper.claw_back(lot, amount)

    async def expire(self, place: int) -> None:
        mortal = [lot for lot in self.paper.lots if lot.released is not None and lot.days is not None]
        if mortal:
            lot = mortal[place % len(mortal)]
            await expired(lot.id)
            await expire_due()
            self.paper.expire(lot)

    async def compare(self) -> None:
        rows = await fetch(
            "SELECT id, remaining_minor, expired_minor, owed_minor FROM lot WHERE agent_id = $1", self.agent_id
        )
        lots: dict[UUID, tuple[int, ...]] = {row["id"]: tuple(row.values())[1:] for row in rows}
        assert lots == {lot.id: (lot.left, lot.expired, lot.owed) for lot in self.paper.lots}
        assert await purse(self.agent_id) == self.paper.purse()


@settings(
    max_examples=30,
    deadline=None,
    # Each step asks the database a dozen times: a failure is told as it was found, at most fifty steps long.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(STEPS, min_size=30, max_size=50))
async def test_a_wallet_holds_what_it_would_hold_on_paper(database: None, steps: list[tuple[Any, ...]]) -> None:
    both = Both()

    for verb, *how in steps:
        await getattr(both, verb)(*how)
        await both.compare()

    assert await wrong() == []

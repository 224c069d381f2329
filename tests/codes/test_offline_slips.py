import asyncio
from datetime import timedelta
from typing import Any

import pytest

from codes.offline_covers import take_back_due
from codes.offline_slips import SlipNumberUsed, take
from codes.order_returns import Return, ReturnedLine, take_back
from codes.slips import SlipAhead, SlipForged, SlipTooLate, SlipUnreadable
from core.db import execute, fetch_value
from core.settings import Settings
from programs import terminals
from programs.rules import Limit, LimitScope, Offline
from tests.codes.offline_tills import Signer, a_signer, encoded, long_running
from tests.codes.tills import Till, a_shop, a_till, owed, spent, wallet
from tests.programs.stored import BY

pytestmark = pytest.mark.usefixtures("proven")

ONE = (Limit(LimitScope.CAMPAIGN, max_count=1),)


async def a_signing_till(settings: Settings, **rules: Any) -> tuple[Till, Signer]:
    till = await a_till(**rules)
    signer = await a_signer(till.shop_id)
    await long_running(settings)
    return till, signer


async def test_what_a_till_gave_offline_is_redeemed_by_the_tills_time(settings: Settings) -> None:
    till, signer = await a_signing_till(settings)

    outcome = await take(signer.slip(till.code), shop_id=till.shop_id)

    assert (outcome.state, outcome.ruled_minor, outcome.shop_bears_minor) == ("redeemed", 5_000, 0)
    assert (await owed(till.shop_id), (await wallet(till.agent_id)).available_minor) == (5_000, 2_850)
    hours = await fetch_value("SELECT extract(hour FROM redeemed_at - occurred_at) FROM promo_order")
    assert hours == 2


async def test_thirty_who_send_a_slip_at_once_redeem_it_once(settings: Settings) -> None:
    till, signer = await a_signing_till(settings)
    slip = signer.slip(till.code)

    outcomes = await asyncio.gather(*(take(slip, shop_id=till.shop_id) for _ in range(30)))

    assert len(set(map(str, outcomes))) == 1
    assert await spent(till.campaign_id, "RUB") == 5_000


async def test_no_byte_of_a_slip_may_be_another(settings: Settings) -> None:
    till, signer = await a_signing_till(settings)
    slip = signer.slip(till.code)

    for place in range(0, len(slip), 7):
        for other in {"A", "x", "_"} - {slip[place]}:
            with pytest.raises((SlipForged, SlipUnreadable)):
                await take(slip[:place] + other + slip[place + 1 :], shop_id=till.shop_id)

    # The last letter has bits that mean nothing: written otherwise it would be the same signature.
    for other in set("AQgw") - {slip[-1]}:
        with pytest.raises((SlipForged, SlipUnreadable)):
            await take(slip[:-1] + other, shop_id=till.shop_id)
    assert await fetch_value("SELECT count(*) FROM offline_slip") == 0


@pytest.mark.parametrize(
    "rubbish",
    ["", "a", "..", "a.b.c", "é.é.é", ".".join([encoded(b"{}")] * 3), ".".join([encoded(b"[" * 100_000)] * 3), "=.=.="],
)
async def test_what_is_no_slip_is_refused(database: None, rubbish: str) -> None:
    with pytest.raises(SlipUnreadable):
        await take(rubbish, shop_id=None)


async def test_a_slip_without_a_signature_or_by_another_key_is_forged(settings: Settings) -> None:
    till, signer = await a_signing_till(settings)
    other = await a_signer(await a_shop(till.program_id))
    said = signer.slip(till.code).split(".")[1]

    for forged in (
        f"{encoded(b'{}')}.{said}.",
        signer.signed({}, alg="none"),
        signer.signed({"seq": 1}),
    ):
        with pytest.raises(SlipUnreadable):
            await take(forged, shop_id=till.shop_id)
    with pytest.raises(SlipForged):
        await take(other.slip(till.code), shop_id=till.shop_id)


async def test_a_revoked_terminal_signs_nothing_whenever_it_says_that_it_did(settings: Settings) -> None:
    till, signer = await a_signing_till(settings)
    await terminals.revoke(signer.terminal_id, by=BY)

    with pytest.raises(SlipForged):
        await take(signer.slip(till.code), shop_id=till.shop_id)


async def test_a_number_and_an_order_are_of_one_slip(settings: Settings) -> None:
    till, signer = await a_signing_till(settings)
    await take(signer.slip(till.code, order_ref="A-1"), shop_id=till.shop_id)

    for changes in ({"seq": 1}, {"order_ref": "A-1"}):
        with pytest.raises(SlipNumberUsed):
            await take(signer.slip(till.code, **changes), shop_id=till.shop_id)
    assert await spent(till.campaign_id, "RUB") == 5_000


async def test_a_slip_counts_within_its_window_and_no_clock_runs_ahead(settings: Settings) -> None:
    till, signer = await a_signing_till(settings, offline_window_days=3)
    now = await long_running(settings)

    with pytest.raises(SlipTooLate):
        await take(signer.slip(till.code, at=(now - timedelta(days=4)).isoformat()), shop_id=till.shop_id)
    with pytest.raises(SlipTooLate):
        await take(signer.slip(till.code, expires_at=(now - timedelta(seconds=1)).isoformat()), shop_id=till.shop_id)
    with pytest.raises(SlipAhead):
        await take(signer.slip(till.code, at=(now + timedelta(minutes=10)).isoformat()), shop_id=till.shop_id)
    ahead = await take(signer.slip(till.code, at=(now + timedelta(minutes=2)).isoformat()), shop_id=till.shop_id)
    assert ahead.state == "redeemed"


async def test_nothing_is_given_for_a_time_before_the_campaign(settings: Settings) -> None:
    till = await a_till()
    signer = await a_signer(till.shop_id)

    outcome = await take(signer.slip(till.code), shop_id=till.shop_id)

    assert (outcome.state, outcome.reason, outcome.shop_bears_minor) == ("shop_bears", "not_started", 5_000)
    assert await owed(till.shop_id) == 0


async def test_the_shop_bears_what_there_is_no_room_for_unless_the_maker_said_that_he_does(settings: Settings) -> None:
    till, signer = await a_signing_till(settings, limits=ONE)
    await take(signer.slip(till.code), shop_id=till.shop_id)

    outcome = await take(signer.slip(till.code), shop_id=till.shop_id)

    assert (outcome.state, outcome.reason, outcome.shop_bears_minor) == ("shop_bears", "limit_campaign", 5_000)
    assert await owed(till.shop_id) == 5_000


@pytest.mark.parametrize(("bonus", "earned"), [("deny", 2_850), ("pay", 2_850 * 3)])
async def test_the_maker_bears_so_many_of_a_till_a_day_and_the_shop_the_others(
    settings: Settings, bonus: Any, earned: int
) -> None:
    till, signer = await a_signing_till(settings, limits=ONE, offline=Offline(maker_bears_per_till_day=2, bonus=bonus))

    outcomes = [await take(signer.slip(till.code), shop_id=till.shop_id) for _ in range(4)]

    assert [one.state for one in outcomes] == ["redeemed", "maker_bears", "maker_bears", "shop_bears"]
    assert await spent(till.campaign_id, "RUB") == 5_000
    assert (await owed(till.shop_id), (await wallet(till.agent_id)).available_minor) == (15_000, earned)


async def test_of_thirty_at_once_the_maker_bears_no_more_than_he_said(settings: Settings) -> None:
    till, signer = await a_signing_till(settings, limits=ONE, offline=Offline(maker_bears_per_till_day=3))
    slips = [signer.slip(till.code) for _ in range(15)] * 2

    outcomes = await asyncio.gather(*(take(one, shop_id=till.shop_id) for one in slips))

    by_order = {one.order_ref: one.state for one in outcomes}
    assert sorted(by_order.values()) == ["maker_bears"] * 3 + ["redeemed"] + ["shop_bears"] * 11
    assert await owed(till.shop_id) == 4 * 5_000


async def test_goods_that_come_back_take_the_makers_share_with_them(settings: Settings) -> None:
    till, signer = await a_signing_till(
        settings, discount_budget_minor=1, offline=Offline(maker_bears_per_till_day=1, bonus="pay")
    )
    line = {"ref": "1", "sku": "K-24", "quantity": 3, "amount_minor": 100_000}
    await take(signer.slip(till.code, order_ref="A-1", lines=[line]), shop_id=till.shop_id)
    covered = await owed(till.shop_id)

    await take_back(Return("A-1", "R-1", (ReturnedLine("1", 1),)), shop_id=till.shop_id)
    await take_back_due()
    after_one = await owed(till.shop_id)
    await take_back(Return("A-1", "R-2"), shop_id=till.shop_id)
    await take_back_due()
    await take_back_due()

    assert (covered, after_one, await owed(till.shop_id)) == (5_000, 3_333, 0)
    assert (await wallet(till.agent_id)).available_minor == 0


async def test_a_slip_whose_taking_was_cut_goes_on_where_it_was(settings: Settings) -> None:
    till, signer = await a_signing_till(settings)
    slip = signer.slip(till.code)
    await take(slip, shop_id=till.shop_id)
    await execute("UPDATE offline_slip SET outcome = NULL")

    again = await take(slip, shop_id=till.shop_id)

    assert again.state == "redeemed"
    assert await spent(till.campaign_id, "RUB") == 5_000

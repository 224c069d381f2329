from typing import Any
from uuid import UUID

import pytest

from codes import checkout, promo_codes
from codes.activation import change_range
from codes.coupon_lists import coupons
from codes.promises import OrderRefused
from codes.promo_codes import NoSuchOffer
from core.db import fetch_value
from programs.discounts import PercentOff
from programs.rules import Attribution, Eligibility
from referrals import segments
from referrals.explanations import explain_activity
from tests.codes.tills import Till, a_promo_campaign, a_till, an_order, redeemed
from tests.codes.tills import wallet as purse
from tests.packs import BONUS_MINOR, Sale, a_sale, an_agent, asks, claimed, outcomes, said, scan, settled, verdict_of
from tests.packs import wallet as pack_wallet
from tests.programs.stored import BY
from tests.receipts.purchases import a_line, an_offer, document, handed_in

pytestmark = pytest.mark.usefixtures("proven")

FOR_INSTALLERS = Eligibility(segments=frozenset({"installers"}))


async def a_sale_for_installers(*, on_sale: bool = True) -> Sale:
    return await a_sale(eligibility=FOR_INSTALLERS, on_sale=on_sale)


async def a_campaign_for_installers(till: Till, **rules: Any) -> UUID:
    """A tenth off by the codes of installers, of whom the till's agent is one."""
    await segments.put_in(till.program_id, "installers", [till.agent_id], by=BY)
    tenth = (PercentOff(basis_points=1_000),)
    return await a_promo_campaign(till.program_id, discounts=tenth, eligibility=FOR_INSTALLERS, **rules)


async def an_installers_code(till: Till, **rules: Any) -> str:
    campaign_id = await a_campaign_for_installers(till, **rules)
    return (await promo_codes.create(till.agent_id, campaign_id=campaign_id)).text


async def test_a_scan_pays_whoever_is_in_the_group_and_nobody_else() -> None:
    sale, member, other = await a_sale_for_installers(), await an_agent(), await an_agent()
    await segments.put_in(sale.program_id, "installers", [member], by=BY)

    told = await claimed(asks(member, sale.batch.code(0)), asks(other, sale.batch.code(1)))
    await settled()

    expected = [verdict_of(one).scan.expected for one in told]
    assert [one and one.amount_minor for one in expected] == [BONUS_MINOR, None]
    assert await outcomes() == {"credited": 1, "denied:not_eligible_segment": 1}
    assert (await pack_wallet(member)).available_minor == BONUS_MINOR


async def test_what_counts_is_the_group_at_the_moment_of_acceptance() -> None:
    sale, member, late = await a_sale_for_installers(), await an_agent(), await an_agent()
    await segments.put_in(sale.program_id, "installers", [member], by=BY)
    await claimed(asks(member, sale.batch.code(0)), asks(late, sale.batch.code(1)))

    await segments.take_out(sale.program_id, "installers", member, by=BY)
    await segments.put_in(sale.program_id, "installers", [late], by=BY)
    await settled()

    assert (await pack_wallet(member)).available_minor == BONUS_MINOR
    assert (await pack_wallet(late)).available_minor == 0


async def test_a_scan_that_was_held_counts_by_the_group_in_which_its_agent_is_when_it_is_paid() -> None:
    sale, member = await a_sale_for_installers(on_sale=False), await an_agent()
    held = await scan(member, sale.batch.code(0))
    await segments.put_in(sale.program_id, "installers", [member], by=BY)

    await change_range(sale.batch.id, first=0, stop=None, state="active", reason="", by=BY)
    await settled()

    assert said(held) == "new held"
    assert (await pack_wallet(member)).available_minor == BONUS_MINOR


async def test_an_explanation_shows_the_groups_that_were_seen() -> None:
    sale, member = await a_sale_for_installers(), await an_agent()
    for segment in ("novices", "masters"):
        await segments.put_in(sale.program_id, segment, [member], by=BY)
    scanned = verdict_of(await scan(member, sale.batch.code(0))).scan.scan_id

    found = await explain_activity(member, scanned)

    [seen] = [one for one in found.campaigns[0].conditions if one.condition["when"] == "segment_in"]
    assert (seen.holds, seen.saw) == (False, ["masters", "novices"])


async def test_facts_say_nothing_of_groups_that_no_campaign_looks_at() -> None:
    sale, member = await a_sale(), await an_agent()
    await segments.put_in(sale.program_id, "installers", [member], by=BY)

    await scan(member, sale.batch.code(0))

    assert "installers" not in await fetch_value("SELECT facts FROM activity")


async def test_a_receipt_pays_whoever_is_in_the_group() -> None:
    offer, member, other = await an_offer(eligibility=FOR_INSTALLERS), await an_agent(), await an_agent()
    await segments.put_in(offer.program_id, "installers", [member], by=BY)

    await handed_in(member, document=document(a_line(), i=1))
    await handed_in(other, document=document(a_line(), i=2))
    await settled()

    assert await outcomes() == {"credited": 1, "denied:not_eligible_segment": 1}
    assert (await pack_wallet(member)).available_minor > 0


async def test_a_code_for_a_group_is_made_by_its_members_alone() -> None:
    till, stranger = await a_till(), await an_agent()
    campaign_id = await a_campaign_for_installers(till)

    made = await promo_codes.create(till.agent_id, campaign_id=campaign_id)
    with pytest.raises(NoSuchOffer):
        await promo_codes.create(stranger, campaign_id=campaign_id)

    assert made.campaign_id == campaign_id


async def test_a_till_gives_the_discount_while_the_codes_owner_is_in_the_group() -> None:
    till = await a_till()
    code = await an_installers_code(till)
    order = an_order(code)

    quoted = await checkout.quote(order, shop_id=till.shop_id, customer=None)
    sold = await redeemed(till, order)
    await segments.take_out(till.program_id, "installers", till.agent_id, by=BY)
    with pytest.raises(OrderRefused) as refused:
        await redeemed(till, an_order(code))

    assert (quoted.discount_minor, sold.discount_minor) == (10_000, 10_000)
    assert refused.value.facts["codes"] == [{"code": code, "reason": "not_eligible_segment"}]


async def test_a_reservation_is_kept_though_the_owner_leaves_the_group() -> None:
    till = await a_till()
    code = await an_installers_code(till)
    order = an_order(code)
    held = await checkout.reserve(order, shop_id=till.shop_id, customer=None, ttl_seconds=600)

    await segments.take_out(till.program_id, "installers", till.agent_id, by=BY)
    sold = await redeemed(till, order)

    assert (held.discount_minor, sold.discount_minor, sold.state) == (10_000, 10_000, "succeeded")
    assert (await purse(till.agent_id)).available_minor == 500


async def test_a_window_gives_the_sale_as_long_as_its_agent_is_in_the_group() -> None:
    till = await a_till()
    code = await an_installers_code(till, attribution=Attribution(window_days=30))
    await redeemed(till, an_order(code), customer="maria")

    again = await redeemed(till, an_order(), customer="maria")
    await segments.take_out(till.program_id, "installers", till.agent_id, by=BY)
    with pytest.raises(OrderRefused) as refused:
        await redeemed(till, an_order(), customer="maria")

    assert again.attribution == "customer_key"
    assert refused.value.facts["customer"] == "not_eligible_segment"


async def test_codes_of_a_group_are_not_on_the_list_for_tills_without_a_network() -> None:
    till = await a_till()
    code = await an_installers_code(till)

    listed = await coupons(till.shop_id)

    assert till.code in {one.code for one in listed.codes}
    assert code not in {one.code for one in listed.codes}

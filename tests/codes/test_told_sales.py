"""What an agent reads of his clients' orders: the shop, the sum and the goods, as the campaign of the sale allows."""

import re
from typing import Any
from uuid import UUID

import msgspec
import pytest

from codes import promo_codes
from codes.order_returns import Return, take_back
from codes.orders import AskedLine, Order
from core.db import fetch, fetch_value
from programs.conditions import AmountAtLeast, AnyOf, ShopIn, SumAtLeast
from programs.discounts import PercentOff
from programs.effects import Fixed
from programs.lifecycle import add_version
from programs.rules import Attribution
from programs.snapshot import current_snapshot
from programs.tells import Tells
from referrals import journal, stories
from referrals.explanations import explain_activity
from referrals.exports import export
from referrals.journal import Told
from referrals.sentences import sentence
from referrals.words import Reader
from tests.codes.test_attribution import another_code
from tests.codes.tills import a_promo_campaign, a_till, an_order, redeemed
from tests.programs.stored import BY

pytestmark = pytest.mark.usefixtures("proven")

BAND = Tells(amount="band")
LEAST = Tells(shop=False, amount="nothing", goods=False)
MARIA = "maria"
# What is paid does not follow the sum.
FLAT = (Fixed(amount_minor=777),)
# 100,000 less 5 %: nobody who is told a band reads this number anywhere.
SUM_MINOR = 95_000
SUM = re.compile(f"[:,\\[]{SUM_MINOR}[,}}\\]]")


async def entries(agent_id: UUID, kind: str) -> list[Told]:
    return [one for one in await journal.page(agent_id, before=None, limit=50) if one.kind.value == kind]


async def everything_read(agent_id: UUID) -> str:
    """All that the agent's phone is answered about his orders, as one text."""
    told = await journal.page(agent_id, before=None, limit=50)
    explained = [
        await explain_activity(agent_id, one.activity_id) for one in await stories.page(agent_id, before=None, limit=50)
    ]
    read: list[Any] = [told, explained, await export(agent_id)]
    said = [sentence(one, Reader(language)) for one in told for language in ("ru", "en")]
    return msgspec.json.encode((read, said)).decode()


async def order_id() -> UUID:
    found: UUID = await fetch_value("SELECT id FROM promo_order ORDER BY created_at DESC LIMIT 1")
    return found


async def test_an_agent_reads_the_shop_the_goods_and_the_sum_where_the_campaign_says_nothing_of_it() -> None:
    till = await a_till()

    await redeemed(till, an_order(till.code, quantity=2))

    [came] = await entries(till.agent_id, "client_came")
    [story] = await stories.page(till.agent_id, before=None, limit=1)
    assert SUM.findall(await everything_read(till.agent_id))
    assert sentence(came, Reader("ru")).endswith("Куплено: Котёл × 2.")
    assert (came.facts["shop"], came.facts["amount_minor"]) == ("Тёплый дом", SUM_MINOR)
    assert story.total is not None
    assert (story.total.from_minor, story.total.below_minor) == (SUM_MINOR, None)
    assert await fetch_value("SELECT facts ->> 'tells' FROM activity") is None


async def test_where_a_campaign_tells_a_band_the_sum_stands_nowhere() -> None:
    till = await a_till(effects=FLAT, tells=BAND, conditions=(AmountAtLeast(1), SumAtLeast(1)))

    await redeemed(till)
    await take_back(
        Return((await fetch("SELECT order_ref FROM promo_order"))[0]["order_ref"], "back"), shop_id=till.shop_id
    )

    [came] = await entries(till.agent_id, "client_came")
    [story] = await stories.page(till.agent_id, before=None, limit=1)
    assert sentence(came, Reader("ru")).startswith(
        "Ваш клиент пришёл в Тёплый дом: покупка на 500\u00a0– 1\u00a0000\u00a0₽ по"
    )
    assert "a purchase of 500\u00a0– 1,000\u00a0RUB" in sentence(came, Reader("en")).replace("₽", "RUB")
    assert story.total is not None
    assert (story.total.from_minor, story.total.below_minor) == (50_000, 100_000)
    assert not SUM.findall(await everything_read(till.agent_id))


async def test_where_a_campaign_tells_nothing_only_the_code_and_the_bonus_are_read() -> None:
    till = await a_till(effects=FLAT, tells=LEAST)

    await redeemed(till)

    [came] = await entries(till.agent_id, "client_came")
    [story] = await stories.page(till.agent_id, before=None, limit=1)
    assert set(came.facts) == {"code", "came_back"}
    assert sentence(came, Reader("en")) == f"Your client came with your code {till.code}."
    assert (story.lines, story.total, story.bonuses[0].amount_minor) == ((), None, 777)
    read = await everything_read(till.agent_id)
    assert not SUM.findall(read)
    assert not [one for one in ("Тёплый дом", str(till.shop_id), "K-24", "Котёл") if one in read]


async def test_an_explanation_tells_which_condition_held_and_not_what_it_saw() -> None:
    till = await a_till(effects=FLAT, tells=LEAST)
    steps = tuple(AmountAtLeast(step * 1_000) for step in range(90, 99))
    campaign_id = await a_promo_campaign(
        till.program_id,
        tells=LEAST,
        discounts=(PercentOff(basis_points=100),),
        effects=FLAT,
        priority=9,
        conditions=(AmountAtLeast(1), AnyOf((ShopIn(frozenset({till.shop_id})), *steps))),
    )
    agent_id, code = await another_code(till, campaign_id)

    await redeemed(till, an_order(code))

    [finding] = (await explain_activity(agent_id, await order_id())).campaigns
    assert [(one.holds, one.saw, one.parts) for one in finding.conditions] == [(True, None, ())] * 2
    assert (finding.effects, len(finding.grants)) == ((), 1)


async def test_a_later_sum_over_a_sale_that_is_kept_back_would_tell_it_and_is_not_said() -> None:
    till = await a_till(effects=FLAT, tells=BAND)
    campaign_id = await a_promo_campaign(
        till.program_id, discounts=(PercentOff(basis_points=100),), effects=FLAT, conditions=(SumAtLeast(1),)
    )
    await current_snapshot(age_seconds_max=0)
    open_code = (await promo_codes.create(till.agent_id, campaign_id=campaign_id)).text
    await redeemed(till)
    await redeemed(till, an_order(open_code))

    [finding] = (await explain_activity(till.agent_id, await order_id())).campaigns

    assert [one.saw for one in finding.conditions] == [None]


async def test_the_version_at_the_sale_decides_what_is_told_of_it() -> None:
    till = await a_till(effects=FLAT, tells=BAND)
    await redeemed(till)
    rules = (await current_snapshot(age_seconds_max=0)).campaigns[till.campaign_id].versions[-1].rules

    await add_version(till.campaign_id, msgspec.structs.replace(rules, tells=Tells()), by=BY)
    await redeemed(till)

    new, old = await stories.page(till.agent_id, before=None, limit=2)
    assert [one.total.below_minor for one in (new, old) if one.total] == [None, 100_000]


@pytest.mark.parametrize("by", ["window", "link"])
async def test_a_sale_by_a_window_or_a_link_is_told_as_its_campaign_allows(by: str) -> None:
    till = await a_till(effects=FLAT, tells=LEAST, attribution=Attribution(window_days=30))
    order = an_order()
    if by == "window":
        await redeemed(till, customer=MARIA)
    else:
        order = Order("linked", (), (AskedLine("1", "K-24", 1, 100_000),), link=till.code)

    await redeemed(till, order, customer=MARIA)

    came = (await entries(till.agent_id, "client_came"))[0]
    assert set(came.facts) == {"code", "came_back"}
    assert came.facts["came_back"] is (by == "window")
    assert "Тёплый" not in sentence(came, Reader("ru"))


async def test_whoever_had_the_weaker_claim_learns_of_the_shop_as_his_own_campaign_allows() -> None:
    till = await a_till(priority=5)
    campaign_id = await a_promo_campaign(
        till.program_id, discounts=(PercentOff(basis_points=100),), effects=FLAT, tells=Tells(shop=False)
    )
    other, code = await another_code(till, campaign_id)

    await redeemed(till, an_order(till.code, code))

    [elsewhere] = await entries(other, "client_elsewhere")
    [came] = await entries(till.agent_id, "client_came")
    assert set(elsewhere.facts) == {"reason"}
    assert sentence(elsewhere, Reader("en")).startswith("A purchase was counted for another participant")
    assert came.facts["shop"] == "Тёплый дом"

"""The maker's console: an offer is filled in as people speak, looked at in words and in money, started and stopped."""

from uuid import UUID

import httpx
import pytest

from codes import checkout, promo_codes
from core.db import fetch_value
from core.ids import uuid7
from programs import lifecycle
from programs.lifecycle import CampaignView
from programs.products import NewProduct, put_product
from programs.shops import NewShop, put_shop
from programs.tells import Tells
from referrals import crediting
from tests.api.staffing import Person, logged_in
from tests.codes.tills import ASSET, an_order
from tests.packs import an_agent
from tests.programs.stored import BY, a_program
from workers.jobs import run_waiting_jobs

# An offer as its maker says it: boilers, in the Urals, 3 % and 5 %, until New Year, at most 500,000.
OFFER: dict[str, str] = {
    "way": "form",
    "name": "Урал, котлы",
    "trigger": "promo_redeemed",
    "products": "K-24",
    "regions": "Урал",
    "bonus_kind": "percent",
    "bonus": "3",
    "discount_kind": "percent",
    "discount": "5",
    "ends_on": "2026-12-31",
    "budget_bonus": "300 000",
    "budget_discount": "200000,00",
    "wait_days": "14",
    "customer_period": "all",
    "agent_period": "month",
    "campaign_period": "all",
    "self_purchase": "bonus_only",
}


@pytest.fixture
async def program_id(http: httpx.AsyncClient) -> UUID:
    program_id = await a_program(asset=ASSET)
    await put_product(program_id, NewProduct("K-24", "Котёл 24", "Boiler 24"), by=BY)
    await put_shop(program_id, NewShop("E-1", "Тёплый дом", "Урал"), by=BY)
    return program_id


@pytest.fixture
async def marketer(http: httpx.AsyncClient, program_id: UUID) -> Person:
    return await logged_in(http, "marketer", program_id=program_id)


async def drafted(person: Person, **fields: str) -> CampaignView:
    """A campaign that somebody has drafted on the form."""
    answer = await person.send("/staff/console/new", **(OFFER | {"intent": str(uuid7())} | fields))
    assert answer.status_code == 303, answer.text
    return await lifecycle.find_campaign(UUID(answer.headers["location"].rpartition("/")[2]))


def path(campaign: CampaignView, verb: str = "") -> str:
    return f"/staff/console/campaigns/{campaign.id}" + (f"/{verb}" if verb else "")


async def shop_of(program_id: UUID) -> UUID:
    found: UUID = await fetch_value("SELECT id FROM shop WHERE program_id = $1", program_id)
    return found


async def sold(program_id: UUID, campaign: CampaignView, *amounts_minor: int) -> UUID:
    """An agent with a code for the campaign, and an order of a customer of his for each amount; the agent's id."""
    agent_id = await an_agent()
    code = await promo_codes.create(agent_id, campaign_id=campaign.id)
    for amount_minor in amounts_minor:
        order = an_order(code.text, amount_minor=amount_minor)
        await checkout.redeem(order, shop_id=await shop_of(program_id), customer=None)
    await crediting.drain(batch_max=100)
    return agent_id


async def test_what_a_person_says_becomes_rules(marketer: Person) -> None:
    campaign = await drafted(marketer)

    rules = campaign.rules
    assert (rules.effects[0].basis_points, rules.discounts[0].basis_points) == (300, 500)  # type: ignore[union-attr]
    assert rules.eligibility.regions == {"Урал"}
    assert len(rules.eligibility.products) == 1
    assert str(rules.eligibility.ends_on) == "2026-12-31"
    assert {one.asset: one.cap_minor for one in campaign.budgets} == {"BON": 30_000_000, "RUB": 20_000_000}
    assert campaign.state == "draft"


async def test_the_offer_stands_in_both_languages_before_it_starts(marketer: Person) -> None:
    campaign = await drafted(marketer)

    page = (await marketer.see(path(campaign))).text.replace("\u00a0", " ")

    for said in ("3 % от цены бонусами", "Скидка 5 %", "Котёл 24", "Регионы: Урал", "31 декабря 2026"):
        assert said in page, said
    for said in ("3% of the price as bonuses", "5% off", "Boiler 24", "Regions: Урал", "31 December 2026"):
        assert said in page, said


async def test_a_form_that_is_sent_twice_drafts_one_campaign(marketer: Person) -> None:
    intent = str(uuid7())

    first, second = [await marketer.send("/staff/console/new", **OFFER, intent=intent) for _ in range(2)]

    assert first.headers["location"] == second.headers["location"]
    assert await fetch_value("SELECT count(*) FROM campaign") == 1
    assert await fetch_value("SELECT sum(cap_minor) FROM budget") == 50_000_000


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": ""}, "Заполните это поле"),
        ({"products": "K-24, K-99"}, "В программе нет: K-99"),
        ({"shops": "nowhere"}, "В программе нет: nowhere"),
        ({"bonus": "three"}, "Здесь нужно число"),
        ({"discount": "101"}, "Такое число здесь не подходит"),
        ({"starts_on": "2027-01-01"}, "Последний день раньше первого"),
        ({"ends_on": "31.12"}, "Это не дата"),
        ({"shop_share": "60", "agent_share": "50"}, "больше ста процентов"),
        ({"bonus_kind": "none", "discount_kind": "none"}, "бонус или скидку"),
        ({"way": "rules", "rules": '{"trigger": "moon"}'}, "Это не JSON правил"),
        ({"trigger": "moon"}, "Выберите из списка"),
        ({"tells_amount": "moon"}, "Выберите из списка"),
    ],
)
async def test_what_cannot_be_read_is_marked_and_nothing_is_drafted(
    marketer: Person, fields: dict[str, str], told: str
) -> None:
    answer = await marketer.send("/staff/console/new", **(OFFER | {"intent": str(uuid7())} | fields))

    assert (answer.status_code, await fetch_value("SELECT count(*) FROM campaign")) == (422, 0)
    assert told in answer.text
    assert 'value="Урал"' in answer.text


async def test_rules_that_the_form_cannot_say_are_typed_as_json(marketer: Person) -> None:
    rules = """{"trigger": "code_scanned", "asset": "BON", "effects": [
        {"pay": "ladder", "measure": "count", "unit": "each", "mode": "highest_step", "steps": [{"at": 0, "pays": 5}],
         "period": {"over": "calendar", "period": "month"}}]}"""
    refused = await marketer.send(
        "/staff/console/new", **(OFFER | {"intent": str(uuid7()), "way": "rules"}), rules="{}"
    )
    campaign = await drafted(marketer, way="rules", rules=rules.replace('"period": {"over"', '"window": {"over"'))

    page = (await marketer.see(path(campaign, "change"))).text

    assert refused.status_code == 422
    assert "больше, чем умеет форма" in page
    assert "highest_step" in page


async def test_what_the_agent_is_told_is_chosen_on_the_form_and_said_in_words(marketer: Person) -> None:
    hidden = {"tells_shop": "no", "tells_goods": "no", "tells_amount": "band"}
    usual, quiet = await drafted(marketer), await drafted(marketer, **hidden)

    pages = [(await marketer.see(path(one))).text for one in (usual, quiet)]
    form = (await marketer.see(path(quiet, "change"))).text
    await marketer.send(path(quiet, "change"), **(OFFER | hidden | {"intent": str(uuid7()), "tells_amount": "nothing"}))

    assert (usual.rules.tells, quiet.rules.tells) == (Tells(), Tells(shop=False, amount="band", goods=False))
    assert ["Участник узнаёт" in page for page in pages] == [False, True]
    assert "Примерную сумму" in pages[1]
    assert "The sum roughly" in pages[1]
    assert form.count('<option value="no" selected>') == 2
    assert '<option value="band" selected>' in form
    assert (await lifecycle.find_campaign(quiet.id)).rules.tells.amount == "nothing"
    assert "Только свой бонус" in (await marketer.see(path(quiet))).text


async def test_where_there_is_no_till_nothing_is_left_of_what_was_chosen_for_one(marketer: Person) -> None:
    campaign = await drafted(marketer, trigger="code_scanned", discount_kind="none", tells_shop="no")

    assert campaign.rules.tells == Tells()


async def test_a_change_is_a_new_version_and_the_same_again_is_none(marketer: Person) -> None:
    campaign = await drafted(marketer)
    page = (await marketer.see(path(campaign, "change"))).text

    for bonus in ("4", "4"):
        await marketer.send(path(campaign, "change"), **(OFFER | {"intent": str(uuid7()), "bonus": bonus}))

    changed = await lifecycle.find_campaign(campaign.id)
    assert 'value="3"' in page
    assert (changed.version, changed.rules.effects[0].basis_points) == (2, 400)  # type: ignore[union-attr]
    assert changed.rules.eligibility == campaign.rules.eligibility


async def test_a_campaign_is_started_paused_resumed_ended_and_killed(marketer: Person) -> None:
    campaign = await drafted(marketer)
    states = []

    for verb in ("activate", "pause", "resume", "end", "kill"):
        await marketer.send(path(campaign, verb), reason="Проверка")
        states.append((await lifecycle.find_campaign(campaign.id)).state.value)
    again = await marketer.send(path(campaign, "resume"))

    assert states == ["active", "paused", "active", "ended", "killed"]
    assert again.status_code == 409


async def test_a_budget_is_topped_up_once_for_each_form(marketer: Person) -> None:
    campaign = await drafted(marketer)
    said = {"intent": str(uuid7()), "asset": "RUB", "amount": "1 000,50"}

    for _ in range(2):
        await marketer.send(path(campaign, "budget"), **said)
    wrong = await marketer.send(path(campaign, "budget"), **(said | {"amount": "much"}))

    caps = {one.asset: one.cap_minor for one in (await lifecycle.find_campaign(campaign.id)).budgets}
    assert caps == {"BON": 30_000_000, "RUB": 20_100_050}
    assert (wrong.status_code, "Здесь нужно число" in wrong.text) == (422, True)


async def test_the_page_says_what_it_would_have_cost_last_year(marketer: Person, program_id: UUID) -> None:
    running = await drafted(marketer, name="Прежняя", discount="10")
    await marketer.send(path(running, "activate"))
    await sold(program_id, running, 100_000, 200_000)
    planned = await drafted(marketer, name="Будущая", ends_on="2036-12-31", starts_on="2036-12-01")

    counting = await marketer.see(path(planned))
    await run_waiting_jobs()
    page = (await marketer.see(path(planned))).text.replace("\u00a0", " ")

    assert counting.headers["refresh"] == "2"
    assert "Считаем по покупкам" in counting.text
    # 5 % off 3,000 roubles is 150, and 3 % of the 2,850 that are left is 85.5, each rounded down.
    assert ("85,50 бонуса" in page, "150 ₽" in page, "2 / 2" in page) == (True, True, True)


async def test_who_only_reads_sees_no_verb_and_has_none(
    http: httpx.AsyncClient, marketer: Person, program_id: UUID
) -> None:
    campaign = await drafted(marketer)
    auditor = await logged_in(http, "auditor", program_id=program_id, login="audit")

    page = (await auditor.see(path(campaign))).text
    refused = await auditor.send(path(campaign, "activate"))

    assert "3" in page
    assert 'action="/staff/console' not in page
    assert (refused.status_code, (await auditor.see("/staff/console/new")).status_code) == (403, 403)


async def test_nobody_of_another_program_sees_it(http: httpx.AsyncClient, marketer: Person) -> None:
    campaign = await drafted(marketer)
    stranger = await logged_in(http, "marketer", program_id=await a_program(), login="stranger")

    answers = [await stranger.see(path(campaign)), await stranger.send(path(campaign, "activate"))]
    stolen = await stranger.send("/staff/console/new", **(OFFER | {"products": "", "intent": str(campaign.id)}))

    assert [answer.status_code for answer in answers] == [404, 404]
    assert stolen.status_code == 404
    assert campaign.name not in (await stranger.see("/staff/console")).text


async def test_an_owner_of_everything_chooses_the_program(http: httpx.AsyncClient, program_id: UUID) -> None:
    other = await a_program(name="Вода")
    owner = await logged_in(http, "owner")
    await drafted(await logged_in(http, "marketer", program_id=program_id, login="m"))

    first = (await owner.see(f"/staff/console?program={program_id}")).text
    second = (await owner.see(f"/staff/console?program={other}")).text

    assert ("Урал, котлы" in first, "Урал, котлы" in second) == (True, False)
    assert f"program={other}" in first

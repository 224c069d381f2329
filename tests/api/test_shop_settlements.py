import httpx
import msgspec
import pytest

from core.settings import Settings
from tests.api.phoning import refusal
from tests.codes.months import a_month_passes
from tests.driver import Driver, an_order


class Settled(msgspec.Struct, frozen=True):
    """A shop with a closed month of one order, and those who may look at it."""

    id: str
    shop_id: str
    pos: str
    other: str
    finance: str


@pytest.fixture
async def settled(driver: Driver, proven: None, settings: Settings) -> Settled:
    campaign = await driver.promo_campaign(10**9, 10**9)
    promo = await driver.promo_new(await driver.agent(), campaign)
    pos, other, finance = await driver.pos("M-1"), await driver.pos("M-2"), await driver.staff(None, "finance")
    await driver.promo_redeem(pos, promo, an_order(order_ref="A-1"))
    path = f"/v1/programs/{await driver.program()}/shops"
    shop = await driver.owner("POST", path, {"code": "M-1", "name": "M-1"})
    body = {"shop_id": shop["id"], "month": await a_month_passes(settings)}
    closed = await driver.call("POST", "/v1/settlements", body, token=finance)
    return Settled(closed.raise_for_status().json()["settlement"]["id"], shop["id"], pos, other, finance)


async def ask(driver: Driver, settled: Settled, what: str = "", *, token: str | None = None) -> httpx.Response:
    return await driver.call("GET", f"/v1/settlements/{settled.id}{what}", token=token or settled.pos)


async def test_a_shop_reads_its_statements_and_no_other_shop_does(driver: Driver, settled: Settled) -> None:
    mine = [await ask(driver, settled, what) for what in ("", "/lines", "/file", "/file?format=csv&language=en")]
    theirs = [await ask(driver, settled, what, token=settled.other) for what in ("", "/lines", "/file")]
    lists = [
        (await driver.call("GET", "/v1/settlements", token=token)).json()["settlements"]
        for token in (settled.pos, settled.other, settled.finance)
    ]

    assert [answer.status_code for answer in mine] == [200] * 4
    assert mine[0].json()["due_minor"] == mine[0].json()["settlement"]["closing_minor"] == 5_000
    assert [line["ref"] for line in mine[1].json()["lines"]] == ["A-1"]
    assert mine[2].content.startswith(b"%PDF")
    assert 'filename="settlement-' in mine[3].headers["content-disposition"]
    assert [answer.status_code for answer in theirs] == [404] * 3
    assert [len(one) for one in lists] == [1, 0, 1]


async def test_a_shop_holds_its_list_against_a_statement_and_disputes_it(driver: Driver, settled: Settled) -> None:
    headers = {"Authorization": f"Bearer {settled.pos}"}
    path = f"/v1/settlements/{settled.id}"

    compared = await driver.http.post(
        f"{path}/reconciliation", content="order_ref,date,discount\nA-2,2026-01-01,7\n", headers=headers
    )
    body = {"order_ref": "A-2", "claimed_minor": 700, "reason": "is missing"}
    opened = await driver.call("POST", f"{path}/disputes", body, token=settled.pos)
    again = await driver.call("POST", f"{path}/disputes", body, token=settled.pos)
    answered = await driver.call(
        "POST",
        f"/v1/settlement-disputes/{opened.json()['id']}/answer",
        {"verdict": "upheld", "words": "Yes", "correction_minor": 700},
        token=settled.finance,
    )

    assert [(one["order_ref"], one["mark"]) for one in compared.json()["rows"]] == [
        ("A-1", "missing_there"),
        ("A-2", "missing_here"),
    ]
    assert (opened.status_code, refusal(again)) == (201, (409, "settlement_dispute_open"))
    assert (answered.status_code, answered.json()["state"]) == (200, "upheld")
    assert (await ask(driver, settled)).json()["disputes"][0]["state"] == "upheld"


async def test_finance_pays_and_takes_it_back_and_a_shop_does_neither(driver: Driver, settled: Settled) -> None:
    path, body = f"/v1/settlements/{settled.id}/payment", {"paid_on": "2026-11-03", "reference": "PP-1"}

    refused = await driver.call("POST", path, body, token=settled.pos)
    paid = await driver.call("POST", path, body, token=settled.finance)
    other = await driver.call("POST", path, body | {"reference": "PP-2"}, token=settled.finance)
    undone = await driver.call("POST", f"{path}/reversal", {"reason": "sent back"}, token=settled.finance)
    nothing = await driver.call("POST", f"{path}/reversal", {"reason": "sent back"}, token=settled.finance)

    assert refused.status_code == 403
    assert (paid.status_code, paid.json()["amount_minor"]) == (200, 5_000)
    assert refusal(other) == (409, "settlement_paid")
    assert undone.json()["reversed_at"] is not None
    assert refusal(nothing) == (409, "settlement_not_paid")
    assert (await ask(driver, settled)).json()["payment"] is None


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "1999-01", "2026-01\n", "26-01", ""])
async def test_a_month_that_is_none_is_refused(driver: Driver, settled: Settled, month: str) -> None:
    body = {"shop_id": settled.shop_id, "month": month}

    answer = await driver.call("POST", "/v1/settlements", body, token=settled.finance)

    assert refusal(answer) == (400, "invalid_request")


async def test_a_month_to_come_and_one_of_nothing_are_not_closed(driver: Driver, settled: Settled) -> None:
    answers = [
        await driver.call(
            "POST", "/v1/settlements", {"shop_id": settled.shop_id, "month": month}, token=settled.finance
        )
        for month in ("2099-01", "2020-01")
    ]

    assert [refusal(answer) for answer in answers] == [(409, "month_not_over"), (409, "nothing_to_settle")]

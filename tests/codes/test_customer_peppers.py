"""The pepper of customers changes under everybody's hands, and forgets nobody until an old version is destroyed."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from cli.commands import keys as commands
from cli.refusals import CannotStart
from codes.forgotten_customers import forget_due
from codes.order_returns import Return, take_back
from codes.promises import OrderRefused
from core import customer_peppers, destroyed
from core.customer_peppers import PepperOutOfTurn
from core.db import execute, fetch, fetch_row, fetch_value
from programs.conditions import CustomersFirstPurchase, NewCustomer
from programs.rules import Attribution, Limit, LimitScope
from referrals import own_cards
from referrals.buyers import Buyer
from tests.codes.tills import Till, a_till, an_order, redeemed, wallet
from tests.core.texts import places_of
from tests.packs import an_agent

BY = "test"
MARIA = Buyer("phone:79120000001")
LIMIT = Limit(LimitScope.CUSTOMER, max_count=1)


@pytest.fixture(autouse=True)
async def peppers(proven: None) -> AsyncIterator[None]:
    """When the test is over there is the one version of before, under an id that no log calls destroyed."""
    first = await fetch_value("SELECT wrapped_secret FROM customer_pepper")
    yield
    await execute("DELETE FROM customer_pepper WHERE version > 1")
    await execute(
        """UPDATE customer_pepper SET state = 'current', wrapped_secret = $1, id = gen_random_uuid(),
               destroyed_at = NULL, erased_at = NULL""",
        first,
    )
    await customer_peppers.load()


async def changed(*, heard_of: bool = True) -> None:
    """Another version begins; this process may be one that has not heard of it."""
    before = dict(customer_peppers._Live.secrets)
    await customer_peppers.stand_by(by=BY)
    await customer_peppers.begin(by=BY)
    if not heard_of:
        customer_peppers._Live.secrets = before


async def reason(till: Till, buyer: Buyer = MARIA, code: str = "") -> str:
    try:
        await redeemed(till, an_order(code or till.code), customer=buyer)
    except OrderRefused as refused:
        return str(refused.facts["codes"][0]["reason"])
    return "given"


async def known() -> list[tuple[int | None, int]]:
    """Under which version each customer stands, and how many orders he had."""
    rows = await fetch("SELECT customer_key, orders FROM known_customer ORDER BY since")
    return [(customer_peppers.version_of(row["customer_key"]), row["orders"]) for row in rows]


@pytest.mark.parametrize("heard_of", [True, False])
@pytest.mark.parametrize(
    "rules",
    [{"limits": (LIMIT,)}, {"conditions": (NewCustomer(),)}, {"conditions": (CustomersFirstPurchase(),)}],
    ids=["limit", "new", "first"],
)
async def test_what_a_customer_may_have_once_he_has_once_before_and_after_a_change(
    rules: dict[str, Any], *, heard_of: bool
) -> None:
    till = await a_till(**rules)

    before = await reason(till)
    await changed(heard_of=heard_of)

    assert (before, await reason(till), await reason(till)) == ("given", "limit_customer", "limit_customer")
    assert (await reason(till, Buyer("somebody else")), await known()) == ("given", [(1, 1), (2, 1)])


@pytest.mark.parametrize("heard_of", [True, False])
async def test_windows_cards_and_standings_go_on_over_two_changes(*, heard_of: bool) -> None:
    till = await a_till(attribution=Attribution(window_days=30))
    await redeemed(till, customer=MARIA)
    own = await own_cards.declare(till.agent_id, MARIA, kind="phone")
    await changed(heard_of=heard_of)
    await changed(heard_of=heard_of)

    again = await redeemed(till, an_order(), customer=MARIA)
    as_own = await redeemed(till, customer=MARIA)

    assert (again.attribution, as_own.codes[0].reason, as_own.discount_minor) == ("customer_key", "self_purchase", 0)
    assert await known() == [(1, 3)]
    assert await fetch_value("SELECT count(DISTINCT customer_key) FROM standing_customer") == 1
    assert (await own_cards.declare(till.agent_id, MARIA, kind="phone")).id == own.id


@pytest.mark.parametrize("heard_of", [True, False])
async def test_an_order_is_repeated_and_comes_back_under_the_key_that_it_had(*, heard_of: bool) -> None:
    till = await a_till(limits=(LIMIT,), returns_restore="budget_and_limits")
    order = an_order(till.code)
    first = await redeemed(till, order, customer=MARIA)
    await changed(heard_of=heard_of)

    again = await redeemed(till, order, customer=MARIA)
    await take_back(Return(order.order_ref, "back"), shop_id=till.shop_id)

    assert again == first
    assert (await known(), await reason(till)) == ([(1, 1)], "given")
    assert [tuple(row) for row in await fetch("SELECT orders, returned FROM known_customer")] == [(2, 1)]


async def test_a_process_that_knows_only_the_old_version_repeats_an_order_of_the_new_one() -> None:
    till = await a_till()
    old = dict(customer_peppers._Live.secrets)
    await changed()
    order = an_order(till.code)
    first = await redeemed(till, order, customer=MARIA)
    customer_peppers._Live.secrets = old

    again = await redeemed(till, order, customer=MARIA)

    assert (again, await known()) == (first, [(2, 1)])


async def test_whoever_comes_thirty_times_at_once_while_versions_change_in_several_processes_comes_first_once(
    environment: dict[str, str],
) -> None:
    till = await a_till(limits=(LIMIT,))
    buyers = [f"buyer {place}" for place in range(6)]
    await redeemed(till, customer=Buyer(buyers[0]))
    asked = {"shop_id": till.shop_id, "code": till.code, "words": buyers * 3}
    other = await _another_process(environment)
    assert other.stdin is not None
    other.stdin.write(msgspec.json.encode(asked) + b"\n")

    mine = asyncio.gather(*(reason(till, Buyer(word)) for word in buyers * 2))
    for _ in range(3):
        await changed()
    became = Counter(await mine)
    became.update(msgspec.json.decode((await other.communicate())[0]))

    assert became == {"given": 5, "limit_customer": 6 * 5 - 5}
    assert [orders for _, orders in await known()] == [1] * 6
    assert await fetch_value("SELECT count(*) FROM limit_use WHERE used_count = 1") == 6


async def _another_process(environment: dict[str, str]) -> asyncio.subprocess.Process:
    """It has read the versions of this moment, and waits for its orders."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.codes.another_till",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=environment,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    return process


async def test_when_an_old_version_is_destroyed_nobody_is_found_by_it_and_the_books_stay() -> None:
    till = await a_till(conditions=(NewCustomer(),), limits=(Limit(LimitScope.CUSTOMER, max_count=9),))
    order, quantity = an_order(till.code, quantity=2), await _cards_of(till)
    first = await redeemed(till, order, customer=MARIA)
    [key] = MARIA.keys
    await changed()
    await redeemed(till, customer=Buyer("under the new version"))

    await customer_peppers.destroy(1, by=BY)
    forgotten = await forget_due()

    assert (forgotten, await places_of(key), await known(), quantity) == (1, [], [(2, 1)], 1)
    assert await fetch_value("SELECT count(*) FROM own_card") == 0
    assert await redeemed(till, order, customer=MARIA) == first
    assert await reason(till) == "given"
    assert (await take_back(Return(order.order_ref, "back"), shop_id=till.shop_id)).refund_minor == first.final_minor
    assert await fetch_value("SELECT sum(times) FROM standing_customer") == 2
    assert (await wallet(till.agent_id)).available_minor == 2 * 2_850
    assert await customer_peppers.to_erase() == []


async def _cards_of(till: Till) -> int:
    await own_cards.declare(await an_agent(), MARIA, kind="phone")
    return int(await fetch_value("SELECT count(*) FROM own_card"))


async def test_only_an_old_version_is_destroyed_and_only_one_that_stands_by_begins() -> None:
    with pytest.raises(PepperOutOfTurn):
        await customer_peppers.begin(by=BY)
    with pytest.raises(PepperOutOfTurn):
        await customer_peppers.destroy(1, by=BY)

    assert [await customer_peppers.stand_by(by=BY) for _ in range(2)] == [2, 2]
    assert customer_peppers.versions() == (1,)
    assert [(one.version, one.state) for one in await customer_peppers.listed()] == [(2, "standby"), (1, "current")]


async def test_an_operator_changes_versions_and_is_asked_before_anybody_is_forgotten(
    capsys: pytest.CaptureFixture[str],
) -> None:
    till = await a_till()
    await redeemed(till, customer=MARIA)

    await commands._stand_by()
    await commands._begin()
    with pytest.raises(CannotStart, match="1 customers stand under version 1"):
        await commands._destroy(1, forget=False)
    await commands._destroy(1, forget=True)
    await commands._list_peppers()

    told = [line for line in capsys.readouterr().out.splitlines() if not line.startswith("20")]
    states = [line.partition(" since")[0] for line in told]
    assert states == [
        "version 2 stands by",
        "version 2  current",
        "version 1  old",
        "1 customers forgotten",
        "version 2  current",
        "version 1  destroyed",
    ]


async def test_a_backup_brings_no_destroyed_version_back() -> None:
    till = await a_till()
    await redeemed(till, customer=MARIA)
    before: Any = await fetch_row("SELECT * FROM customer_pepper")
    await changed()
    await customer_peppers.destroy(1, by=BY)
    await execute("DELETE FROM customer_pepper WHERE version = 2")
    await execute(
        "UPDATE customer_pepper SET state = 'current', wrapped_secret = $1, destroyed_at = NULL",
        before["wrapped_secret"],
    )

    again = await destroyed.apply()
    forgotten = await forget_due()
    new = await redeemed(till, customer=MARIA)

    assert (again[customer_peppers.KIND], forgotten, new.discount_minor, await known()) == (1, 1, 5_000, [(2, 1)])
    assert [(one.version, one.state) for one in await customer_peppers.listed()] == [(2, "current"), (1, "destroyed")]

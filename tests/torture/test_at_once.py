"""A thousand at once over four API processes with fewer connections than callers: slower perhaps, and as exact."""

from collections.abc import Awaitable, Callable, Iterator

import pytest

from tests.driver import Driver
from tests.installation import Installation, running
from tests.story import test_once as once
from tests.story import test_promo_codes as promo

pytestmark = pytest.mark.torture

SENTENCES = [
    once.test_a_thousand_scans_of_one_code_by_one_agent_pay_once,
    once.test_many_agents_scan_one_code_at_once_and_one_is_paid,
    once.test_a_budget_for_500_of_1000_scans_pays_500_and_is_never_passed,
    once.test_two_hundred_spends_at_once_never_take_more_than_there_is,
    promo.test_a_code_for_fifty_is_redeemed_fifty_times_by_a_thousand_orders,
    promo.test_a_budget_for_a_hundred_discounts_gives_a_hundred_and_is_never_passed,
    promo.test_one_customer_with_five_codes_gets_what_each_campaign_allows_him,
    promo.test_two_agents_codes_on_one_order_at_once_are_one_sale_of_one_agent,
    promo.test_events_of_a_till_ten_times_in_any_order_are_each_once,
]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One for all of these: nobody is hurt in them, and each has agents and a campaign of its own."""
    folder = tmp_path_factory.mktemp("installation")
    settings = {"NAPARNIK_DATABASE_POOL_SIZE": "2"}
    with running(folder, "--no-demo", "--api", "4", "--workers", "2", settings=settings) as installation:
        yield installation


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda sentence: sentence.__name__.removeprefix("test_"))
@pytest.mark.parametrize("repeat", range(3))
async def test_it_holds_over_four_processes_with_two_connections_each(
    driver: Driver, sentence: Callable[[Driver], Awaitable[None]], repeat: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(once, "CROWD", 1_000)

    await sentence(driver)

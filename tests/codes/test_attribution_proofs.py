import pytest

from codes.attribution_proofs import PROOFS
from codes.checkout import release, reserve
from codes.order_returns import Return, take_back
from core.proofs import run
from core.settings import Settings
from programs.rules import Attribution, Funding
from referrals.buyers import Buyer
from tests.codes.tills import a_till, an_order, redeemed
from tests.core.pools import as_owner

SALES, CUSTOMERS, SHARES, WHOLE = (proof.name for proof in PROOFS)


@pytest.fixture
async def orders(database: None) -> None:
    """A customer of an agent who pays for a part of the discount: he came, came back, and brought one order back."""
    till = await a_till(attribution=Attribution(window_days=30), funding=Funding(agent_basis_points=2_000))
    gone, let_go = an_order(till.code), an_order(till.code)
    await redeemed(till, customer="maria")
    await redeemed(till, an_order(), customer="maria")
    await redeemed(till, gone, customer="pyotr")
    await take_back(Return(gone.order_ref, "R1"), shop_id=till.shop_id)
    await reserve(let_go, shop_id=till.shop_id, customer=Buyer("pyotr"), ttl_seconds=900)
    await release(till.shop_id, let_go.order_ref)


@pytest.mark.parametrize(
    ("edit", "broken"),
    [
        ("UPDATE attribution SET agent_id = gen_random_uuid() WHERE evidence = 'customer_key'", {SALES}),
        ("DELETE FROM attribution WHERE evidence = 'customer_key'", {SALES}),
        ("UPDATE attribution SET claims = '[]'", {SALES}),
        ("UPDATE known_customer SET orders = orders + 1", {CUSTOMERS}),
        ("UPDATE known_customer SET returned = 0", {CUSTOMERS}),
        ("UPDATE accrual SET amount_minor = amount_minor + 1 WHERE clawed_minor = 0", {SHARES}),
        ("UPDATE promo_order SET decision = (decision::jsonb - 'given')::json", {SHARES}),
        ("UPDATE accrual SET clawed_minor = 0, state = 'credited' WHERE state = 'clawed_back'", {WHOLE}),
    ],
)
async def test_a_row_edited_behind_our_back_fails_its_proof(
    orders: None, settings: Settings, edit: str, broken: set[str]
) -> None:
    assert [verdict.breaches for verdict in await run(PROOFS)] == [[]] * len(PROOFS)

    await as_owner(settings.database_owner_url, edit)

    assert {verdict.name for verdict in await run(PROOFS) if not verdict.holds} == broken

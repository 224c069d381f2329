import pytest

from codes.checkout import reserve
from codes.order_proofs import PROOFS
from codes.order_returns import Return, ReturnedLine, take_back
from core.proofs import run
from core.settings import Settings
from tests.codes.tills import a_till, an_order, redeemed
from tests.core.pools import as_owner

HELD, OWED, ACTIVITIES, BACK, RETURNED = (proof.name for proof in PROOFS)


@pytest.fixture
async def orders(database: None) -> None:
    """One order of three pieces of which two came back in two goes, one that is held, one that came back whole."""
    till = await a_till()
    sold, held, gone = an_order(till.code, quantity=3), an_order(till.code), an_order(till.code)
    await redeemed(till, sold)
    await reserve(held, shop_id=till.shop_id, customer=None, ttl_seconds=900)
    await redeemed(till, gone)
    for ref in ("R1", "R2"):
        await take_back(Return(sold.order_ref, ref, (ReturnedLine("1", 1),)), shop_id=till.shop_id)
    await take_back(Return(gone.order_ref, "R3"), shop_id=till.shop_id)


@pytest.mark.parametrize(
    ("edit", "broken"),
    [
        ("UPDATE promo_order SET state = 'released' WHERE state = 'held'", {HELD}),
        ("DELETE FROM promo_order WHERE state = 'held'", {HELD}),
        ("UPDATE promo_order SET decision = replace(decision::text, '\"demands\"', '\"none\"')::json", {HELD}),
        ("UPDATE transfer SET amount_minor = amount_minor + 1 WHERE kind = 'hold'", {HELD}),
        ("UPDATE transfer SET amount_minor = amount_minor + 1 WHERE kind = 'discount'", {OWED}),
        ("DELETE FROM transfer WHERE kind = 'undiscount'", {OWED}),
        ("UPDATE account SET owner_id = gen_random_uuid() WHERE kind = 'shop_payable'", {OWED}),
        ("DELETE FROM activity", {ACTIVITIES}),
        ("UPDATE activity SET agent_id = gen_random_uuid()", {ACTIVITIES}),
        ("UPDATE promo_order SET state = 'released' WHERE state = 'returned'", {ACTIVITIES, BACK}),
        (
            """INSERT INTO activity
               SELECT gen_random_uuid(), kind, cause, agent_id, program_id, purchase_id, occurred_at, accepted_at, facts
               FROM activity""",
            {ACTIVITIES},
        ),
        (
            """INSERT INTO promo_return
               SELECT gen_random_uuid(), shop_id, order_ref, 'R4', request_hash, lines, refund, at, applied_at
               FROM promo_return WHERE return_ref = 'R3'""",
            {OWED, BACK, RETURNED},
        ),
        ("DELETE FROM promo_return WHERE return_ref = 'R3'", {OWED, RETURNED}),
        (
            """UPDATE promo_return
               SET refund = replace(refund::text, '"refund_minor":95000}]', '"refund_minor":95001}]')::json
               WHERE return_ref = 'R3'""",
            {BACK},
        ),
        ("UPDATE promo_order SET state = 'returned' WHERE state = 'partially_returned'", {RETURNED}),
    ],
)
async def test_a_row_edited_behind_our_back_fails_its_proof(
    orders: None, settings: Settings, edit: str, broken: set[str]
) -> None:
    assert [verdict.breaches for verdict in await run(PROOFS)] == [[]] * len(PROOFS)

    await as_owner(settings.database_owner_url, edit)

    assert {verdict.name for verdict in await run(PROOFS) if not verdict.holds} == broken

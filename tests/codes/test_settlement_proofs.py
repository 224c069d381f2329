from datetime import date

import pytest

from codes import offline_slips, settlement_disputes, settlement_payments
from codes.order_returns import Return, ReturnedLine, take_back
from codes.settlement_disputes import DisputeAnswer, NewDispute
from codes.settlement_payments import NewPayment
from codes.settlement_proofs import PROOFS
from codes.settlements import close
from core.proofs import run
from core.settings import Settings
from programs.rules import Limit, LimitScope, Offline
from tests.codes.months import a_month_passes
from tests.codes.offline_tills import a_signer, long_running
from tests.codes.tills import a_till, an_order, redeemed
from tests.core.pools import as_owner

LINES, SUMS, ACCOUNT, MOVED, COVERED = (proof.name for proof in PROOFS)


@pytest.fixture
async def settled(settings: Settings, database: None) -> None:
    """Two closed months, the first of them paid and corrected, and a discount that the maker bore."""
    till = await a_till(limits=(Limit(LimitScope.CAMPAIGN, max_count=1),), offline=Offline(maker_bears_per_till_day=1))
    signer = await a_signer(till.shop_id)
    await redeemed(till, an_order(till.code, ref="A-1", quantity=2))
    first = await close(till.shop_id, await a_month_passes(settings, months=2), by="key:f")
    await settlement_payments.pay(first.id, NewPayment(date(2026, 10, 3), "PP-1"), by="key:f")
    dispute = await settlement_disputes.open_dispute(first.id, NewDispute("A-9", 70, "is missing"), by="key:s")
    await settlement_disputes.answer(dispute.id, DisputeAnswer("upheld", "Yes", 70), by="key:f")
    await take_back(Return("A-1", "R-1", (ReturnedLine("1", 1),)), shop_id=till.shop_id)
    await long_running(settings)
    assert (await offline_slips.take(signer.slip(till.code), shop_id=till.shop_id)).state == "maker_bears"
    await close(till.shop_id, await a_month_passes(settings), by="key:f")


@pytest.mark.parametrize(
    ("edit", "broken"),
    [
        ("UPDATE settlement_line SET owed_minor = owed_minor + 1 WHERE kind = 'return'", {LINES, SUMS}),
        ("DELETE FROM settlement_line WHERE kind = 'payment'", {LINES, SUMS}),
        ("DELETE FROM settled_transfer", {LINES, ACCOUNT}),
        (
            "UPDATE settlement SET closing_minor = closing_minor + 1, sold_minor = sold_minor + 1",
            {SUMS, ACCOUNT},
        ),
        (
            """DELETE FROM settlement_line USING settlement s WHERE s.id = settlement_id AND s.opening_minor = 0;
               DELETE FROM settled_transfer USING settlement s WHERE s.id = settlement_id AND s.opening_minor = 0;
               DELETE FROM settlement WHERE opening_minor = 0""",
            {SUMS, ACCOUNT},
        ),
        ("UPDATE account SET owner_id = gen_random_uuid() WHERE kind = 'shop_payable'", {LINES, ACCOUNT}),
        ("UPDATE settlement_payment SET amount_minor = amount_minor + 1", {MOVED}),
        ("DELETE FROM settlement_payment", {MOVED}),
        ("UPDATE settlement_dispute SET correction_minor = correction_minor - 1", {MOVED}),
        ("UPDATE offline_cover SET returned_minor = 1", {COVERED}),
        ("DELETE FROM offline_cover", {COVERED}),
    ],
)
async def test_a_row_edited_behind_our_back_fails_its_proof(
    settled: None, settings: Settings, edit: str, broken: set[str]
) -> None:
    assert [verdict.breaches for verdict in await run(PROOFS)] == [[]] * len(PROOFS)

    await as_owner(settings.database_owner_url, edit)

    assert {verdict.name for verdict in await run(PROOFS) if not verdict.holds} == broken

import pytest

from core.proofs import run
from core.settings import Settings
from referrals.proofs import PROOFS
from tests.core.pools import as_owner
from tests.packs import a_sale, accepted, an_agent, settled

OUTCOME, TRANSFER, BENEFICIARY, ONCE, CLAWED, HELD = (proof.name for proof in PROOFS)

SECOND_ACTIVITY = """
INSERT INTO activity
SELECT gen_random_uuid(), kind, cause, agent_id, program_id, purchase_id, occurred_at, accepted_at, facts
FROM activity WHERE EXISTS (SELECT FROM accrual WHERE activity_id = activity.id AND state = 'credited')"""
SECOND_ACCRUAL = """
INSERT INTO accrual (id, activity_id, campaign_id, effect, agent_id, asset, amount_minor, state, created_at)
SELECT gen_random_uuid(), twin.id, campaign_id, effect, paid.agent_id, asset, amount_minor, 'credited', now()
FROM accrual paid JOIN activity first ON first.id = paid.activity_id
JOIN activity twin ON twin.cause = first.cause AND twin.id <> first.id WHERE paid.state = 'credited'"""

HOLD = """
INSERT INTO lot_hold (id, lot_id, cause_id, reason, held_at)
SELECT gen_random_uuid(), id, gen_random_uuid(), 'agent_pace', now() FROM lot"""


@pytest.mark.parametrize(
    ("edit", "broken"),
    [
        ("DELETE FROM accrual WHERE state = 'denied'", {OUTCOME}),
        ("UPDATE accrual SET state = 'canceled' WHERE state = 'denied'", {OUTCOME}),
        (SECOND_ACTIVITY, {OUTCOME}),
        ("UPDATE accrual SET amount_minor = amount_minor + 1 WHERE state = 'credited'", {TRANSFER}),
        ("UPDATE accrual SET state = 'denied' WHERE state = 'credited'", {TRANSFER}),
        ("UPDATE accrual SET state = 'credited' WHERE state = 'denied'", {TRANSFER}),
        ("UPDATE accrual SET agent_id = gen_random_uuid() WHERE state = 'credited'", {BENEFICIARY}),
        ("UPDATE accrual SET asset = 'PTS' WHERE state = 'credited'", {BENEFICIARY}),
        (f"{SECOND_ACTIVITY}; {SECOND_ACCRUAL}", {TRANSFER, ONCE}),
        ("UPDATE accrual SET state = 'clawed_back' WHERE state = 'credited'", {CLAWED}),
        ("UPDATE accrual SET clawed_minor = amount_minor WHERE state = 'credited'", {CLAWED}),
        (HOLD, {HELD}),
    ],
)
async def test_a_row_edited_behind_our_back_fails_its_proofs(
    database: None, settings: Settings, edit: str, broken: set[str]
) -> None:
    sale = await a_sale(budget_minor=100)
    await accepted(await an_agent(), *sale.batch.codes(2))
    await settled()
    assert {verdict.name for verdict in await run(PROOFS) if not verdict.holds} == set()

    await as_owner(settings.database_owner_url, edit)

    assert {verdict.name for verdict in await run(PROOFS) if not verdict.holds} == broken

import pytest

from codes.proofs import PROOFS
from core.proofs import run
from core.settings import Settings
from tests.core.pools import as_owner
from tests.packs import a_sale, an_agent, scan
from tests.printing import a_sealed_batch, an_exported_order, report

ACTIVITIES, RANGES, SPOILED, VOIDED = (proof.name for proof in PROOFS)


@pytest.mark.parametrize(
    ("edit", "broken"),
    [
        ("UPDATE scan SET agent_id = gen_random_uuid()", ACTIVITIES),
        ("DELETE FROM activity", ACTIVITIES),
        (
            "INSERT INTO scan SELECT gen_random_uuid(), 'x', agent_id, 'y', product_id, now(), now() FROM scan",
            ACTIVITIES,
        ),
        ("UPDATE code_range SET stop = stop - 1", RANGES),
        ("UPDATE code_range SET first = 1", RANGES),
        ("DELETE FROM code_range", RANGES),
        ("UPDATE code_batch SET size = size + 1", RANGES),
        ("UPDATE code_batch SET state = 'voided'", VOIDED),
        (
            """UPDATE code_range SET stop = 8;
               INSERT INTO code_range (batch_number, first, stop, state, since)
               SELECT batch_number, t.*, 'active', now() FROM code_range, (VALUES (4, 8), (12, 20)) AS t""",
            RANGES,
        ),
    ],
)
async def test_a_row_edited_behind_our_back_fails_its_proof(
    database: None, settings: Settings, edit: str, broken: str
) -> None:
    await scan(await an_agent(), (await a_sale(20)).batch.code(0))
    assert [verdict.breaches for verdict in await run(PROOFS)] == [[]] * len(PROOFS)

    await as_owner(settings.database_owner_url, edit)

    assert [verdict.name for verdict in await run(PROOFS) if not verdict.holds] == [broken]


async def test_spoiled_paper_that_somebody_has_made_payable_fails_its_proof(database: None, settings: Settings) -> None:
    order = await an_exported_order(await a_sealed_batch(100))
    await report(order, printed=[(0, 50)], spoiled=[(50, 100)])
    assert [verdict.breaches for verdict in await run(PROOFS)] == [[]] * len(PROOFS)

    await as_owner(settings.database_owner_url, "UPDATE code_range SET state = 'active' WHERE state = 'voided'")

    assert [verdict.name for verdict in await run(PROOFS) if not verdict.holds] == [SPOILED]

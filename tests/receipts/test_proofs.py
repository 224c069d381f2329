import pytest

from core.proofs import run
from core.settings import Settings
from receipts.proofs import PROOFS
from tests.core.pools import as_owner
from tests.packs import an_agent
from tests.receipts.purchases import an_offer, document, handed_in

ACTIVITY, RECEIPT, TOLD, ONCE, CONFIRMED, REVERSED = (proof.name for proof in PROOFS)
TWIN = """
DROP INDEX receipt_identity_once;
INSERT INTO receipt SELECT (r).* FROM (
    SELECT jsonb_populate_record(receipt, '{"id": "0199a3c4-7e2f-7b61-9d0a-5c1f2e3d4b5a", "client_key": "\\\\x01",
        "state": "pending_issuer"}') AS r FROM receipt) AS twin
"""
WHOLE_AGAIN = "CREATE UNIQUE INDEX receipt_identity_once ON receipt (identity) WHERE state <> 'rejected'"


@pytest.mark.parametrize(
    ("edit", "broken"),
    [
        ("UPDATE receipt SET agent_id = gen_random_uuid()", ACTIVITY),
        ("UPDATE activity SET program_id = gen_random_uuid()", ACTIVITY),
        ("UPDATE receipt SET state = 'pending_issuer'", RECEIPT),
        ("UPDATE receipt_line SET told_by = gen_random_uuid()", TOLD),
        ("UPDATE receipt_line SET told_by = NULL", TOLD),
        ("UPDATE receipt_line SET amount_minor = amount_minor + 1", TOLD),
        ("UPDATE receipt_line SET returned_by = gen_random_uuid()", REVERSED),
        ("UPDATE receipt SET trust = 'items_confirmed'", CONFIRMED),
        (TWIN, ONCE),
    ],
)
async def test_a_row_edited_behind_our_back_fails_its_proof(
    database: None, settings: Settings, edit: str, broken: str
) -> None:
    await an_offer()
    await handed_in(await an_agent(), document=document())
    assert [verdict.breaches for verdict in await run(PROOFS)] == [[]] * len(PROOFS)

    await as_owner(settings.database_owner_url, edit)
    found = [verdict.name for verdict in await run(PROOFS) if not verdict.holds]
    if edit == TWIN:
        await as_owner(
            settings.database_owner_url, f"DELETE FROM receipt WHERE state = 'pending_issuer'; {WHOLE_AGAIN}"
        )

    assert found == [broken]

from datetime import UTC, datetime, timedelta

import pytest

from core.settings import Settings
from receipts.door import Policy, objection, policy_of
from receipts.fiscal.keyring import KeyRing
from receipts.fiscal.registry import judge
from tests.receipts.purchases import code

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
CLOCK = NOW.replace(tzinfo=None)


@pytest.mark.parametrize(
    ("at", "slug"),
    [
        (CLOCK - timedelta(days=30), None),
        (CLOCK - timedelta(days=30, minutes=1), "receipt_too_old"),
        (CLOCK + timedelta(days=1), None),
        (CLOCK + timedelta(days=1, minutes=1), "receipt_in_future"),
    ],
)
def test_a_receipt_is_taken_within_its_time(at: datetime, slug: str | None) -> None:
    refusal = objection(judge(code(at=at), KeyRing()), Policy(), now=NOW)

    assert (refusal.slug if refusal else None) == slug


@pytest.mark.parametrize(("environment", "takes"), [("production", False), ("development", True), ("test", True)])
def test_trials_are_for_where_things_are_tried_out(environment: str, takes: bool) -> None:  # noqa: FBT001
    assert policy_of(Settings(environment=environment)).takes_trials is takes  # type: ignore[arg-type]

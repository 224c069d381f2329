from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from programs.attribution import AttributionPolicy, EvidenceKind
from programs.rules import Attribution
from referrals.known_customers import Window, next_window, until

NOON = datetime(2026, 11, 22, 10, tzinfo=UTC)
MINE, HIS, CAMPAIGN, CODE = (UUID(int=n) for n in range(1, 5))
ONCE, RENEWED = Attribution(window_days=30), Attribution(window_days=30, renews=True)
TAKES, KEEPS = AttributionPolicy(), AttributionPolicy(takeover=False)


def window(agent_id: UUID, *, day: int, order: int = 9) -> Window:
    """A window that begins on a day."""
    since = NOON + timedelta(days=day)
    return Window(agent_id, CAMPAIGN, CODE, UUID(int=order), since, until(since, ONCE))


@pytest.mark.parametrize(
    ("before", "wanted", "terms", "policy", "is_repeat", "whose", "until_day"),
    [
        (None, window(MINE, day=0), ONCE, TAKES, False, MINE, 30),
        (None, window(MINE, day=0), ONCE, TAKES, True, None, None),
        (window(HIS, day=0), window(MINE, day=10), ONCE, TAKES, False, MINE, 40),
        (window(HIS, day=0), window(MINE, day=10), ONCE, KEEPS, False, None, None),
        (window(HIS, day=0), window(MINE, day=30), ONCE, KEEPS, False, MINE, 60),
        (window(HIS, day=10), window(MINE, day=0), ONCE, TAKES, False, None, None),
        (window(MINE, day=0), window(MINE, day=10), ONCE, TAKES, False, None, None),
        (window(MINE, day=0), window(MINE, day=10), RENEWED, TAKES, False, MINE, 40),
        (window(MINE, day=0), window(MINE, day=10), RENEWED, TAKES, True, MINE, 40),
        (window(MINE, day=0), window(MINE, day=0), RENEWED, TAKES, True, None, None),
    ],
)
def test_whose_a_customer_is_after_a_sale(
    *,
    before: Window | None,
    wanted: Window,
    terms: Attribution,
    policy: AttributionPolicy,
    is_repeat: bool,
    whose: UUID | None,
    until_day: int | None,
) -> None:
    after = next_window(before, wanted, terms, policy, is_repeat=is_repeat)

    assert (after.agent_id if after else None) == whose
    assert (after.until if after else None) == (None if until_day is None else NOON + timedelta(days=until_day))


@pytest.mark.parametrize("is_repeat", [True, False])
def test_a_window_that_is_renewed_still_stands_on_the_first_order(*, is_repeat: bool) -> None:
    first = window(MINE, day=0, order=1)

    after = next_window(first, window(MINE, day=5, order=2), RENEWED, TAKES, is_repeat=is_repeat)

    assert after == msgspec.structs.replace(first, until=first.until + timedelta(days=5))


def test_evidence_that_a_policy_does_not_name_comes_last_and_in_its_usual_order() -> None:
    policy = AttributionPolicy(priority=(EvidenceKind.CUSTOMER_KEY, EvidenceKind.LINK))

    assert sorted(EvidenceKind, key=policy.rank) == ["customer_key", "link", "promo_code", "packaging_code", "receipt"]

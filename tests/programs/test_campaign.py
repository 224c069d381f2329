from datetime import date, datetime, timedelta

import pytest

from core.ids import uuid7
from programs.campaign import Campaign, CampaignIndex, CampaignState
from programs.conditions import FirstPurchase
from programs.effects import Ladder, Step
from programs.facts import ActivityKind, Facts
from programs.measures import Measure
from programs.periods import CalendarPeriod, Period
from programs.reasons import Reason
from programs.rules import Eligibility
from tests.programs.made import BOILER, NOON, PUMP, VALVE, bought, campaign, line, rules

SECOND = timedelta(seconds=1)


def scanned(*, happened: datetime, arrived: datetime) -> Facts:
    return bought(occurred_at=happened, accepted_at=arrived)


def version_of(asked: Campaign, facts: Facts) -> int | Reason:
    placed = asked.version_for(facts)
    return placed if isinstance(placed, Reason) else placed.version.version


def days_ago(days: float) -> datetime:
    return NOON - timedelta(days=days)


@pytest.mark.parametrize(
    ("happened", "version"), [(11, 1), (10, 2), (9, 2), (5, 3), (0, 3)], ids=lambda days: f"{days} days ago"
)
def test_the_version_in_force_when_it_happened_decides(happened: int, version: int) -> None:
    asked = campaign(rules(), rules(), rules())

    assert version_of(asked, bought(days_ago=happened)) == version


def test_a_phone_without_network_is_believed_within_the_offline_window() -> None:
    asked = campaign(rules(offline_window_days=7), rules(offline_window_days=7))

    assert version_of(asked, scanned(happened=days_ago(11), arrived=days_ago(4))) == 1
    assert version_of(asked, scanned(happened=days_ago(11), arrived=days_ago(4) + SECOND)) == 2


def test_a_phone_ahead_of_time_is_not_believed() -> None:
    asked = campaign(rules(), rules())

    assert version_of(asked, scanned(happened=days_ago(9), arrived=days_ago(10.5))) == 1


def test_a_campaign_never_pays_for_what_happened_before_it_was_activated() -> None:
    asked = campaign(activated_at=days_ago(2))

    assert version_of(asked, bought(days_ago=2)) == 1
    assert version_of(asked, scanned(happened=days_ago(2) - SECOND, arrived=NOON)) is Reason.NOT_STARTED


def test_days_are_whole_days_of_the_programs_calendar() -> None:
    asked = campaign(rules(eligibility=Eligibility(starts_on=date(2026, 11, 20), ends_on=date(2026, 11, 21))))
    # Moscow is three hours ahead of UTC.
    first_moment = NOON.replace(day=19, hour=21, minute=0)
    over = NOON.replace(day=21, hour=21, minute=0)

    assert version_of(asked, bought(occurred_at=first_moment, accepted_at=first_moment)) == 1
    assert version_of(asked, scanned(happened=first_moment - SECOND, arrived=NOON)) is Reason.NOT_STARTED
    assert version_of(asked, scanned(happened=over - SECOND, arrived=NOON)) == 1
    assert version_of(asked, scanned(happened=over, arrived=NOON)) is Reason.EXPIRED


def test_what_happened_before_the_end_may_arrive_after_it() -> None:
    asked = campaign(state=CampaignState.ENDED, ended_at=days_ago(1))

    assert version_of(asked, scanned(happened=days_ago(2), arrived=NOON)) == 1
    assert version_of(asked, scanned(happened=days_ago(1), arrived=NOON)) is Reason.EXPIRED


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (CampaignState.DRAFT, Reason.NOT_ACTIVE),
        (CampaignState.PAUSED, Reason.NOT_ACTIVE),
        (CampaignState.KILLED, Reason.STOPPED),
    ],
)
def test_a_campaign_that_is_not_running_says_so(state: CampaignState, reason: Reason) -> None:
    assert version_of(campaign(state=state), bought()) is reason


def test_an_activity_meets_only_campaigns_of_its_program_trigger_and_product() -> None:
    boilers = campaign(rules(eligibility=Eligibility(products=frozenset({BOILER}))))
    pumps = campaign(rules(eligibility=Eligibility(products=frozenset({PUMP}))))
    anything = campaign(rules(priority=5))
    courses = campaign(rules(trigger=ActivityKind.COURSE_PASSED))
    elsewhere = campaign(program_id=uuid7())
    index = CampaignIndex([boilers, pumps, anything, courses, elsewhere], taken_at=NOON)

    assert index.candidates(bought(line(BOILER))) == (anything, boilers)
    assert index.candidates(bought(line(VALVE))) == (anything,)
    assert index.candidates(bought(line(None))) == (anything,)
    assert set(map(id, index.candidates(bought(line(BOILER), line(PUMP))))) == {id(anything), id(boilers), id(pumps)}
    assert index.candidates(bought(kind=ActivityKind.COURSE_PASSED)) == (courses,)


def test_a_campaign_is_found_by_the_products_of_each_of_its_versions() -> None:
    changed = campaign(
        rules(eligibility=Eligibility(products=frozenset({BOILER}))),
        rules(eligibility=Eligibility(products=frozenset({PUMP}))),
    )
    index = CampaignIndex([changed], taken_at=NOON)

    assert index.candidates(bought(line(BOILER), days_ago=20)) == (changed,)
    assert index.candidates(bought(line(PUMP))) == (changed,)


def test_campaigns_are_asked_by_priority_and_then_always_in_the_same_order() -> None:
    some = [campaign(rules(priority=priority)) for priority in (0, 10, 0, -1)]

    asked = CampaignIndex(reversed(some), taken_at=NOON).candidates(bought())

    assert asked == (some[1], *sorted((some[0], some[2]), key=lambda one: one.id), some[3])


def test_a_campaign_long_over_is_met_only_by_activities_as_old() -> None:
    over = campaign(state=CampaignState.ENDED, ended_at=days_ago(100))
    index = CampaignIndex([over], taken_at=NOON)

    assert index.candidates(bought()) == ()
    assert index.candidates(bought(days_ago=101)) == (over,)


def test_a_campaign_just_over_still_waits_for_phones_without_network() -> None:
    over = campaign(rules(offline_window_days=7), state=CampaignState.ENDED, ended_at=days_ago(6))

    assert CampaignIndex([over], taken_at=NOON).candidates(bought()) == (over,)


def test_rules_that_close_a_campaign_in_the_past_still_let_the_rules_before_them_pay() -> None:
    closed = rules(eligibility=Eligibility(ends_on=date(2026, 9, 1)))
    asked = campaign(rules(), rules(), closed)
    late = scanned(happened=days_ago(6), arrived=NOON)

    assert CampaignIndex([asked], taken_at=NOON).candidates(late) == (asked,)
    assert version_of(asked, late) == 2


@pytest.mark.parametrize(
    ("changes", "needs"),
    [
        ({}, False),
        ({"conditions": (FirstPurchase(),)}, True),
        (
            {
                "effects": (
                    Ladder(
                        measure=Measure.COUNT, unit="once", steps=(Step(1, 1),), window=CalendarPeriod(Period.MONTH)
                    ),
                )
            },
            True,
        ),
    ],
)
def test_the_index_knows_whether_an_activity_needs_the_agents_past(changes: dict[str, object], needs: bool) -> None:  # noqa: FBT001
    index = CampaignIndex([campaign(rules(**changes))], taken_at=NOON)

    assert index.needs_standing(bought()) is needs

"""Notices: a browser is woken once for a kind of news, not in its quiet hours, and forgotten when it is gone."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from core.db import execute, fetch_value, transaction
from core.settings import Settings
from referrals import journal, notices, subscriptions
from referrals.journal import JournalKind
from referrals.notices import loud_at
from referrals.subscriptions import NewSubscription, PushRefused, TooManySubscriptions
from tests.packs import an_agent
from tests.push_service import Browser, PushService, push_service
from tests.referrals.people import told
from workers.notices import Sender


@pytest.fixture
async def service(database: None) -> AsyncIterator[PushService]:
    async with push_service() as running:
        yield running


@pytest.fixture
def sender(settings: Settings) -> Sender:
    return Sender(msgspec.structs.replace(settings, push_contact="mailto:push@maker.example"))


async def subscribed(service: PushService, agent_id: UUID, browser: Browser, path: str = "/b", **more: Any) -> UUID:
    new = msgspec.convert(browser.subscription(service.origin + path, **more), NewSubscription)
    found = await subscriptions.subscribe(agent_id, new, hosts=service.origin.removeprefix("http://"), insecure=True)
    return found.id


async def news(agent_id: UUID, kind: JournalKind = JournalKind.credited, times: int = 1) -> None:
    """Something happens to an agent, and the relay hears of it."""
    async with transaction() as now:
        for _ in range(times):
            await journal.tell(agent_id, kind, at=now, amount_minor=100, asset="BON", available_at=now)
        rows = [(str(agent_id), await journal_id(agent_id))]
        await notices.queue(rows * times)


async def journal_id(agent_id: UUID) -> int:
    found: int = await fetch_value("SELECT max(id) FROM journal_entry WHERE agent_id = $1", agent_id)
    return found


async def waiting() -> int:
    found: int = await fetch_value("SELECT count(*) FROM notice")
    return found


async def test_a_browser_is_woken_once_and_told_nothing_but_the_kind(service: PushService, sender: Sender) -> None:
    agent_id, browser = await an_agent(), Browser()
    await subscribed(service, agent_id, browser)

    await news(agent_id, times=20)
    await asyncio.gather(*(sender() for _ in range(5)))

    [(path, headers, body)] = service.arrived
    assert (path, browser.opened(body)) == ("/b", b'{"kind":"credited"}')
    assert service.claims(headers)["aud"] == service.origin
    assert (headers["content-encoding"], headers["ttl"]) == ("aes128gcm", "86400")
    assert await waiting() == 0


async def test_what_nobody_asked_for_wakes_nobody(service: PushService, sender: Sender) -> None:
    agent_id, other = await an_agent(), await an_agent()
    await subscribed(service, agent_id, Browser(), notices=["disputes"])

    await news(agent_id)
    await news(other)
    await news(agent_id, JournalKind.spend_captured)
    await sender()

    assert service.arrived == []


async def test_a_browser_that_is_gone_is_forgotten_with_all_that_waits(service: PushService, sender: Sender) -> None:
    agent_id = await an_agent()
    await subscribed(service, agent_id, Browser())
    service.answers = [(410, {})]

    await news(agent_id)
    await sender()

    assert await subscriptions.subscriptions(agent_id) == []
    assert await waiting() == 0


@pytest.mark.parametrize("answer", [(500, {}), (503, {}), (429, {"Retry-After": "600"})])
async def test_what_the_service_does_not_take_is_sent_later(
    service: PushService, sender: Sender, answer: tuple[int, dict[str, str]]
) -> None:
    agent_id = await an_agent()
    await subscribed(service, agent_id, Browser())
    service.answers = [answer]
    await news(agent_id)

    await sender()
    at_once = len(service.arrived)
    pause = await fetch_value("SELECT extract(epoch FROM due_at - now())::int FROM notice")
    await execute("UPDATE notice SET due_at = now()")
    await sender()

    assert (at_once, len(service.arrived), await waiting()) == (1, 2, 0)
    assert abs(pause - (600 if answer[0] == 429 else 60)) < 30


async def test_a_service_that_is_down_for_good_is_left_alone(service: PushService, sender: Sender) -> None:
    agent_id = await an_agent()
    await subscribed(service, agent_id, Browser())
    service.answers = [(500, {})] * (notices.TRIES_MAX + 1)
    await news(agent_id)

    for _ in range(notices.TRIES_MAX + 1):
        await sender()
        await execute("UPDATE notice SET due_at = now()")

    assert len(service.arrived) == notices.TRIES_MAX
    assert await waiting() == 0


async def test_a_service_that_hangs_keeps_no_other_waiting(
    service: PushService, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.notices.ANSWER_SECONDS_MAX", 0.5)
    async with push_service() as hanging:
        hanging.hangs = True
        stuck, lucky = await an_agent(), await an_agent()
        await subscribed(hanging, stuck, Browser())
        await subscribed(service, lucky, Browser())
        await news(stuck)
        await news(lucky)

        await sender()

    assert len(service.arrived) == 1
    assert await waiting() == 1


async def test_a_redirection_is_not_followed(service: PushService, sender: Sender) -> None:
    agent_id = await an_agent()
    await subscribed(service, agent_id, Browser())
    service.answers = [(302, {"Location": f"{service.origin}/elsewhere"})]
    await news(agent_id)

    await sender()

    assert [path for path, _, _ in service.arrived] == ["/b"]
    assert await waiting() == 1


async def test_in_quiet_hours_it_waits_for_their_end(service: PushService, sender: Sender) -> None:
    agent_id = await an_agent()
    now = await fetch_value("SELECT now()")
    minute = now.astimezone(UTC).hour * 60 + now.astimezone(UTC).minute
    hours = {"quiet_from": (minute - 60) % 1_440, "quiet_until": (minute + 60) % 1_440}
    await subscribed(service, agent_id, Browser(), **hours)
    await news(agent_id)

    await sender()

    due_at = await fetch_value("SELECT due_at FROM notice")
    assert service.arrived == []
    assert timedelta(minutes=58) < due_at - now < timedelta(minutes=62)


@pytest.mark.parametrize(
    ("hour", "quiet", "expected_hour"),
    [(23, (1_320, 480), 32), (3, (1_320, 480), 8), (12, (1_320, 480), 12), (12, (600, 780), 13), (9, (600, 780), 9)],
)
def test_quiet_hours_may_go_over_midnight(hour: int, quiet: tuple[int, int], expected_hour: int) -> None:
    day = datetime(2026, 11, 22, tzinfo=UTC)

    loud = loud_at(day + timedelta(hours=hour), *quiet, "UTC")

    assert loud == day + timedelta(hours=expected_hour)


def test_quiet_hours_are_those_of_the_browsers_own_place() -> None:
    noon = datetime(2026, 11, 22, 18, tzinfo=UTC)

    loud = loud_at(noon, 1_320, 480, "Asia/Yekaterinburg")

    assert loud == datetime(2026, 11, 23, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example/x",
        "https://push.example.evil.example/x",
        "https://evil.example/push.example",
        "https://user@push.example/x",
        "https://push.example:8443/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://.wake.example/x",
        "file:///etc/passwd",
        "https://push.example/\n",
        "nothing",
        "https://[bad",
    ],
)
def test_nothing_but_a_known_push_service_is_ever_spoken_to(endpoint: str) -> None:
    assert not subscriptions.allowed(endpoint, hosts="push.example, *.wake.example", insecure=False)


@pytest.mark.parametrize("endpoint", ["https://push.example/x", "https://eu.wake.example/x"])
def test_a_known_push_service_is(endpoint: str) -> None:
    assert subscriptions.allowed(endpoint, hosts="push.example, *.wake.example", insecure=False)


@pytest.mark.parametrize(
    ("wrong", "details"),
    [
        ("keys", {"keys": {"p256dh": "AAAA", "auth": "AAAA"}}),
        ("keys", {"keys": {"p256dh": "ж", "auth": "!"}}),
        ("time_zone", {"time_zone": "Mars/Olympus"}),
        ("quiet_from", {"quiet_from": 5}),
    ],
)
async def test_a_subscription_that_cannot_be_is_refused(
    service: PushService, wrong: str, details: dict[str, Any]
) -> None:
    with pytest.raises(PushRefused) as refused:
        await subscribed(service, await an_agent(), Browser(), **details)

    assert refused.value.facts["wrong"] == wrong


async def test_nobody_subscribes_without_end(service: PushService) -> None:
    agent_id = await an_agent()

    answers = await asyncio.gather(
        *(subscribed(service, agent_id, Browser(), f"/{number}") for number in range(15)), return_exceptions=True
    )

    assert sum(isinstance(one, TooManySubscriptions) for one in answers) == 5
    assert len(await subscriptions.subscriptions(agent_id)) == subscriptions.SUBSCRIPTIONS_MAX


async def test_where_a_browser_is_lies_in_no_row_in_the_clear(service: PushService) -> None:
    await subscribed(service, await an_agent(), Browser(), "/whose-is-this")

    stored = await fetch_value(
        "SELECT row_to_json(s)::text || encode(wrapped_secret, 'escape') FROM push_subscription s"
    )

    assert "whose" not in stored


async def test_who_is_about_to_lose_bonuses_is_told_once(service: PushService, sender: Sender) -> None:
    agent_id = await an_agent()
    for days in (3, 6, 30):
        await execute(
            """INSERT INTO lot (id, agent_id, campaign_id, asset, amount_minor, remaining_minor, state, releases_at,
                                expires_at, cause)
               VALUES (gen_random_uuid(), $1, gen_random_uuid(), 'BON', 100, 100, 'available', now(),
                       now() + make_interval(days => $2), 'test')""",
            agent_id,
            days,
        )

    counts = [await notices.warn_of_expiries() for _ in range(2)]

    assert counts == [1, 0]
    assert await told(agent_id) == ["expiring"]
    assert await fetch_value("SELECT facts ->> 'amount_minor' FROM journal_entry") == "200"


async def test_without_a_contact_nothing_is_ever_sent(service: PushService, settings: Settings) -> None:
    agent_id = await an_agent()
    await subscribed(service, agent_id, Browser())
    await news(agent_id)

    assert await Sender(settings)() == 0
    assert service.arrived == []

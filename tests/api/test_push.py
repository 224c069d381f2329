"""Waking phones over HTTP: who asks is woken, who asks no more is not, and where nothing is sent nobody can ask."""

from collections.abc import Iterator
from uuid import uuid4

import httpx
import msgspec
import pytest
from litestar import Litestar

from core import webpush
from core.db import fetch_value
from core.settings import Settings
from tests.api.phoning import Installer, refusal
from tests.push_service import Browser

ENDPOINT = "https://updates.push.services.mozilla.com/wpush/v2/one"


@pytest.fixture
async def installer(http: httpx.AsyncClient, settings: Settings) -> Installer:
    return await Installer(http, settings.origin).enrol()


@pytest.fixture
def sending(app: Litestar) -> Iterator[None]:
    """An installation that has said whom push services may write to."""
    process = app.state.process
    before = process.settings
    process.settings = msgspec.structs.replace(before, push_contact="mailto:push@maker.example")
    yield
    process.settings = before


async def test_a_phone_is_woken_until_it_asks_no_more(installer: Installer, sending: None) -> None:
    asked = await installer.call(
        "POST",
        "/v1/push/subscriptions",
        Browser().subscription(ENDPOINT, notices=["credited"], quiet_from=1_320, quiet_until=480),
    )
    before = await installer.read("/v1/push")
    gone = await installer.call("DELETE", f"/v1/push/subscriptions/{asked.json()['id']}")

    assert (asked.status_code, asked.json()["notices"]) == (201, ["credited"])
    assert before["public_key"] == webpush.public_key()
    assert [one["id"] for one in before["subscriptions"]] == [asked.json()["id"]]
    assert ENDPOINT not in asked.text
    assert (gone.status_code, (await installer.read("/v1/push"))["subscriptions"]) == (204, [])


async def test_the_same_browser_again_changes_what_it_is_woken_for(installer: Installer, sending: None) -> None:
    browser = Browser()
    for notices in (["credited"], ["disputes"]):
        await installer.call("POST", "/v1/push/subscriptions", browser.subscription(ENDPOINT, notices=notices))

    assert [one["notices"] for one in (await installer.read("/v1/push"))["subscriptions"]] == [["disputes"]]


async def test_anothers_browser_is_not_there(
    installer: Installer, http: httpx.AsyncClient, settings: Settings, sending: None
) -> None:
    asked = await installer.call("POST", "/v1/push/subscriptions", Browser().subscription(ENDPOINT))
    stranger = await Installer(http, settings.origin).enrol()

    answers = [
        await stranger.call("DELETE", f"/v1/push/subscriptions/{id_}") for id_ in (asked.json()["id"], str(uuid4()))
    ]

    assert [refusal(answer) for answer in answers] == [(404, "not_found")] * 2


@pytest.mark.parametrize("endpoint", ["https://127.0.0.1/x", "https://evil.example/x", "nothing"])
async def test_nothing_else_than_a_push_service_is_taken(installer: Installer, sending: None, endpoint: str) -> None:
    answer = await installer.call("POST", "/v1/push/subscriptions", Browser().subscription(endpoint))

    assert refusal(answer) == (422, "push_refused")
    assert answer.json()["facts"] == {"wrong": "endpoint"}


async def test_where_nothing_is_sent_nobody_can_ask(installer: Installer) -> None:
    answer = await installer.call("POST", "/v1/push/subscriptions", Browser().subscription(ENDPOINT))

    assert refusal(answer) == (409, "push_off")
    assert (await installer.read("/v1/push"))["public_key"] is None


async def test_an_account_that_is_closed_wakes_nobody(installer: Installer, sending: None) -> None:
    await installer.call("POST", "/v1/push/subscriptions", Browser().subscription(ENDPOINT))

    closed = await installer.prove("DELETE", "/v1/agents/me", {"forfeit": True})

    assert closed.is_success, closed.text
    assert await fetch_value("SELECT count(*) FROM push_subscription") == 0

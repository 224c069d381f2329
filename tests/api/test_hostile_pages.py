"""Whatever is typed into a form of the staff or into the address of a page is answered, and breaks nothing."""

from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from tests.api.staffing import ORIGIN, Person, logged_in
from tests.api.stands import Stand, a_stand
from tests.api.tables import routes
from tests.api.worlds import World, a_world
from tests.driver import Driver

SCRIPT = "<script>alert(1)</script>"
TYPED = [
    "", "\x00", "'; DROP TABLE staff; --", "-1", "1e400", "9" * 400, "٣", "[[1,2,3]]", "[" * 2_000, SCRIPT,
    "9999-12-31T23:59", "01.01.0001 00:00", "00000000-0000-0000-0000-000000000000", "=1+1", "\u202e", "я" * 3_000,
]  # fmt: skip
# Names that pages read from their address, those together that are read together.
ASKED = [
    *({"from": day, "to": day, "day": day} for day in ("9999-12-31", "0001-01-01", "2026-02-30", "'", "\x00")),
    *({"to": day} for day in ("9999-12-31", "0001-01-01")),
    *({name: text} for name in ("program", "campaign", "before", "by", "format", "next") for text in ("\x00", SCRIPT)),
    {"before": "0001-01-01T00:00:00+14:00/00000000-0000-0000-0000-000000000000"},
]
CAMPAIGN = "/staff/console/campaigns/{campaign_id}"
MAKERS = [
    *("/staff/me", "/staff/login", "/staff/console/new", CAMPAIGN, f"{CAMPAIGN}/change"),
    *("/staff/desk/{receipt_id}", "/staff/desk/appeals"),
]
TILLS = ["/staff/till", "/staff/till/shift", "/staff/till/vouchers"]


class Forms(HTMLParser):
    """The forms of a page that are sent: where to, and their fields as the page fills them in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said: dict[str, Any] = dict(attrs)
        if tag == "form" and said.get("method") == "post":
            self.found.append((said["action"], {}))
        elif tag in {"input", "select", "textarea", "button"} and said.get("name") and self.found:
            self.found[-1][1].setdefault(said["name"], said.get("value") or "")


async def seen(maker: Person, stand: Stand, world: World) -> list[tuple[Person, str, dict[str, str]]]:
    """Every form that the pages of the maker and of a till show, each once."""
    pages = [(maker, (await maker.see(world.fill(path))).text) for path in MAKERS]
    pages += [(stand.cashier, (await stand.cashier.see(path)).text) for path in TILLS]
    pages += [(stand.cashier, (await stand.ask(**said)).text) for said in ({}, {"price": "", "sku": "K-24", "do": ""})]
    forms = {
        (action, *sorted(fields)): (person, action, fields)
        for person, page in pages
        for action, fields in Forms(page).found
        if "logout" not in action
    }
    return list(forms.values())


@pytest.fixture
async def world(driver: Driver) -> World:
    return await a_world(driver)


async def test_nothing_that_is_typed_into_a_form_breaks_its_page(http: httpx.AsyncClient, world: World) -> None:
    maker, stand = await logged_in(http, "owner", login="vera"), await a_stand(http)
    forms = await seen(maker, stand, world)

    answers = [
        (action, typed[:20], await person.browser.post(action, data=sent, headers={"Origin": ORIGIN}))
        for person, action, fields in forms
        for typed in TYPED
        for sent in [{name: was if name == "form_token" else typed for name, was in fields.items()}]
    ]

    assert len(forms) > 12
    assert [(action, typed, one.status_code) for action, typed, one in answers if one.status_code >= 500] == []
    assert [action for action, _, one in answers if SCRIPT in one.text] == []
    assert [
        action for action, _, one in answers if one.status_code == 200 and one.headers["x-frame-options"] != "DENY"
    ] == []


async def test_nothing_that_is_asked_in_an_address_breaks_a_page(http: httpx.AsyncClient, world: World) -> None:
    maker = await logged_in(http, "owner")
    paths = {one.path for one in routes() if one.page and one.method == "GET" and "{" not in one.path}

    answers = [
        (path, asked, await maker.browser.get(path, params=asked))
        for path in sorted(paths | {"/staff/login"})
        for asked in ASKED
    ]

    assert [(path, asked, one.status_code) for path, asked, one in answers if one.status_code >= 500] == []
    assert [path for path, _, one in answers if SCRIPT in one.text] == []

from uuid import uuid4

import httpx
import msgspec
import pytest
from litestar import Litestar

from codes import promo_codes
from codes.drawings.pictures import Format
from core.limits import HourlyLimit
from core.settings import Settings
from programs import lifecycle
from programs.advertising import Marks
from programs.snapshot import current_snapshot
from tests.api.phoning import refusal
from tests.api.promo_world import a_promoter, mark
from tests.codes.drawings.paper import said
from tests.codes.drawings.promo import pictures, read
from tests.driver import Driver
from tests.programs.stored import BY

PAGE = "HTTP://127.0.0.1:8000/P/"


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize(
    ("kind", "form", "media_type"),
    [
        ("qr", "png", "image/png"),
        ("qr", "svg", "image/svg+xml"),
        ("card", "pdf", "application/pdf"),
        ("leaflet", "pdf", "application/pdf"),
        ("story", "png", "image/png"),
    ],
)
async def test_an_agent_gets_what_he_hands_out(
    http: httpx.AsyncClient, kind: str, form: str, media_type: str, language: str
) -> None:
    promoter = await a_promoter(http)
    await mark(promoter.campaign_id)

    answer = await promoter.handout(kind=kind, format=form, language=language)

    [picture] = pictures(answer.content, Format(form))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.headers["Content-Type"].startswith(media_type)
    assert PAGE + promoter.code.text in read(picture)


async def test_without_a_word_it_is_a_qr_with_bars_as_png_and_bare_where_that_is_said(http: httpx.AsyncClient) -> None:
    promoter = await a_promoter(http, "МАСТЕР77")

    answer, bare = await promoter.handout(), await promoter.handout(frame="none")

    address = PAGE + "%D0%9C%D0%90%D0%A1%D0%A2%D0%95%D0%A077"
    assert answer.headers["Content-Type"] == "image/png"
    assert read(*pictures(answer.content, Format.PNG)) == [promoter.code.bars, address]
    assert read(*pictures(bare.content, Format.PNG)) == [address]


async def test_a_code_of_somebody_else_is_not_there(http: httpx.AsyncClient) -> None:
    ours, theirs = await a_promoter(http), await a_promoter(http)

    answer = await msgspec.structs.replace(ours, code=theirs.code).handout()

    assert refusal(answer) == (404, "not_found")


@pytest.mark.parametrize(
    ("query", "refused"),
    [
        ({"kind": "card", "format": "svg"}, (422, "format_not_drawn")),
        ({"kind": "card", "use": "online"}, (422, "paper_only")),
        ({"dark": "FFFF00"}, (422, "weak_contrast")),
        ({"dark": "FF0000"}, (422, "weak_contrast")),
        ({"dark": "red"}, (400, "invalid_request")),
        ({"kind": "banner"}, (400, "invalid_request")),
        ({"language": "de"}, (400, "invalid_request")),
    ],
)
async def test_what_cannot_be_drawn_is_refused(
    http: httpx.AsyncClient, query: dict[str, str], refused: tuple[int, str]
) -> None:
    promoter = await a_promoter(http)

    assert refusal(await promoter.handout(**query)) == refused


async def test_a_name_that_the_typeface_lacks_is_refused(http: httpx.AsyncClient) -> None:
    promoter = await a_promoter(http, program={"name": "漢字"})

    assert refusal(await promoter.handout(kind="leaflet")) == (422, "letters_unknown")


@pytest.mark.parametrize("query", [{"use": "online"}, {"kind": "story"}, {"kind": "story", "use": "print"}])
async def test_nothing_is_published_before_it_says_that_it_is_advertising(
    http: httpx.AsyncClient, query: dict[str, str]
) -> None:
    promoter = await a_promoter(http)

    bare = await promoter.handout(**query)
    await mark(promoter.campaign_id, Marks("Реклама", "ООО «Завод»"))
    half = await promoter.handout(**query)
    await mark(promoter.campaign_id)
    whole = await promoter.handout(**query)

    assert refusal(bare) == (409, "advertising_marks_missing")
    assert bare.json()["facts"]["missing"] == ["word", "advertiser", "token"]
    assert half.json()["facts"]["missing"] == ["token"]
    assert whole.status_code == 200


async def test_marks_stand_online_and_not_in_print(http: httpx.AsyncClient) -> None:
    promoter = await a_promoter(http)
    await mark(promoter.campaign_id)

    online, printed = [
        said((await promoter.handout(kind="leaflet", use=use)).content)[0] for use in ("online", "print")
    ]

    assert "2VtzqxKcXyZ" in online
    assert "2VtzqxKcXyZ" not in printed


async def test_a_country_without_such_a_law_asks_for_no_marks(http: httpx.AsyncClient) -> None:
    promoter = await a_promoter(http, program={"jurisdiction": "KZ"})

    assert (await promoter.handout(kind="story")).status_code == 200


async def test_a_paused_code_can_be_printed_and_an_archived_one_cannot(http: httpx.AsyncClient) -> None:
    promoter = await a_promoter(http)

    await promo_codes.change_state(promoter.phone.agent_id, promoter.code.id, "paused")
    paused = await promoter.handout()
    await promo_codes.change_state(promoter.phone.agent_id, promoter.code.id, "archived")
    archived = await promoter.handout()

    assert paused.status_code == 200
    assert refusal(archived) == (409, "promo_code_archived")


async def test_nothing_is_handed_out_for_an_offer_that_was_stopped(http: httpx.AsyncClient) -> None:
    promoter = await a_promoter(http)
    await lifecycle.pause(promoter.campaign_id, by=BY)
    await current_snapshot(age_seconds_max=0)

    assert refusal(await promoter.handout()) == (409, "offer_over")


async def test_a_marketer_sets_the_marks_and_sees_which_are_missing(driver: Driver) -> None:
    promoter = await a_promoter(driver.http)
    path = f"/v1/campaigns/{promoter.campaign_id}/advertising"

    before = await driver.owner("GET", path)
    after = await driver.owner("PUT", path, {"word": "Реклама", "advertiser": "ООО «Завод»"})

    assert (before["required"], before["missing"]) == (["word", "advertiser", "token"],) * 2
    assert (after["marks"]["word"], after["missing"]) == ("Реклама", ["token"])
    assert await driver.owner("GET", path) == after


async def test_the_makers_colours_are_used_unless_the_agent_names_his_own(
    driver: Driver, http: httpx.AsyncClient
) -> None:
    promoter = await a_promoter(http)
    path = f"/v1/programs/{promoter.program_id}/colours"

    chosen = await driver.owner("PUT", path, {"dark": "#7A0F2B", "light": "#FFF8F0"})
    unreadable = await driver.call("PUT", path, {"dark": "#FFF8F0", "light": "#7A0F2B"}, token=driver.owner_key)
    await current_snapshot(age_seconds_max=0)
    theirs, own = [(await promoter.handout(format="svg", **tint)).text for tint in ({}, {"dark": "003A70"})]

    assert chosen == {"dark": "#7A0F2B", "light": "#FFF8F0"}
    assert refusal(unreadable) == (422, "weak_contrast")
    assert "#7A0F2B" in theirs
    assert "#FFF8F0" in theirs
    assert "#003A70" in own
    assert "#7A0F2B" not in own


async def test_an_agent_has_so_many_handouts_an_hour(
    http: httpx.AsyncClient, app: Litestar, settings: Settings
) -> None:
    promoter = await a_promoter(http)
    usual = app.state.process.handouts_hourly
    app.state.process.handouts_hourly = HourlyLimit(settings.redis_url, name=f"handout {uuid4()}", most=1)
    try:
        answers = [await promoter.handout() for _ in range(2)]
    finally:
        app.state.process.handouts_hourly = usual

    assert [answer.status_code for answer in answers] == [200, 429]
    assert "r=0" in answers[0].headers["RateLimit"]
    assert int(answers[1].headers["Retry-After"]) > 3_000

import re
from urllib.parse import quote

import httpx
import msgspec
import pytest
from litestar import Litestar

from codes import promo_codes
from codes.drawings.pictures import Format
from core import switches
from core.db import execute, fetch_value
from programs import lifecycle
from programs.advertising import Marks
from programs.discounts import PercentOff
from programs.snapshot import current_snapshot
from tests.api.promo_world import Promoter, a_promoter, mark
from tests.codes.drawings.promo import pictures, read
from tests.programs.stored import BY, a_product

RU, EN = {"Accept-Language": "ru-RU,ru;q=0.9,en;q=0.8"}, {"Accept-Language": "en-GB,en;q=0.9"}
HOSTILE = "\"><script>alert('1')</script>{}$x"


async def opened(http: httpx.AsyncClient, text: str, **headers: str) -> httpx.Response:
    return await http.get(f"/p/{quote(text)}", headers=EN | headers)


async def seen(app: Litestar, promoter: Promoter) -> int:
    """How often the code's page counts as opened, once all that is in memory is written down."""
    await app.state.process.openings.written()
    return (await promo_codes.find(promoter.phone.agent_id, promoter.code.id)).seen


@pytest.mark.parametrize("path", ["/p/{}", "/P/{}", "/p/{}/"])
async def test_the_printed_address_opens_the_offer(http: httpx.AsyncClient, path: str) -> None:
    promoter = await a_promoter(http)
    await mark(promoter.campaign_id)

    answer = await http.get(path.format(promoter.code.text.lower()), headers=EN)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    for part in ("Тепло", "−5%", "5% off.", promoter.code.text, "Тёплый дом", "Show this at the till"):
        assert part in answer.text


async def test_it_speaks_russian_to_who_reads_it(http: httpx.AsyncClient) -> None:
    promoter = await a_promoter(http, "МАСТЕР77")

    answer = await http.get("/P/%D0%9C%D0%90%D0%A1%D0%A2%D0%95%D0%A077", headers=RU)

    assert '<html lang="ru">' in answer.text
    assert "Скидка 5\u00a0%." in answer.text
    assert promoter.code.text in answer.text


async def test_the_digits_of_the_bars_open_it_too(http: httpx.AsyncClient) -> None:
    promoter = await a_promoter(http)

    assert promoter.code.text in (await opened(http, promoter.code.bars)).text


async def test_a_till_reads_the_code_from_the_page(http: httpx.AsyncClient) -> None:
    promoter = await a_promoter(http)

    page = (await opened(http, promoter.code.text)).text

    drawn = [read(*pictures(svg.encode(), Format.SVG)) for svg in re.findall("<svg.*?</svg>", page)]
    assert drawn == [[promoter.code.bars], [promoter.code.bars]]


async def test_the_page_needs_no_script_and_tells_nobody_of_itself(http: httpx.AsyncClient) -> None:
    promoter = await a_promoter(http)

    answer = await opened(http, promoter.code.text)

    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "'unsafe-inline'" not in policy
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["vary"] == "Accept-Language"
    assert not re.search(r"<script|\sstyle=|\son\w+=|https?://(?!www\.w3\.org/2000/svg)", answer.text)
    assert len(answer.content) < 25_000


async def test_codes_that_do_not_work_get_one_and_the_same_page(http: httpx.AsyncClient) -> None:
    paused, archived, over = [await a_promoter(http) for _ in range(3)]
    await promo_codes.change_state(paused.phone.agent_id, paused.code.id, "paused")
    await promo_codes.change_state(archived.phone.agent_id, archived.code.id, "archived")
    await lifecycle.kill(over.campaign_id, reason="test", by=BY)
    await current_snapshot(age_seconds_max=0)

    texts = [one.code.text for one in (paused, archived, over)]
    answers = [await opened(http, text) for text in (*texts, "NOSUCHCODE", "%00", "х" * 300, "<script>alert(1)")]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].headers["x-robots-tag"] == "noindex, nofollow"


async def test_what_people_have_written_is_text_and_never_markup(http: httpx.AsyncClient) -> None:
    promoter = await a_promoter(http, program={"name": HOSTILE})
    await mark(promoter.campaign_id, Marks(HOSTILE[:40], HOSTILE, "1"))

    page = (await opened(http, promoter.code.text)).text

    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 3


async def test_names_of_goods_and_shops_are_text_too(http: httpx.AsyncClient) -> None:
    promoter = await a_promoter(http)
    product_id = await a_product(promoter.program_id)
    await execute("UPDATE product SET name_en = '<script onclick=x>' WHERE id = $1", product_id)
    await execute("UPDATE shop SET name = '<i>' WHERE program_id = $1", promoter.program_id)
    rules = (await lifecycle.find_campaign(promoter.campaign_id)).rules
    discounts = (PercentOff(basis_points=500, products=frozenset({product_id})),)
    await lifecycle.add_version(promoter.campaign_id, msgspec.structs.replace(rules, discounts=discounts), by=BY)
    await execute("UPDATE program_revision SET catalogue = catalogue + 1")
    await current_snapshot(age_seconds_max=0)

    page = (await opened(http, promoter.code.text)).text

    assert "&lt;script onclick=x&gt;" in page
    assert "&lt;i&gt;" in page
    assert "<script" not in page


async def test_marks_of_advertising_stand_on_the_page(http: httpx.AsyncClient) -> None:
    promoter = await a_promoter(http)
    await mark(promoter.campaign_id)

    assert "Реклама. ООО «Завод Тепло». erid: 2VtzqxKcXyZ" in (await opened(http, promoter.code.text)).text


@pytest.mark.parametrize("marks", [None, Marks("Реклама", "ООО «Завод Тепло»")])
async def test_without_a_required_mark_whoever_holds_a_card_reads_the_terms_and_nothing_is_praised(
    http: httpx.AsyncClient, marks: Marks | None
) -> None:
    promoter = await a_promoter(http)
    if marks is not None:
        await mark(promoter.campaign_id, marks)

    page = (await opened(http, promoter.code.text)).text

    assert 'class="offer"' not in page
    assert "−5%" not in page
    assert "Реклама" not in page
    for part in ("Тепло", "5% off.", promoter.code.text, "Тёплый дом", "Show this at the till"):
        assert part in page, part


async def test_a_country_that_asks_for_no_marks_sees_the_whole_page_without_them(http: httpx.AsyncClient) -> None:
    promoter = await a_promoter(http, program={"jurisdiction": "KZ"})

    assert "−5%" in (await opened(http, promoter.code.text)).text


async def test_each_opening_is_counted_and_a_look_ahead_is_not(http: httpx.AsyncClient, app: Litestar) -> None:
    promoter, other = await a_promoter(http), await a_promoter(http)

    for _ in range(3):
        await opened(http, promoter.code.text)
    await http.head(f"/p/{promoter.code.text}")
    await opened(http, promoter.code.text, **{"Sec-Purpose": "prefetch"})

    assert await seen(app, promoter) == 3
    assert await seen(app, other) == 0


async def test_openings_are_written_down_by_themselves(http: httpx.AsyncClient, app: Litestar) -> None:
    promoter = await a_promoter(http)

    await opened(http, promoter.code.text)
    await app.state.process.openings._writing

    assert await fetch_value("SELECT seen FROM promo_code WHERE id = $1", promoter.code.id) == 1


async def test_nothing_is_counted_while_nothing_may_be_written(http: httpx.AsyncClient, app: Litestar) -> None:
    promoter = await a_promoter(http)
    await switches.turn_on(switches.READ_ONLY, reason="test", by=BY)

    answer = await opened(http, promoter.code.text)

    assert answer.status_code == 200
    assert await seen(app, promoter) == 0

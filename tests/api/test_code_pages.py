import re

import httpx
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from api.code_pages import language_of
from codes import activation
from codes.packaging_code import Role
from core.db import execute, fetch, fetch_value
from core.settings import Settings
from tests.packs import Sale, a_sale, a_wrong_code
from tests.programs.stored import BY

RU, EN = {"Accept-Language": "ru-RU,ru;q=0.9,en;q=0.8"}, {"Accept-Language": "en-GB,en;q=0.9"}
GENUINE, RECALLED, CLAIM = "These goods are genuine", "These goods are recalled", "How to get your bonus"


@pytest.fixture
async def sale(http: httpx.AsyncClient) -> Sale:
    return await a_sale()


def outer(sale: Sale, index: int = 0) -> str:
    return sale.batch.code(index, Role.OUTER)


async def heading(http: httpx.AsyncClient, code: str) -> str:
    """What the page of a code says first, in English."""
    answer = await http.get(f"/c/{code}", headers=EN)
    assert answer.status_code == 200, answer.text
    return re.search("<h1>(.*?)</h1>", answer.text)[1]  # type: ignore[index]


@pytest.mark.parametrize("path", ["/c/{code}", "/C/{code}", "/01/04600000000008/21/{code}", "/c/{code}/"])
async def test_each_printed_address_opens_a_page(http: httpx.AsyncClient, sale: Sale, path: str) -> None:
    answer = await http.get(path.format(code=outer(sale)), headers=EN)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert GENUINE in answer.text


async def test_an_outer_code_tells_that_the_goods_are_genuine_and_what_they_are(
    http: httpx.AsyncClient, sale: Sale
) -> None:
    names = await fetch("SELECT name_ru, name_en FROM product WHERE id = $1", sale.product_id)

    ru, en = [(await http.get(f"/c/{outer(sale)}", headers=language)).text for language in (RU, EN)]

    assert "Товар подлинный" in ru
    assert names[0]["name_ru"] in ru
    assert GENUINE in en
    assert names[0]["name_en"] in en


async def test_an_outer_code_sends_to_the_hidden_one_for_the_bonus(http: httpx.AsyncClient, sale: Sale) -> None:
    page = (await http.get(f"/c/{outer(sale)}", headers=EN)).text

    assert "Another code brings the bonus" in page
    assert "Scan this code there" not in page


async def test_a_name_of_goods_is_text_and_never_markup(http: httpx.AsyncClient, sale: Sale) -> None:
    await execute("UPDATE product SET name_en = '<script>alert({0})</script>' WHERE id = $1", sale.product_id)
    await execute("UPDATE program_revision SET catalogue = catalogue + 1")

    page = (await http.get(f"/c/{outer(sale)}", headers=EN)).text

    assert "<script" not in page


async def test_an_outer_code_of_recalled_goods_warns(http: httpx.AsyncClient, sale: Sale) -> None:
    await activation.change_range(sale.batch.id, first=0, stop=1, state="recalled", reason="", by=BY)

    assert await heading(http, outer(sale)) == RECALLED
    assert await heading(http, outer(sale, 1)) == GENUINE


async def test_goods_that_are_not_on_sale_are_not_vouched_for(http: httpx.AsyncClient, sale: Sale) -> None:
    await activation.change_range(sale.batch.id, first=0, stop=1, state="suspended", reason="", by=BY)

    assert await heading(http, outer(sale)) != GENUINE


def without_code(page: str) -> str:
    return re.sub("<output.*?</output>", "", page)


async def test_an_inner_code_and_one_that_nobody_knows_get_the_same_page_whatever_they_are(
    http: httpx.AsyncClient, sale: Sale
) -> None:
    await activation.change_range(sale.batch.id, first=1, stop=2, state="recalled", reason="", by=BY)
    codes = [sale.batch.code(0), sale.batch.code(1), a_wrong_code(sale.batch)]

    pages = [await http.get(f"/c/{code}", headers=EN) for code in codes]

    assert len({(page.status_code, without_code(page.text)) for page in pages}) == 1
    assert CLAIM in pages[0].text


async def test_opening_a_page_claims_nothing(http: httpx.AsyncClient, sale: Sale) -> None:
    await http.get(f"/c/{sale.batch.code(0)}")
    await http.head(f"/c/{sale.batch.code(0)}")

    assert await fetch_value("SELECT (SELECT count(*) FROM scan) + (SELECT count(*) FROM held_scan)") == 0


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_a_page_takes_nothing(http: httpx.AsyncClient, sale: Sale, method: str) -> None:
    assert (await http.request(method, f"/c/{sale.batch.code(0)}")).status_code == 405


async def test_the_code_stands_there_in_groups_of_four_to_be_copied(http: httpx.AsyncClient, sale: Sale) -> None:
    code = sale.batch.code(0)

    page = (await http.get(f"/C/{code.lower()}")).text

    assert f"{code[:4]} {code[4:8]} {code[8:12]} {code[12:]}</output>" in page


@pytest.mark.parametrize(
    "path", ["/c/{}", "/c/%D1%8B", "/c/%FF%FE", "/c/%00", "/c/<script>", "/c/" + "A" * 600, "/c/0"]
)
async def test_what_is_no_code_is_told_so_and_not_repeated(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path, headers=EN)

    assert answer.status_code == 404
    assert "This code cannot be read" in answer.text
    assert "<output" not in answer.text
    assert "<script>" not in answer.text


async def test_a_code_with_a_wrong_symbol_is_not_read_here(http: httpx.AsyncClient, sale: Sale) -> None:
    code = outer(sale)

    answer = await http.get(f"/c/{'0' if code[0] != '0' else '1'}{code[1:]}", headers=EN)

    assert (answer.status_code, GENUINE in answer.text) == (404, False)


async def test_a_page_is_kept_by_nobody_found_by_nobody_and_runs_nothing(http: httpx.AsyncClient, sale: Sale) -> None:
    for answer in (await http.get(f"/c/{outer(sale)}"), await http.get("/c/none")):
        policy = answer.headers["content-security-policy"]

        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-robots-tag"] == "noindex, nofollow"
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "unsafe" not in policy
        assert '<meta name="robots" content="noindex,nofollow">' in answer.text
        assert not re.search(r"<script|https?:|src=|\son\w+=", answer.text)


async def test_a_head_is_answered_as_a_get_without_its_page(http: httpx.AsyncClient, sale: Sale) -> None:
    got, asked = [await http.request(method, f"/c/{outer(sale)}") for method in ("GET", "HEAD")]

    assert asked.status_code == 200
    assert {name: asked.headers[name] for name in got.headers if name != "x-request-id"} == {
        name: value for name, value in got.headers.items() if name != "x-request-id"
    }


async def test_who_guesses_outer_codes_too_often_learns_nothing_any_more_and_may_still_claim(
    http: httpx.AsyncClient, sale: Sale, settings: Settings
) -> None:
    await http.get(f"/c/{a_wrong_code(sale.batch)}")
    assert await fetch_value("SELECT failures FROM guess") == 1
    await execute("UPDATE guess SET failures = $1", settings.guesses_per_address_hour)

    assert await heading(http, outer(sale)) != GENUINE

    assert await fetch_value("SELECT count(*) FROM guess") == 1


async def test_an_outer_code_that_is_ours_is_no_guess(http: httpx.AsyncClient, sale: Sale) -> None:
    await http.get(f"/c/{outer(sale)}")

    assert await fetch("SELECT FROM guess") == []


async def test_no_log_ever_holds_the_path(
    http: httpx.AsyncClient, sale: Sale, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    from core import log

    codes = [sale.batch.code(0), outer(sale), a_wrong_code(sale.batch)]
    before = structlog.get_config()
    log.configure("debug")
    try:
        for code in codes:
            for path in (f"/c/{code}", f"/C/{code}/more", f"/01/4600000000008/21/{code}", f"/c/{code}?c={code}"):
                for method in ("GET", "HEAD", "POST"):
                    await http.request(method, path, headers={"Referer": f"https://x.example/{code}"})
        written = b"".join(capfdbinary.readouterr()).decode()
    finally:
        log.configure("error")
        # Its stream was this test's own.
        structlog.configure(**before)

    assert written.count('"/c/{code}"') > 10
    assert [code for code in codes if code in written] == []


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "ru"),
        ("ru", "ru"),
        ("en", "en"),
        ("en-US,en;q=0.9", "en"),
        ("ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7", "ru"),
        ("en-US,en;q=0.9,ru;q=0.8", "en"),
        ("en;q=0.5,ru;q=0.9", "ru"),
        ("de,fr", "ru"),
        ("en;q=0", "ru"),
        ("en;q=x,;;,=", "ru"),
    ],
)
def test_a_browser_gets_the_language_that_it_asks_for(accepted: str, language: str) -> None:
    assert language_of(accepted) == language


@given(st.text("enru-;,q=.0123456789 *", max_size=60) | st.text(max_size=60))
def test_any_wish_for_a_language_gets_one_of_both(accepted: str) -> None:
    assert language_of(accepted) in {"ru", "en"}

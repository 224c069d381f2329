import io
import json
import re
from typing import Any

import httpx
import pytest
from PIL import Image
from playwright.async_api import Page

from tests.browser.conftest import Opened, Restarted
from tests.browser.hands import kept_for_offline
from tests.installation import Installation

# The first of them may have to build the app.
pytestmark = [pytest.mark.usefixtures("built"), pytest.mark.timeout(400)]

SCRIPT_BYTES_MAX = 60_000
LOADED = (
    """() => performance.getEntriesByType("resource").map(({ name, encodedBodySize }) => [name, encodedBodySize])"""
)
ICONS = """() => Object.fromEntries([...document.querySelectorAll("link[rel*=icon], link[rel=manifest]")]
    .map(({ rel, href }) => [rel, href]))"""


async def manifest_of(page: Page) -> dict[str, Any]:
    manifest: dict[str, Any] = await page.evaluate("fetch('/app/manifest.webmanifest').then((one) => one.json())")
    return manifest


async def test_the_browser_itself_finds_nothing_that_keeps_it_from_being_installed(restarted: Restarted) -> None:
    page = await restarted()
    await page.goto("/app/")
    await kept_for_offline(page)
    protocol = await page.context.new_cdp_session(page)

    manifest = await protocol.send("Page.getAppManifest")
    faults = await protocol.send("Page.getInstallabilityErrors")

    assert (manifest["url"].rsplit("/", 1)[-1], manifest["errors"]) == ("manifest.webmanifest", [])
    assert faults["installabilityErrors"] == []
    await page.context.set_offline(True)
    again = await page.goto("/app/")
    assert again is not None
    assert (again.status, again.from_service_worker) == (200, True)


async def test_its_icons_are_as_large_as_they_say_and_can_be_cut_round(
    opened: Opened, installation: Installation
) -> None:
    page = await opened("/app/")
    manifest, links = await manifest_of(page), await page.evaluate(ICONS)

    async with httpx.AsyncClient(base_url=f"{installation.origin}/app/") as http:
        drawn = {
            (icon["sizes"], icon.get("purpose", "any")): Image.open(io.BytesIO((await http.get(icon["src"])).content))
            for icon in manifest["icons"]
        }
        touch = Image.open(io.BytesIO((await http.get(links["apple-touch-icon"])).content))

    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} == set(drawn)
    assert all(f"{image.width}x{image.height}" == size for (size, _), image in drawn.items())
    assert touch.width >= 180
    masked = drawn["512x512", "maskable"].convert("RGBA")
    corners = [masked.getpixel(at) for at in [(0, 0), (511, 0), (0, 511), (511, 511)]]
    assert all(isinstance(pixel, tuple) and pixel[3] == 255 for pixel in corners)
    assert {key: manifest[key] for key in ("start_url", "scope", "display", "lang")} == {
        "start_url": "/app/",
        "scope": "/app/",
        "display": "standalone",
        "lang": "ru",
    }
    assert all(manifest[key] for key in ("name", "short_name", "description", "theme_color", "background_color"))


async def test_whoever_reads_english_installs_the_same_app_with_an_english_name(opened: Opened) -> None:
    page = await opened("/app/", locale="en-GB")
    await page.get_by_role("button", name="Start", exact=True).wait_for()
    protocol = await page.context.new_cdp_session(page)

    found = await protocol.send("Page.getAppManifest")
    english, russian = json.loads(found["data"]), await manifest_of(page)

    own = {"name", "short_name", "description", "lang", "shortcuts"}
    assert (found["url"].rsplit("/", 1)[-1], found["errors"]) == ("manifest.en.webmanifest", [])
    assert [english[key] for key in ("name", "short_name", "lang")] == ["Naparnik", "Naparnik", "en"]
    assert not re.search("[А-Яа-я]", found["data"])
    assert {key: english[key] for key in english.keys() - own} == {key: russian[key] for key in russian.keys() - own}


async def test_the_page_says_what_it_is_to_phones_and_to_readers(opened: Opened) -> None:
    page = await opened("/app/", locale="en-GB")
    await page.get_by_role("button", name="Start", exact=True).wait_for()

    named = await page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll("meta[name]")]
            .map((one) => [one.name, one.content]))"""
    )

    assert await page.evaluate("[document.documentElement.lang, document.title]") == ["en", "Naparnik"]
    assert "width=device-width" in named["viewport"]
    assert not re.search("user-scalable|maximum-scale", named["viewport"])
    assert named["description"]
    assert named["theme-color"]


async def test_what_is_loaded_first_is_small_packed_and_never_asked_for_twice(
    opened: Opened, installation: Installation
) -> None:
    page = await opened("/app/")
    await page.get_by_role("button", name="Начать").wait_for()
    loaded: list[tuple[str, int]] = [(name, size) for name, size in await page.evaluate(LOADED) if "/assets/" in name]

    async with httpx.AsyncClient(headers={"Accept-Encoding": "br"}) as http:
        answers = [await http.get(name) for name, _ in loaded]
        first = await http.get(f"{installation.origin}/app/")
        again = await http.get(first.url, headers={"If-None-Match": first.headers["etag"]})
        part = await http.get(loaded[0][0], headers={"Range": "bytes=0-9", "Accept-Encoding": "identity"})

    assert 0 < sum(size for name, size in loaded if name.endswith(".js")) <= SCRIPT_BYTES_MAX
    packed = [answer for answer in answers if int(answer.headers["content-length"]) > 1_000]
    assert {answer.headers["content-encoding"] for answer in packed} == {"br"}
    assert all("immutable" in answer.headers["cache-control"] for answer in answers)
    assert (again.status_code, part.status_code, len(part.content)) == (304, 206, 10)
    policy = first.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert not re.search(r"unsafe-inline|'unsafe-eval'|https?:|\*", policy)

"""One installation and one Chromium for the whole folder; each test gets pages of its own, which it has to leave sound.

README.md beside this file tells how to write such a test.
"""

import io
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, async_playwright, expect

from cli import phone_app
from cli.phone_app import AppNotBuilt
from tests.browser.chromium import Chromium, NoChromium, chromium
from tests.cli.processes import descendants
from tests.driver import Driver
from tests.house.tree import ROOT
from tests.installation import Installation, running
from tests.push_service import PushService, push_service

PICTURES = ROOT / ".naparnik-test" / "pictures"
# A small and cheap telephone in its owner's hand.
PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 640},
    "has_touch": True,
    "is_mobile": True,
    "locale": "ru-RU",
}
PATIENCE_MS = 20_000
NOTHING = Image.new("RGB", (640, 480), "gray")
# The browser tells of every answer that is no 2xx and of every request that finds no network; both are everyday.
EVERYDAY = "Failed to load resource"

expect.set_options(timeout=PATIENCE_MS)

Opened = Callable[..., Awaitable[Page]]
Pictured = Callable[..., Awaitable[None]]
Restarted = Callable[[], Awaitable[Page]]
Shown = Callable[[Image.Image], None]


@pytest.fixture(scope="session")
async def pushes() -> AsyncIterator[PushService]:
    """The push service of every browser here; the installation speaks to no other."""
    async with push_service() as service:
        yield service


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory, pushes: PushService) -> Iterator[Installation]:
    settings = {
        "NAPARNIK_PUSH_CONTACT": "mailto:push@maker.example",
        "NAPARNIK_PUSH_HOSTS": pushes.origin.removeprefix("http://"),
    }
    with running(tmp_path_factory.mktemp("browsed"), "--no-demo", settings=settings) as installation:
        yield installation


@pytest.fixture(scope="session")
def built() -> None:
    """The phone app, built of its source as it stands; npm has to be reached where that has changed."""
    try:
        phone_app.build(npm_seconds_max=60)
    except AppNotBuilt as missing:
        if "`npm ci`" in str(missing):
            pytest.skip(str(missing))
        raise


@pytest.fixture
async def driver(installation: Installation) -> AsyncIterator[Driver]:
    """Everything that the test does not do by a page: campaigns, codes, keys, and looking at what came of it."""
    async with installation.driver() as driver:
        yield driver


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the camera sees, frame after frame; read anew each time that a page turns the camera on."""
    path = tmp_path_factory.mktemp("camera") / "film.mjpeg"
    path.write_bytes(_frame(NOTHING))
    return path


@pytest.fixture(scope="session")
def launching(film: Path) -> dict[str, Any]:
    """How a browser is started."""
    try:
        found: Chromium = chromium()
    except NoChromium as missing:
        pytest.skip(str(missing))
    return {
        "executable_path": found.program,
        "env": {**os.environ, **found.variables},
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={film}",
        ],
    }


@pytest.fixture(scope="session")
async def browser(launching: dict[str, Any]) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**launching)
        yield browser
        await browser.close()


@pytest.fixture
async def opened(browser: Browser, installation: Installation) -> AsyncIterator[Opened]:
    """What opens a page in a new profile; its options are those of Playwright's `new_context`.

    When the test is over, no page may have asked another host for anything, nor have thrown or complained.
    """
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    async def open_page(path: str, **options: Any) -> Page:
        settings = {"base_url": installation.origin} | PHONE | options
        context = await browser.new_context(**settings)
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        _watch(context, settings["base_url"], troubles)
        page = await context.new_page()
        await page.goto(path)
        return page

    yield open_page
    for context in contexts:
        await context.close()
    assert troubles == []


@pytest.fixture
async def restarted(
    browser: Browser, installation: Installation, launching: dict[str, Any], tmp_path: Path
) -> AsyncIterator[Restarted]:
    """What starts a phone's browser on its own storage; each further call kills the one before with -9."""
    profile = tmp_path / "profile"
    running: list[BrowserContext] = []
    troubles: list[str] = []

    async def start() -> Page:
        for before in descendants(os.getpid()):
            if str(profile) in before.command():
                os.kill(before.pid, signal.SIGKILL)
        context = await browser.browser_type.launch_persistent_context(
            profile, base_url=installation.origin, **launching, **PHONE
        )
        running[:] = [context]
        context.set_default_timeout(PATIENCE_MS)
        _watch(context, installation.origin, troubles)
        return context.pages[0]

    yield start
    for context in running:
        await context.close()
    assert troubles == []


@pytest.fixture
def pictured() -> Pictured:
    """What keeps a picture of a page, by a name, for people to look at."""

    async def picture(page: Page, name: str, **options: Any) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=PICTURES / f"{name}.png", **options)

    return picture


@pytest.fixture
def shown(film: Path) -> Iterator[Shown]:
    """What puts a picture before the camera, for the next page that turns it on."""

    def show(image: Image.Image) -> None:
        film.write_bytes(_frame(image) * 2)

    yield show
    show(NOTHING)


def _frame(image: Image.Image) -> bytes:
    """A frame of the one kind of JPEG that the fake camera plays."""
    written = io.BytesIO()
    image.convert("RGB").resize((640, 480)).save(written, "JPEG", quality=92, subsampling="4:2:0")
    return written.getvalue()


def _watch(context: BrowserContext, origin: str, troubles: list[str]) -> None:
    def on_request(request: Request) -> None:
        if not request.url.startswith((origin, "data:", "blob:")):
            troubles.append(f"asked another host: {request.url}")

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(EVERYDAY):
            troubles.append(f"said: {message.text}")

    context.on("request", on_request)
    context.on("console", on_console)
    context.on("weberror", lambda error: troubles.append(f"threw: {error.error}"))

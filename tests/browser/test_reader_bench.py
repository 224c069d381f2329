"""How much of what a bad camera gives the app's reader reads, and how fast; printed as a table (pytest -s)."""

import base64
import io
import statistics

import msgspec
import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Page

from api.app_files import FOLDER
from tests.browser.conftest import Opened
from tests.browser.degraded import HARMS, frames

pytestmark = [pytest.mark.torture, pytest.mark.usefixtures("built"), pytest.mark.timeout(900)]

FRAMES = 8
TEXTS = {
    "QR": ("https://td.example/c/7K3M9QXA2PHT4WDZ", zxingcpp.BarcodeFormat.QRCode),
    "DataMatrix": ("7K3M9QXA2PHT4WDZ", zxingcpp.BarcodeFormat.DataMatrix),
}
# The app's own reader, asked in the page instead of in its worker: that is the only thread that can be slowed down.
READ = """async ({ reader, pictures, hard }) => {
    await import(reader);
    const answers = [];
    for (const [id, picture] of pictures.entries()) {
        const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
        const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
        answers.push(await new Promise((resolve) => {
            self.postMessage = resolve;
            self.onmessage({ data: { id, picture: bitmap, hard } });
        }));
    }
    return answers;
}"""


class Answer(msgspec.Struct):
    """What the reader said of one frame."""

    texts: list[str]
    milliseconds: float


async def read(page: Page, pictures: list[str], *, hard: bool) -> list[Answer]:
    [reader] = FOLDER.glob("assets/reader.worker-*.js")
    told = {"reader": f"/app/assets/{reader.name}", "pictures": pictures, "hard": hard}
    return msgspec.convert(await page.evaluate(READ, told), list[Answer])


@pytest.mark.parametrize("slower", [1, 6])
async def test_the_reader_reads_what_a_cheap_camera_gives(opened: Opened, slower: int) -> None:
    page = await opened("/app/")
    protocol = await page.context.new_cdp_session(page)
    await protocol.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    clean: list[float] = []

    for kind, (text, format_) in TEXTS.items():
        for harm, done in HARMS.items() if slower == 1 else [("clean", HARMS["clean"])]:
            pictures = [_png(frame) for frame in frames(text, format_, done, count=FRAMES)]
            fast, hard = await read(page, pictures, hard=False), await read(page, pictures, hard=True)
            rates = [sum(text in answer.texts for answer in answers) / FRAMES for answers in (fast, hard)]
            times = [statistics.median(answer.milliseconds for answer in answers) for answers in (fast, hard)]
            row = f"fast {rates[0]:4.0%} {times[0]:5.1f} ms   hard {rates[1]:4.0%} {times[1]:5.1f} ms"
            print(f"{kind:10} {harm:18} {row}   CPU / {slower}")
            clean += [rate for rate in rates if harm == "clean"]

    assert clean == [1.0] * 2 * len(TEXTS)


def _png(frame: Image.Image) -> str:
    written = io.BytesIO()
    frame.save(written, "PNG", compress_level=1)
    return base64.b64encode(written.getvalue()).decode()

from PIL import Image

from tests.browser.conftest import Opened, Pictured, Shown

MIDDLE_OF_THE_CAMERA = """async () => {
    const video = document.createElement("video");
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: true });
    await video.play();
    const canvas = new OffscreenCanvas(1, 1).getContext("2d");
    canvas.drawImage(video, 320, 240, 1, 1, 0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
}"""


async def test_a_page_of_the_installation_opens(opened: Opened, pictured: Pictured) -> None:
    page = await opened("/problems/not_found", locale="en-GB")

    heading = await page.locator("h1").inner_text()

    assert heading.startswith("not_found: ")
    await pictured(page, "problem")


async def test_the_camera_sees_what_is_put_before_it(opened: Opened, shown: Shown) -> None:
    shown(Image.new("RGB", (640, 480), (10, 200, 10)))
    page = await opened("/problems/not_found", permissions=["camera"])

    red, green, _, _ = await page.evaluate(MIDDLE_OF_THE_CAMERA)

    assert red < 80
    assert green > 150

"""Labels as they come out of a printer, for a camera to look at."""

from PIL import Image, ImageOps

from tests.codes.drawings.paper import rendered
from tests.driver import Driver

DOTS_AN_INCH = 300
MARGIN = 40


async def label_of(driver: Driver, batch_id: str) -> Image.Image:
    """The only label of a batch of one, cut out of its sheet."""
    order = await driver.print_order(batch_id)
    await driver.owner("POST", f"/v1/print-orders/{order}/downloads")
    sheet = await driver.call("GET", f"/v1/print-orders/{order}/sheet.pdf", token=driver.owner_key)
    [page] = rendered(sheet.raise_for_status().content, DOTS_AN_INCH)
    ink = ImageOps.invert(page.convert("L")).getbbox()
    return ImageOps.expand(page.convert("RGB").crop(ink), MARGIN, "white")


def before_the_camera(label: Image.Image) -> Image.Image:
    """The label on a table, as the camera sees it."""
    scene = Image.new("RGB", (640, 480), "#7a6f62")
    near = ImageOps.contain(label, (600, 440))
    scene.paste(near, ((640 - near.width) // 2, (480 - near.height) // 2))
    return scene

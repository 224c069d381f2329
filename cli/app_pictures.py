"""The phone app's own pictures, drawn when it is built: the icon in the sizes that phones ask for."""

from pathlib import Path

from PIL import Image, ImageDraw

_BRAND, _MARK = "#0b5d4b", "#ffffff"
# Drawn four times as large and made smaller, which is what makes the edges smooth.
_FINE = 4


def draw(folder: Path) -> None:
    """Every picture that the app's manifest names."""
    folder.mkdir(parents=True, exist_ok=True)
    _icon(192, rounded=True).save(folder / "icon-192.png", optimize=True)
    _icon(512, rounded=True).save(folder / "icon-512.png", optimize=True)
    # Phones cut this one to a shape of their own, so it fills all of its square.
    _icon(512, rounded=False).save(folder / "icon-mask.png", optimize=True)


def _icon(size: int, *, rounded: bool) -> Image.Image:
    """Four corners of a frame and a line through it: what a scanner looks like."""
    whole = size * _FINE
    image = Image.new("RGBA", (whole, whole), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((0, 0, whole - 1, whole - 1), radius=whole * 0.22 if rounded else 0, fill=_BRAND)
    near, far, arm, width = whole * 0.27, whole * 0.73, whole * 0.15, int(whole * 0.055)
    for x, towards_x in ((near, arm), (far, -arm)):
        for y, towards_y in ((near, arm), (far, -arm)):
            draw.line([(x + towards_x, y), (x, y), (x, y + towards_y)], fill=_MARK, width=width, joint="curve")
    draw.line([(near, whole / 2), (far, whole / 2)], fill=_MARK, width=width)
    return image.resize((size, size), Image.Resampling.LANCZOS)

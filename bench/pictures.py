"""Pictures of codes: labels as somebody photographs them, degraded by known measures and by chance with a seed."""

import random
from collections.abc import Callable, Mapping
from io import BytesIO
from itertools import pairwise
from typing import Final, Literal

import numpy as np
import zxingcpp
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter

Symbology = Literal["QRCode", "DataMatrix"]
Degrading = Callable[[Image.Image, random.Random], Image.Image]

PHOTO_SIZE: Final = (4032, 3024)
_PAPER, _TABLE = 236, 150
# A module of a label in the hand, in pixels of such a photo.
_MODULE_PIXELS: Final = 9


def symbol(text: str, symbology: Symbology, *, module_pixels: int = _MODULE_PIXELS) -> Image.Image:
    """A code in black on paper, with its quiet zone."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.__members__[symbology])
    drawn = Image.fromarray(np.array(barcode.to_image(scale=module_pixels, add_quiet_zones=True))).convert("L")
    return drawn.point(lambda value: 28 if value < 128 else _PAPER)


def photo(text: str, symbology: Symbology, *, seed: int, size: tuple[int, int] = PHOTO_SIZE) -> Image.Image:
    """A label somewhere on a table, a little turned, as a camera sees it on a good day."""
    chance = random.Random(seed)
    label = symbol(text, symbology)
    paper = Image.new("L", (label.width * 2, label.height * 2), _PAPER)
    paper.paste(label, (label.width // 2, label.height // 2))
    turned = paper.rotate(chance.uniform(-40, 40), Image.Resampling.BICUBIC, expand=True, fillcolor=_TABLE)
    picture = Image.new("L", size, _TABLE)
    picture.paste(turned, ((size[0] - turned.width) // 2 + chance.randrange(-300, 300), (size[1] - turned.height) // 2))
    return _noise(picture, chance, sigma=3).convert("RGB")


def jpeg(picture: Image.Image, quality: int = 85) -> bytes:
    target = BytesIO()
    picture.save(target, "JPEG", quality=quality)
    return target.getvalue()


def _noise(picture: Image.Image, chance: random.Random, *, sigma: float) -> Image.Image:
    grain = np.random.default_rng(chance.randrange(2**32)).normal(0, sigma, (picture.height // 2, picture.width // 2))
    coarse = Image.fromarray(np.clip(grain + 128, 0, 255).astype(np.uint8)).resize(picture.size)
    return ImageChops.add(picture, coarse.convert(picture.mode), offset=-128)


def _blurred(picture: Image.Image, chance: random.Random) -> Image.Image:
    return picture.filter(ImageFilter.GaussianBlur(chance.uniform(3, 7)))


def _dark(picture: Image.Image, chance: random.Random) -> Image.Image:
    return _noise(ImageEnhance.Brightness(picture).enhance(chance.uniform(0.08, 0.25)), chance, sigma=5)


def _noisy(picture: Image.Image, chance: random.Random) -> Image.Image:
    return _noise(picture, chance, sigma=chance.uniform(25, 60))


def _glaring(picture: Image.Image, chance: random.Random) -> Image.Image:
    """A lamp's reflection over a part of the label."""
    light = Image.new("L", picture.size, 0)
    x, y = picture.width // 2 + chance.randrange(-350, 350), picture.height // 2 + chance.randrange(-200, 200)
    radius = chance.randrange(60, 200)
    ImageDraw.Draw(light).ellipse((x - radius, y - radius, x + radius, y + radius), fill=220)
    return ImageChops.add(picture, light.filter(ImageFilter.GaussianBlur(radius // 2)).convert("RGB"))


def _tilted(picture: Image.Image, chance: random.Random) -> Image.Image:
    """Seen from the side, so that one edge is much shorter than the other."""
    width, height = picture.size
    lean = chance.uniform(0.15, 0.32) * width
    far = (lean, height * 0.18, lean * 0.5, height, width - lean * 0.5, height, width - lean, height * 0.18)
    return picture.transform(picture.size, Image.Transform.QUAD, far, Image.Resampling.BICUBIC, fillcolor=(_TABLE,) * 3)


def _scratched(picture: Image.Image, chance: random.Random) -> Image.Image:
    scratched = picture.copy()
    draw = ImageDraw.Draw(scratched)
    for _ in range(chance.randrange(4, 10)):
        ends = [chance.randrange(picture.width // 4, 3 * picture.width // 4) for _ in range(4)]
        draw.line(ends, fill=(chance.choice((30, 200)),) * 3, width=chance.randrange(3, 9))
    return scratched


def _crumpled(picture: Image.Image, chance: random.Random) -> Image.Image:
    """Paper that was folded: each strip of it is shifted and shaded by itself."""
    pixels = np.asarray(picture).copy()
    edges = sorted(chance.sample(range(picture.height // 4, 3 * picture.height // 4), 6))
    for top, bottom in pairwise(edges):
        strip = np.roll(pixels[top:bottom], chance.randrange(-7, 8), axis=1)
        pixels[top:bottom] = np.clip(strip * chance.uniform(0.6, 1.1), 0, 255).astype(np.uint8)
    return Image.fromarray(pixels)


DEGRADED: Final[Mapping[str, Degrading]] = {
    "as it is": lambda picture, _chance: picture,
    "blurred": _blurred,
    "dark": _dark,
    "noisy": _noisy,
    "glaring": _glaring,
    "tilted": _tilted,
    "scratched": _scratched,
    "crumpled": _crumpled,
}


def degraded(text: str, symbology: Symbology, how: str, *, seed: int) -> bytes:
    """A JPEG of 12 megapixels, worse by one measure."""
    return jpeg(DEGRADED[how](photo(text, symbology, seed=seed), random.Random(seed)))

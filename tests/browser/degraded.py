"""Frames as a cheap camera gives them: a printed code out of focus, in the dark, in noise, in glare, tilted, soiled."""

import random
from collections.abc import Callable, Iterator

import numpy as np
import zxingcpp
from PIL import Image, ImageDraw, ImageFilter

SIZE = (1280, 720)
SYMBOL = 300
PAPER = (236, 233, 226)

Harm = Callable[[Image.Image, random.Random], Image.Image]


def label(text: str, kind: zxingcpp.BarcodeFormat) -> Image.Image:
    """A code on a label that lies about in the frame as a hand holds it."""
    symbol = zxingcpp.write_barcode_to_image(zxingcpp.create_barcode(text, kind), scale=8, add_quiet_zones=True)
    drawn = Image.fromarray(np.array(symbol)).convert("RGB").resize((SYMBOL, SYMBOL), Image.Resampling.LANCZOS)
    frame = Image.new("RGB", SIZE, PAPER)
    frame.paste(drawn, ((SIZE[0] - SYMBOL) // 2, (SIZE[1] - SYMBOL) // 2))
    return frame


def _blur(radius: float) -> Harm:
    return lambda frame, _: frame.filter(ImageFilter.GaussianBlur(radius))


def _shake(pixels: int) -> Harm:
    """The hand moved while the shutter was open."""

    def shaken(frame: Image.Image, _: random.Random) -> Image.Image:
        seen = np.asarray(frame, dtype=np.float32)
        moved = np.mean([np.roll(seen, step, axis=1) for step in range(pixels)], axis=0)
        return Image.fromarray(moved.astype(np.uint8))

    return shaken


def _dark(share: float, noise: float) -> Harm:
    def darkened(frame: Image.Image, dice: random.Random) -> Image.Image:
        grain = np.random.default_rng(dice.randrange(2**32)).normal(0, noise, (*SIZE[::-1], 3))
        return Image.fromarray(np.clip(np.asarray(frame) * share + grain, 0, 255).astype(np.uint8))

    return darkened


def _tilt(degrees: float, lean: float) -> Harm:
    """Turned, and leaning away from the camera on one side."""

    def tilted(frame: Image.Image, dice: random.Random) -> Image.Image:
        turned = frame.rotate(degrees * dice.choice((-1, 1)), resample=Image.Resampling.BICUBIC, fillcolor=PAPER)
        width, height = SIZE
        corners = [(0, 0), (width, 0), (width, height), (0, height)]
        towards = [(0, 0), (width, height * lean), (width, height * (1 - lean)), (0, height)]
        rows = [row for (x, y), (u, v) in zip(towards, corners, strict=True) for row in _rows(x, y, u, v)]
        solved = np.linalg.solve(np.array(rows), np.array(corners, dtype=float).reshape(8))
        return turned.transform(
            SIZE, Image.Transform.PERSPECTIVE, solved.tolist(), Image.Resampling.BICUBIC, fillcolor=PAPER
        )

    return tilted


def _rows(x: float, y: float, u: float, v: float) -> list[list[float]]:
    """Two equations of the perspective that takes (x, y) to (u, v)."""
    return [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]


def _glare(share: float) -> Harm:
    """A lamp in the lamination."""

    def glaring(frame: Image.Image, dice: random.Random) -> Image.Image:
        light = Image.new("L", SIZE, 0)
        reach = SYMBOL * share
        x, y = (middle + dice.uniform(-0.3, 0.3) * SYMBOL for middle in (SIZE[0] / 2, SIZE[1] / 2))
        ImageDraw.Draw(light).ellipse((x - reach, y - reach / 2, x + reach, y + reach / 2), fill=255)
        return Image.composite(Image.new("RGB", SIZE, "white"), frame, light.filter(ImageFilter.GaussianBlur(12)))

    return glaring


def _dirt(spots: int) -> Harm:
    def soiled(frame: Image.Image, dice: random.Random) -> Image.Image:
        dirty = frame.copy()
        draw = ImageDraw.Draw(dirty)
        for _ in range(spots):
            x, y = (middle + dice.uniform(-0.5, 0.5) * SYMBOL for middle in (SIZE[0] / 2, SIZE[1] / 2))
            size = dice.uniform(3, 11)
            draw.ellipse((x - size, y - size, x + size, y + size), fill=(74, 60, 45))
        return dirty

    return soiled


def _far(share: float) -> Harm:
    """Held at arm's length."""

    def shrunk(frame: Image.Image, _: random.Random) -> Image.Image:
        small = frame.resize((int(SIZE[0] * share), int(SIZE[1] * share)), Image.Resampling.LANCZOS)
        whole = Image.new("RGB", SIZE, PAPER)
        whole.paste(small, ((SIZE[0] - small.width) // 2, (SIZE[1] - small.height) // 2))
        return whole

    return shrunk


HARMS: dict[str, Harm] = {
    "clean": lambda frame, _: frame,
    "blur 2 px": _blur(2),
    "blur 4 px": _blur(4),
    "shake 8 px": _shake(8),
    "dark, noise": _dark(0.25, 8),
    "very dark, noise": _dark(0.12, 10),
    "tilt 20°": _tilt(20, 0.08),
    "tilt 40°": _tilt(40, 0.14),
    "glare small": _glare(0.15),
    "glare large": _glare(0.35),
    "dirt 10 spots": _dirt(10),
    "dirt 25 spots": _dirt(25),
    "far, 90 px": _far(0.3),
}


def frames(text: str, kind: zxingcpp.BarcodeFormat, harm: Harm, *, count: int) -> Iterator[Image.Image]:
    """So many different frames, the same each time."""
    clean = label(text, kind)
    for number in range(count):
        yield harm(clean, random.Random(number))

"""Promo handouts as somebody holds them: what is said on them, and what a decoder reads from each."""

import re
import xml.etree.ElementTree as ET
from io import BytesIO
from typing import Any

import zxingcpp
from PIL import Image, ImageDraw

from codes.drawings.pictures import Format
from codes.drawings.promo_parts import PromoPrint
from codes.promo_addresses import promo_address
from codes.promo_offers import PromoOffer
from codes.promo_text import ean13
from tests.codes.drawings.paper import rendered

ORIGIN = "https://bonus.example"
RU = PromoOffer(
    maker="Завод «Тепло»",
    headline="−5\u00a0%",
    sentence="Скидка 5\u00a0% на «Котёл К-24» (не больше 2\u00a0000\u00a0₽) при заказе от 10\u00a0000\u00a0₽.",
    validity="Действует до 31 декабря 2026 включительно",
    shops="Магазины: «Тёплый дом», «Очаг»",
    more_terms="Есть и другие условия: спросите в магазине.",
)
EN = PromoOffer(
    maker="Teplo",
    headline="−500\u00a0RUB",
    sentence="500\u00a0RUB off your order.",
    validity="Valid through 31 December 2026",
    shops="In 12 shops",
    more_terms="",
)
# The most that the words of an offer come to.
LONGEST = PromoOffer(
    maker="Ш" * 120,
    headline="−100\u00a0000\u00a0000,50\u00a0₽",
    sentence="Скидка на «котлы большой мощности», " * 7 + "и всё.",
    validity="Действует с 25 сентября 2026 до 31 декабря 2026 включительно",
    shops="Магазины: «Шумные выходные», «Широкий мир», «Жаркие щиты», «Юг»",
    more_terms="Есть и другие условия: спросите в магазине.",
)
MARKS = "Реклама. ООО «Завод Тепло». erid: 2VtzqxKcXyZ"
# A company with a long name, its tax number, and a token longer than any register gives.
LONGEST_MARKS = (
    f"Реклама. {'Общество с ограниченной ответственностью «Завод отопительной техники» ' * 2}. erid: {'2Vtzqx' * 5}"
)
_SVG = "{http://www.w3.org/2000/svg}"
_DOTS = 12


def a_print(text: str = "K7M2X9QA", offer: PromoOffer = EN, **changed: Any) -> PromoPrint:
    """What a handout of a code says, in English unless it is told otherwise."""
    plain: dict[str, Any] = {"language": "en"}
    return PromoPrint(text, ean13(7_177_964_089), promo_address(ORIGIN, text), offer, **(plain | changed))


def pictures(drawn: bytes, format: Format) -> list[Image.Image]:  # noqa: A002 - it is one.
    """A handout in pixels, page by page."""
    match format:
        case Format.PDF:
            return rendered(drawn)
        case Format.SVG:
            return [_drawn_svg(drawn)]
        case Format.PNG:
            return [Image.open(BytesIO(drawn))]


def read(picture: Image.Image) -> list[str]:
    """What a phone and a till find on a picture, in order."""
    kinds = (zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.EAN13, zxingcpp.BarcodeFormat.Code128)
    found = zxingcpp.read_barcodes(picture.convert("RGB"), formats=zxingcpp.BarcodeFormats(list(kinds)))
    return sorted(one.text for one in found)


def _drawn_svg(svg: bytes) -> Image.Image:
    """Boxes and modules of an SVG; its letters are left out."""
    root = ET.fromstring(svg)  # noqa: S314 - our own.
    width, height = (float(side) for side in root.get("viewBox", "").split()[2:])
    drawn = Image.new("RGB", (round(width * _DOTS), round(height * _DOTS)), "white")
    pen = ImageDraw.Draw(drawn)
    for part in root.iter():
        if part.tag == f"{_SVG}rect":
            left, top, wide, high, radius = (
                float(part.get(name, "0")) * _DOTS for name in ("x", "y", "width", "height", "rx")
            )
            pen.rounded_rectangle((left, top, left + wide - 1, top + high - 1), radius, fill=part.get("fill"))
        if part.tag == f"{_SVG}path":
            left, top, across, down = map(float, re.findall(r"[\d.]+", part.get("transform", "")))
            for column, row, length in re.findall(r"M(\d+) (\d+)h(\d+)", part.get("d", "")):
                at = (left + int(column) * across) * _DOTS, (top + int(row) * down) * _DOTS
                to = at[0] + int(length) * across * _DOTS - 1, at[1] + down * _DOTS - 1
                pen.rectangle((round(at[0]), round(at[1]), round(to[0]), round(to[1])), fill=part.get("fill"))
    return drawn

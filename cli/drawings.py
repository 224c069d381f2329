"""The words of `naparnik code` that draw: label sheets of a batch, and one code as a picture."""

import argparse
import re
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from cli.connected import connected
from cli.new_file import opened
from cli.options import add_data, number
from cli.refusals import CannotStart

if TYPE_CHECKING:
    from codes.drawings.colours import Ink
    from codes.drawings.handouts import Said

WHO = "naparnik code draw"
_INDEX_MAX = 2**32
_FORMATS = ("png", "svg", "pdf")


def describe(words: Any) -> None:
    """Add both words to those of `naparnik code`."""
    sheet = words.add_parser("sheet", help="draw a batch's codes as sheets of labels (PDF)")
    _add_common(sheet)
    sheet.add_argument("--out", type=Path, required=True, metavar="FILE", help="the PDF")
    sheet.add_argument("--template", default="a4-65", metavar="NAME", help="`roll-58x40` too (default: %(default)s)")
    sheet.add_argument("--first", type=number(0, _INDEX_MAX), default=0, metavar="N", help="the first index")
    sheet.add_argument("--stop", type=number(1, _INDEX_MAX), metavar="N", help="the index behind the last one")
    sheet.add_argument("--used", type=number(0, 500), default=0, metavar="N", help="labels missing on the first page")
    sheet.add_argument("--product", default="", metavar="TEXT", help="a line above each code")
    sheet.add_argument("--maker", default="", metavar="TEXT", help="a line below each code")
    sheet.set_defaults(run=run_sheet)

    draw = words.add_parser("draw", help="draw one code as a picture")
    _add_common(draw)
    draw.add_argument("--out", type=_picture, required=True, metavar="FILE", help="FILE.png, FILE.svg or FILE.pdf")
    draw.add_argument("--index", type=number(0, _INDEX_MAX), required=True, metavar="N", help="which one of the batch")
    draw.add_argument("--module-mm", type=float, default=0.5, metavar="MM", help="(default: %(default)s)")
    draw.add_argument("--no-text", action="store_true", help="without the code in letters")
    draw.set_defaults(run=run_draw)


def run_sheet(options: argparse.Namespace) -> int | None:
    return connected(options.data, partial(_sheet, options))


def run_draw(options: argparse.Namespace) -> int | None:
    return connected(options.data, partial(_draw, options))


async def _sheet(options: argparse.Namespace) -> None:
    from codes.drawings import handouts
    from codes.drawings.labels import Words as LabelWords
    from core.settings import load

    wanted = handouts.Wanted(
        template=options.template,
        said=_said(options),
        words=LabelWords(options.product, options.maker),
        ink=_ink(options),
        used=options.used,
    )
    parts = await handouts.sheet_of_batch(
        options.batch, wanted, first=options.first, stop=options.stop, origin=load().printed_origin, by=WHO
    )
    started = time.perf_counter()
    with opened(options.out) as out:
        size = sum(out.write(part) for part in parts)
    print(f"{options.out}: {size / 1e6:,.1f} MB in {time.perf_counter() - started:.1f} s")


async def _draw(options: argparse.Namespace) -> None:
    from codes.drawings import handouts
    from codes.drawings.pictures import Format, Look
    from core.settings import load

    if not 0.4 <= options.module_mm <= 10:
        raise CannotStart("a module is 0.4 to 10 mm wide")
    drawn = await handouts.picture(
        options.batch,
        index=options.index,
        said=_said(options),
        look=Look(module_mm=options.module_mm, ink=_ink(options), text=not options.no_text),
        format=Format(options.out.suffix[1:].lower()),
        origin=load().printed_origin,
        by=WHO,
    )
    with opened(options.out) as out:
        out.write(drawn)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--batch", type=UUID, required=True, metavar="ID", help="whose codes they are")
    parser.add_argument("--role", choices=("inner", "outer"), default="inner", help="(default: %(default)s)")
    parser.add_argument("--symbol", choices=("qr", "data_matrix"), default="qr", help="(default: %(default)s)")
    parser.add_argument("--carrier", choices=("plain", "url", "digital_link"), default="url", help="what it carries")
    parser.add_argument("--gtin", metavar="N", help="which one, if the product has several")
    parser.add_argument("--dark", type=_colour, default="#000000", metavar="RRGGBB", help="the ink (default: black)")
    parser.add_argument("--light", type=_colour, default="#FFFFFF", metavar="RRGGBB", help="beneath (default: white)")
    add_data(parser)


def _said(options: argparse.Namespace) -> "Said":
    from codes.drawings.carriers import Carrier
    from codes.drawings.handouts import Said
    from codes.drawings.symbols import Kind
    from codes.packaging_code import Role

    return Said(Carrier(options.carrier), Role[options.role.upper()], Kind(options.symbol), options.gtin)


def _ink(options: argparse.Namespace) -> "Ink":
    from codes.drawings.colours import Ink

    return Ink(options.dark, options.light)


def _colour(text: str) -> str:
    if not re.fullmatch("#?[0-9A-Fa-f]{6}", text):
        raise argparse.ArgumentTypeError(f"{text} is not a colour such as 003A70")
    return f"#{text.removeprefix('#')}"


def _picture(text: str) -> Path:
    file = Path(text)
    if file.suffix[1:].lower() not in _FORMATS:
        raise argparse.ArgumentTypeError(f"{text} is none of {', '.join(f'.{one}' for one in _FORMATS)}")
    return file

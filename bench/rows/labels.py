"""Label sheets: pages of 65 codes as a PDF, against qrcode and reportlab as everybody uses them, in how much memory."""

import os
import subprocess
import sys
import time
from asyncio import to_thread
from collections.abc import Iterator
from io import BytesIO
from itertools import chain
from uuid import UUID

import qrcode
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from bench import stock
from bench.figures import Figure, at_least, ratio_at_most
from bench.installation import Database, Installation
from bench.rounds import in_turn
from cli import environment
from codes import batches
from codes.alphabet import grouped
from codes.drawings.labels import Words
from codes.drawings.sheets import Sheet, pdf
from codes.drawings.symbols import Kind
from codes.drawings.templates import template
from codes.lines import LINE_BYTES, lines
from codes.packaging_code import BatchKey, Role, SeriesKey

_TEMPLATE = template("a4-65")
_URL = "HTTPS://N.EXAMPLE/C/"
_PAGES, _DATA_MATRIX_PAGES, _USUAL_PAGES = 2_000, 200, 2
_FEW_PAGES, _MANY_PAGES = 100, 10_000
_CHUNK_BYTES = LINE_BYTES << 15


async def measure(installation: Installation) -> list[Figure]:
    """Needs a database only for the command whose memory is measured."""
    plain = Sheet(_TEMPLATE, Kind.QR, _URL)
    worded = Sheet(_TEMPLATE, Kind.QR, _URL, Words("Котёл настенный «Тепло» 24 кВт", "ООО «Завод Тепло», Ижевск"))
    bare = Sheet(_TEMPLATE, Kind.DATA_MATRIX, "")
    ours, with_words, data_matrix, usual = await in_turn(
        lambda: to_thread(_pages_a_second, plain, _PAGES),
        lambda: to_thread(_pages_a_second, worded, _PAGES),
        lambda: to_thread(_pages_a_second, bare, _DATA_MATRIX_PAGES),
        lambda: to_thread(_usual_pages_a_second),
    )
    few, many = await _peaks_mib(await installation.database("labels"))
    usual_way = "qrcode and reportlab, label by label"
    return [
        Figure(
            what="label sheets of 65, URL QR and text",
            unit="pages/s",
            ours=ours,
            against=usual_way,
            theirs=usual,
            target=at_least(300),
        ),
        Figure(
            what="the same with two lines in Cyrillic",
            unit="pages/s",
            ours=with_words,
            against=usual_way,
            theirs=usual,
            target=at_least(300),
        ),
        Figure(what="the same as DataMatrix", unit="pages/s", ours=data_matrix, against=usual_way, theirs=usual),
        Figure(
            what=f"peak memory of a sheet of {_MANY_PAGES:,} pages",
            unit="MiB",
            ours=[many],
            against=f"of one of {_FEW_PAGES}",
            theirs=[few],
            target=ratio_at_most(1.1),
        ),
    ]


def _pages_a_second(sheet: Sheet, pages: int) -> float:
    """Codes are computed on the way, and the bytes thrown away."""
    started = time.perf_counter()
    for _ in pdf(sheet, _chunks(pages)):
        pass
    return pages / (time.perf_counter() - started)


def _usual_pages_a_second() -> float:
    """The same symbols and texts at the same places."""
    codes = b"".join(_chunks(_USUAL_PAGES)).decode().split()
    started = time.perf_counter()
    canvas = Canvas(BytesIO(), pagesize=(_TEMPLATE.page_mm[0] * mm, _TEMPLATE.page_mm[1] * mm))
    for first in range(0, len(codes), _TEMPLATE.count):
        for place, code in enumerate(codes[first : first + _TEMPLATE.count]):
            left, bottom = _TEMPLATE.corner(place)
            picture = ImageReader(qrcode.make(_URL + code, border=4).get_image())
            canvas.drawImage(picture, (left + 1) * mm, (bottom + 2) * mm, 16.7 * mm, 16.7 * mm)
            canvas.setFont("Helvetica", 10)
            for line, text in enumerate((grouped(code)[:9], grouped(code)[10:])):
                canvas.drawString((left + 18) * mm, (bottom + 12 - 5 * line) * mm, text)
        canvas.showPage()
    canvas.save()
    return _USUAL_PAGES / (time.perf_counter() - started)


def _chunks(pages: int) -> Iterator[bytes]:
    """The lines of as many codes as fill so many pages."""
    key = BatchKey(SeriesKey(1, os.urandom(16)), 1, os.urandom(16))
    left = pages * _TEMPLATE.count * LINE_BYTES
    # A few indexes have no code, so there are some to spare.
    for chunk in lines(key, role=Role.INNER, start=0, stop=left // 15, placeholders=False):
        yield chunk[:left]
        left -= len(chunk[:left])


async def _peaks_mib(database: Database) -> list[float]:
    """The most memory that the command ever held, for a short print and for a long one."""
    async with database.opened():
        program_id = await stock.program()
        count = _MANY_PAGES * _TEMPLATE.count
        batch = await batches.order(
            program_id, product_id=await stock.product(program_id), count=count, by=stock.WHO, by_job=False
        )
        await batches.seal(batch.id, progress=stock.nobody_asks)
    return [await to_thread(_peak_mib, database, batch.id, pages) for pages in (_FEW_PAGES, _MANY_PAGES)]


def _peak_mib(database: Database, batch_id: UUID, pages: int) -> float:
    words = {"--batch": str(batch_id), "--out": os.devnull, "--stop": str(pages * _TEMPLATE.count)}
    command = subprocess.Popen(
        [sys.executable, "-m", "cli", "code", "sheet", *chain.from_iterable(words.items())],
        env=environment.combine(database.variables),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    _, status, used = os.wait4(command.pid, 0)
    if status:
        raise RuntimeError(f"naparnik code sheet failed: {command.stderr and command.stderr.read().decode()[-500:]}")
    return used.ru_maxrss / 1024

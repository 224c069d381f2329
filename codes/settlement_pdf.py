"""A settlement on paper: A4 pages with the figures first and the lines behind them."""

from collections.abc import Sequence
from functools import lru_cache
from threading import Lock
from typing import BinaryIO, Final

import msgspec
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from codes.drawings.letters import Weight, file_of
from codes.settlement_words import WORDS, SettlementWords, day, money, month_name
from codes.settlements import Settlement, SettlementLine
from core.cells import on_one_line
from programs.snapshot import Program, Shop
from referrals.words import Language

_WIDTH, _HEIGHT = A4
_LEFT: Final = 40.0
_RIGHT: Final = _WIDTH - 40
_TOP: Final = _HEIGHT - 50
_BOTTOM: Final = 46.0
_ROW: Final = 13.0
_SIZE: Final = 7.6
# Where each column begins, or, for amounts, ends.
_PLACES: Final = (_LEFT, 60.0, 108.0, 152.0, 222.0, 386.0, 438.0, 497.0, _RIGHT)
_FIRST_AMOUNT: Final = 5
_GAP: Final = 5.0
_REGULAR, _BOLD = Weight.REGULAR.value, Weight.SEMIBOLD.value


_reading = Lock()


class Heading(msgspec.Struct, frozen=True):
    """Whose statement it is, and for whom it is written."""

    settlement: Settlement
    program: Program
    shop: Shop
    language: Language


class SettlementPaper:
    """Pages that are written as lines come; `end` puts them into the file."""

    def __init__(self, file: BinaryIO, about: Heading) -> None:
        with _reading:
            _register()
        self._about = about
        self._words: SettlementWords = WORDS[about.language]
        self._canvas = Canvas(file, pagesize=A4, pageCompression=1, invariant=1)
        self._canvas.setTitle(f"{self._words.title} {about.settlement.month}")
        self._at = _TOP
        self._head()
        self._columns()

    def add(self, lines: Sequence[SettlementLine]) -> None:
        """More lines, on a new page where this one is full."""
        for line in lines:
            if self._at < _BOTTOM + _ROW:
                self._turn()
            self._row(line)

    def end(self) -> None:
        """The last page."""
        self._foot()
        # The typeface is read like a file, from where it was left last: by one thread at a time.
        with _reading:
            self._canvas.save()

    def _head(self) -> None:
        settlement, language, words = self._about.settlement, self._about.language, self._words
        self._say(words.title, _LEFT, size=17, font=_BOLD)
        self._at -= 24
        for name, value in (
            (words.maker, self._about.program.name),
            (words.shop, f"{self._about.shop.name} ({self._about.shop.code})"),
            (words.month, month_name(settlement.month, language)),
            (words.closed, day(settlement.closed_at, self._about.program.zone, language)),
        ):
            self._say(name, _LEFT, size=9.5)
            self._say(value, _LEFT + 95, size=9.5, font=_BOLD, width=_RIGHT - _LEFT - 95)
            self._at -= 14
        self._at -= 8
        for name, minor, is_sum in (
            (words.opening, settlement.opening_minor, False),
            (words.sold, settlement.sold_minor, False),
            (words.returned, settlement.returned_minor, False),
            (words.corrected, settlement.corrected_minor, False),
            (words.paid, settlement.paid_minor, False),
            (words.closing, settlement.closing_minor, True),
        ):
            font = _BOLD if is_sum else _REGULAR
            if is_sum:
                self._rule(_LEFT, _LEFT + 300)
            self._say(name, _LEFT, size=9.5, font=font)
            self._say(money(minor, language), _LEFT + 300, size=9.5, font=font, ends=True)
            self._at -= 14
        self._say(words.in_minor.format(asset=settlement.asset), _LEFT, size=_SIZE)
        self._at -= 22

    def _columns(self) -> None:
        for place, name in enumerate(self._words.columns):
            self._cell(place, name, font=_BOLD)
        self._at -= 4
        self._rule(_LEFT, _RIGHT)
        self._at -= _ROW - 3

    def _row(self, line: SettlementLine) -> None:
        language = self._about.language
        is_money_of_goods = line.kind in {"sale", "return"}
        cells = (
            str(line.place),
            self._words.kinds[line.kind],
            day(line.at, self._about.program.zone, language),
            line.ref,
            line.told,
            money(line.goods_minor, language) if is_money_of_goods else "",
            money(line.discount_minor, language) if is_money_of_goods else "",
            money(line.shop_minor, language) if is_money_of_goods else "",
            money(line.owed_minor, language) if line.kind != "dispute" else "",
        )
        for place, cell in enumerate(cells):
            self._cell(place, cell)
        self._at -= _ROW

    def _cell(self, place: int, text: str, *, font: str = _REGULAR) -> None:
        if place >= _FIRST_AMOUNT:
            begins = _PLACES[place - 1] if place > _FIRST_AMOUNT else _PLACES[place] - 48
            self._say(text, _PLACES[place], size=_SIZE, font=font, ends=True, width=_PLACES[place] - begins)
            return
        ends = _PLACES[place + 1] if place + 1 < _FIRST_AMOUNT else _PLACES[_FIRST_AMOUNT] - 48
        self._say(text, _PLACES[place], size=_SIZE, font=font, width=ends - _PLACES[place] - _GAP)

    def _say(
        self, text: str, at: float, *, size: float, font: str = _REGULAR, ends: bool = False, width: float | None = None
    ) -> None:
        told = on_one_line(text)
        if width is not None and pdfmetrics.stringWidth(told, font, size) > width:
            while told and pdfmetrics.stringWidth(f"{told}…", font, size) > width:
                told = told[:-1]
            told = f"{told}…"
        self._canvas.setFont(font, size)
        (self._canvas.drawRightString if ends else self._canvas.drawString)(at, self._at, told)

    def _rule(self, left: float, right: float) -> None:
        self._canvas.setLineWidth(0.5)
        above = self._at + (11 if left == _LEFT and right != _RIGHT else 0)
        self._canvas.line(left, above, right, above)

    def _foot(self) -> None:
        self._at = _BOTTOM - 18
        settlement = self._about.settlement
        self._say(f"{self._about.shop.name} · {settlement.month} · {settlement.id}", _LEFT, size=7, width=380)
        self._say(self._words.page.format(page=self._canvas.getPageNumber()), _RIGHT, size=7, ends=True)

    def _turn(self) -> None:
        self._foot()
        self._canvas.showPage()
        self._at = _TOP
        self._columns()


@lru_cache
def _register() -> None:
    """Once a process: a typeface that is registered anew would part the letters of papers that are being written."""
    for weight in (Weight.REGULAR, Weight.SEMIBOLD):
        pdfmetrics.registerFont(TTFont(weight.value, file_of(weight)))

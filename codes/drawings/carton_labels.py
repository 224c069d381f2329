"""Carton and pallet labels: what is inside in words, and its SSCC in bars that every warehouse reads."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, Literal

from msgspec import Struct

from codes.drawings import reading, strokes
from codes.drawings.colours import BLACK_ON_WHITE
from codes.drawings.letters import Font, Weight, broken, font, width
from codes.drawings.pdf import Pdf
from codes.drawings.symbols import Kind, Symbol, symbol

Size = Literal["a6", "a5", "roll-100x150"]
Language = Literal["ru", "en"]

SIZES_MM: Final[dict[Size, tuple[float, float]]] = {
    "a6": (105.0, 148.0),
    "a5": (148.0, 210.0),
    "roll-100x150": (100.0, 150.0),
}
_WORDS: Final[dict[Language, dict[str, str]]] = {
    "ru": {
        "carton": "Короб",
        "pallet": "Паллета",
        "gtin": "GTIN вложения",
        "count": "Количество, шт.",
        "runs": "Партия, номера",
        "more": "и ещё {count}",
    },
    "en": {
        "carton": "Carton",
        "pallet": "Pallet",
        "gtin": "GTIN of contents",
        "count": "Count",
        "runs": "Batch, numbers",
        "more": "and {count} more",
    },
}
_RUNS_SHOWN_MAX: Final = 4
_PAGES_AT_ONCE: Final = 32

# What GS1 asks of bars that are read in transit: no wider modules than these, and this height.
_BAR_MAX_MM: Final = 0.94
_BARS_HEIGHT_MM: Final = 32.0
_MARGIN_MM: Final = 4.0

_BOLD, _PLAIN = "B", "P"
_WEIGHTS: Final = {_BOLD: Weight.SEMIBOLD, _PLAIN: Weight.REGULAR}
# Letters that any label may need besides its own words.
_FIGURES: Final = "0123456789()–·, …SCGTIN"


class Run(Struct, frozen=True):
    """Indexes `first` up to, not including, `stop` of a batch."""

    batch: int
    first: int
    stop: int


class Unit(Struct, frozen=True):
    """A carton or a pallet, its codes, and how many packs it holds, if that is known."""

    sscc: str
    kind: Literal["carton", "pallet"]
    runs: tuple[Run, ...]
    count: int | None = None


class Print(Struct, frozen=True):
    """What the labels of one print share; the product's number is told together with a unit's count."""

    maker: str
    product: str
    gtin: str | None = None
    size: Size = "a6"
    language: Language = "ru"


def pdf(units: Iterable[Unit], about: Print) -> Iterator[bytes]:
    """The parts of a PDF with a label a page; units are taken as pages are sent. LettersUnknown at once."""
    return _pages(_Press(about), iter(units))


def _pages(press: "_Press", units: Iterator[Unit]) -> Iterator[bytes]:
    width_mm, height_mm = press.size_mm
    document = Pdf(width_mm=width_mm, height_mm=height_mm, fonts=press.fonts)
    yield document.opening()
    while some := list(islice(units, _PAGES_AT_ONCE)):
        yield b"".join(document.page(press.page(unit)) for unit in some)
    yield document.closing()


class _Press:
    """Draws units of one print, whose letters are known beforehand."""

    def __init__(self, about: Print) -> None:
        self._about = about
        self.size_mm = SIZES_MM[about.size]
        self._words = _WORDS[about.language]
        said = [*self._words.values(), about.maker, about.product, _FIGURES]
        self.fonts: dict[str, Font] = {name: font(weight, said) for name, weight in _WEIGHTS.items()}
        # Letters grow with the label, from a size that is read at arm's length on A6.
        self._scale = self.size_mm[0] / SIZES_MM["a6"][0]

    def page(self, unit: Unit) -> bytes:
        """One label: words from the top, bars from the bottom, the SSCC lowest of all."""
        gtin, count = self._about.gtin, unit.count
        contents = [_element_string(gtin, count)] if gtin and count else []
        drawn, bottom = b"", _MARGIN_MM
        for text in [f"(00){unit.sscc}", *contents]:
            drawn = self._bars(symbol(Kind.BARS, text), bottom=bottom) + drawn
            bottom += _BARS_HEIGHT_MM + 9 * self._scale
        return strokes.ink(BLACK_ON_WHITE.dark) + self._head(unit) + self._rows(unit, bottom=bottom) + drawn

    def _bars(self, bars: Symbol, *, bottom: float) -> bytes:
        """Bars in the middle, and beneath them what they say."""
        reading.prove(bars, ink=BLACK_ON_WHITE)
        modules = bars.modules.shape[1]
        # The quiet zone may end where the label does; so even a count of six digits gets modules of half a millimetre.
        module = min(self.size_mm[0] / (modules + 2 * bars.quiet), _BAR_MAX_MM)
        middle, letters = self.size_mm[0] / 2, 4 * self._scale
        left = middle - modules * module / 2
        text = self._line(bars.text, bottom, name=_PLAIN, size_mm=letters, middle=middle)
        return text + strokes.raster(
            bars.modules, left, bottom + 1.1 * letters, width_mm=modules * module, height_mm=_BARS_HEIGHT_MM
        )

    def _head(self, unit: Unit) -> bytes:
        """Whose and what it is, large enough to be read from a forklift."""
        at = self.size_mm[1] - _MARGIN_MM
        drawn = b""
        for text, name, size, lines_max in (
            (" · ".join(filter(None, (self._words[unit.kind], self._about.maker))), _PLAIN, 3.6, 1),
            (self._about.product, _BOLD, 6.0, 2),
        ):
            size_mm = size * self._scale
            room = (self.size_mm[0] - 2 * _MARGIN_MM) / size_mm
            lines, _ = broken(text, _WEIGHTS[name], width_max=room, lines_max=lines_max)
            for line in lines:
                at -= size_mm * 1.2
                drawn += self._line(line, at + size_mm * 0.25, name=name, size_mm=size_mm)
        return drawn

    def _rows(self, unit: Unit, *, bottom: float) -> bytes:
        """Titles and values in two columns, the lowest just above the bars, under a rule."""
        size_mm = 3.6 * self._scale
        column = _MARGIN_MM + 36 * self._scale
        step = size_mm * 1.3
        rows = list(self._contents(unit))
        rule = bottom + step * len(rows)
        drawn = strokes.area(_MARGIN_MM, rule, width_mm=self.size_mm[0] - 2 * _MARGIN_MM, height_mm=0.3)
        for number, (title, value) in enumerate(rows, start=1):
            drawn += self._line(title, rule - step * number, name=_PLAIN, size_mm=size_mm)
            drawn += self._line(value, rule - step * number, name=_BOLD, size_mm=size_mm, left=column)
        return drawn

    def _contents(self, unit: Unit) -> Iterator[tuple[str, str]]:
        yield "SSCC", _spaced(unit.sscc)
        if self._about.gtin and unit.count:
            yield self._words["gtin"], self._about.gtin
        if unit.count:
            yield self._words["count"], str(unit.count)
        for number, run in enumerate(unit.runs[:_RUNS_SHOWN_MAX]):
            yield self._words["runs"] if not number else "", f"{run.batch} · {run.first}–{run.stop - 1}"
        left = len(unit.runs) - _RUNS_SHOWN_MAX
        if left > 0:
            yield "", self._words["more"].format(count=left)

    def _line(
        self,
        text: str,
        bottom: float,
        *,
        name: str,
        size_mm: float,
        left: float = _MARGIN_MM,
        middle: float | None = None,
    ) -> bytes:
        if middle is not None:
            left = middle - width(text, _WEIGHTS[name]) * size_mm / 2
        return strokes.text(text, left, bottom, name=name, font=self.fonts[name], size_mm=size_mm)


def _spaced(sscc: str) -> str:
    """An SSCC as people read it: extension digit, number in groups, check digit."""
    return " ".join((sscc[0], sscc[1:5], sscc[5:9], sscc[9:13], sscc[13:17], sscc[17]))


def _element_string(gtin: str, count: int) -> str:
    """The contents for a scanner; an even number of digits makes shorter bars."""
    digits = str(count)
    return f"(02){gtin}(37){digits.zfill(len(digits) + len(digits) % 2)}"

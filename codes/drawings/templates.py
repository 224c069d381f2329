"""Templates: where the labels of a sheet lie, in millimetres; a roll has one label on each page. Pure."""

import re
from typing import Final

from msgspec import Struct

from core.refusals import Unprocessable

_ROLL: Final = re.compile(r"roll-(\d{2,3})x(\d{2,3})(?![\s\S])")
_ROLL_MIN_MM: Final = 10
_ROLL_MAX_MM: Final = 300


class UnknownTemplate(Unprocessable):
    slug = "unknown_template"
    title = "There is no such sheet of labels"


class Template(Struct, frozen=True):
    """A page of equal labels in rows and columns, in its middle."""

    page_mm: tuple[float, float]
    label_mm: tuple[float, float]
    columns: int = 1
    rows: int = 1
    # Between two neighbours.
    gap_mm: tuple[float, float] = (0.0, 0.0)

    @property
    def count(self) -> int:
        return self.columns * self.rows

    def corner(self, place: int) -> tuple[float, float]:
        """The lower left corner of a label, from that of the page; labels are counted as one reads."""
        row, column = divmod(place, self.columns)
        left = self._margin(0, self.columns) + column * (self.label_mm[0] + self.gap_mm[0])
        top = self._margin(1, self.rows) + row * (self.label_mm[1] + self.gap_mm[1])
        return left, self.page_mm[1] - top - self.label_mm[1]

    def _margin(self, side: int, count: int) -> float:
        return (self.page_mm[side] - count * self.label_mm[side] - (count - 1) * self.gap_mm[side]) / 2


_A4: Final = (210.0, 297.0)
_LETTER: Final = (215.9, 279.4)

# By paper and number of labels, as they are sold.
TEMPLATES: Final = {
    "a4-8": Template(_A4, (99.1, 67.7), 2, 4, (2.5, 0.0)),
    "a4-14": Template(_A4, (99.1, 38.1), 2, 7, (2.5, 0.0)),
    "a4-21": Template(_A4, (63.5, 38.1), 3, 7, (2.5, 0.0)),
    "a4-24": Template(_A4, (63.5, 33.9), 3, 8, (2.5, 0.0)),
    "a4-24-70x37": Template(_A4, (70.0, 37.0), 3, 8),
    "a4-40": Template(_A4, (45.7, 25.4), 4, 10, (2.6, 0.0)),
    "a4-44": Template(_A4, (48.5, 25.4), 4, 11),
    "a4-65": Template(_A4, (38.1, 21.2), 5, 13, (2.5, 0.0)),
    "a4-189": Template(_A4, (25.4, 10.0), 7, 27, (2.5, 0.0)),
    "letter-30": Template(_LETTER, (66.7, 25.4), 3, 10, (3.1, 0.0)),
    "letter-80": Template(_LETTER, (44.5, 12.7), 4, 20, (7.6, 0.0)),
}


def template(name: str) -> Template:
    """The template of that name, or `roll-58x40`, a roll of labels so many millimetres wide and high."""
    if name in TEMPLATES:
        return TEMPLATES[name]
    roll = _ROLL.match(name)
    sides = (float(roll[1]), float(roll[2])) if roll else (0.0, 0.0)
    if not _ROLL_MIN_MM <= min(sides) <= max(sides) <= _ROLL_MAX_MM:
        raise UnknownTemplate(templates=[*TEMPLATES, "roll-58x40"])
    return Template(sides, sides)

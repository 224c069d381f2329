"""Typed fields: numbers, days and lists as people type them, and by field what of them could not be read."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec

from core.money import AMOUNT_MINOR_MAX
from core.text import Key

_NUMBER: Final = re.compile(r"[0-9]{1,13}(?:[.,][0-9]{1,2})?")
_WORDS: Final = re.compile(r"[,;\n]+")
_BLANKS: Final = str.maketrans("", "", " \u00a0\u202f")


class FormWrong(Exception):
    """By field what is wrong with it, as the form's words call it."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(str(problems))
        self.problems = problems


class Typed:
    """Reads fields one by one, and remembers which could not be read."""

    def __init__(self, form: msgspec.Struct) -> None:
        self._form = form
        self.problems: dict[str, str] = {}

    def text(self, name: str) -> str:
        return str(getattr(self._form, name)).strip()

    def number(self, name: str, *, least: int = 1, most: int = AMOUNT_MINOR_MAX, needed: bool = False) -> int:
        """Hundredths: minor units of an amount, basis points of percents; 0 where nothing is said."""
        said = self.text(name).translate(_BLANKS).rstrip("%₽")
        if not said:
            if needed:
                self.problems[name] = "needed"
            return 0
        found = int(Decimal(said.replace(",", ".")) * 100) if _NUMBER.fullmatch(said) else -1
        return self._within(name, found, least=least, most=most)

    def count(self, name: str, *, least: int = 1, most: int, needed: bool = False) -> int:
        """A whole number."""
        said = self.text(name).translate(_BLANKS)
        if not said and not needed:
            return 0
        found = int(said) if said.isascii() and said.isdecimal() and len(said) < 12 else -1
        return self._within(name, found, least=least, most=most)

    def day(self, name: str) -> date | None:
        said = self.text(name)
        try:
            return date.fromisoformat(said) if said else None
        except ValueError:
            self.problems[name] = "no_day"
            return None

    def one_of(self, name: str, kind: Any) -> Any:
        try:
            return msgspec.convert(self.text(name), kind)
        except msgspec.ValidationError:
            self.problems[name] = "no_choice"
            return None

    def words(self, name: str) -> frozenset[str]:
        found = frozenset(word.strip() for word in _WORDS.split(self.text(name)) if word.strip())
        try:
            return msgspec.convert(found, frozenset[Key])
        except msgspec.ValidationError:
            self.problems[name] = "no_words"
            return frozenset()

    def ids(self, name: str, find: Callable[[str], UUID | None]) -> frozenset[UUID]:
        """What a list of names means; whatever means nothing is a problem that names it."""
        found = {word: find(word) for word in sorted(self.words(name))}
        if unknown := [word for word, id_ in found.items() if id_ is None]:
            self.problems[name] = f"unknown: {', '.join(unknown[:5])}"
        return frozenset(id_ for id_ in found.values() if id_ is not None)

    def _within(self, name: str, found: int, *, least: int, most: int) -> int:
        if found < 0:
            self.problems[name] = "no_number"
        elif not least <= found <= most:
            self.problems[name] = "out_of_range"
        return max(found, 0)

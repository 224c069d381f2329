"""Words: texts, amounts and dates as a person reads them, in Russian or English."""

from datetime import datetime
from decimal import Decimal
from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec
from babel.dates import format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal
from babel.support import Translations

Language = Literal["ru", "en"]

LOCALE = Path(__file__).parent / "locale"
DOMAIN = "referrals"
MINOR_UNITS = 100

# Which of Russian's three forms a fraction takes: 2,5 бонуса, like 2 бонуса.
_FRACTION_COUNTS_AS = 2


class Reader(msgspec.Struct, frozen=True):
    """Who reads: his language, and the time zone of his calendar."""

    language: Language = "ru"
    zone: str = "UTC"


def marked(text: str) -> str:
    """Mark an English text as one that has its translation in the catalogue."""
    return text


def counted(one: str, many: str) -> tuple[str, str]:
    """Mark a text that depends on a number."""
    return one, many


_UNITS = {
    "BON": counted("{number} bonus", "{number} bonuses"),
    "PTS": counted("{number} point", "{number} points"),
}


def translated(text: str, reader: Reader) -> str:
    """A marked text in the reader's language."""
    return _catalogue(reader.language).gettext(text)


def amount(amount_minor: int, asset: str, reader: Reader) -> str:
    """An amount with its unit: 450 бонусов, 12,50 ₽."""
    number = Decimal(amount_minor) / MINOR_UNITS
    is_whole = number == int(number)
    pattern = "#,##0" if is_whole else "#,##0.00"
    if asset in _UNITS:
        forms = _catalogue(reader.language).ngettext(*_UNITS[asset], int(number) if is_whole else _FRACTION_COUNTS_AS)
        return forms.format(number=format_decimal(number, pattern, locale=reader.language))
    return format_currency(number, asset, f"{pattern}\u00a0¤", locale=reader.language, currency_digits=False)


def between(from_minor: int, below_minor: int, asset: str, reader: Reader) -> str:
    """A band that an amount lies in: 10\u00a0000 – 20\u00a0000 ₽."""
    lower = format_decimal(Decimal(from_minor) / MINOR_UNITS, "#,##0.##", locale=reader.language)
    return f"{lower}\u00a0– {amount(below_minor, asset, reader)}"


def day(when: datetime, reader: Reader) -> str:
    """A date in the reader's calendar: 6 декабря 2026."""
    return _formatted(when, "d MMMM y", reader)


def moment(when: datetime, reader: Reader) -> str:
    """A date with its time of day."""
    return _formatted(when, "d MMMM y, HH:mm", reader)


def _formatted(when: datetime, pattern: str, reader: Reader) -> str:
    return format_datetime(when, pattern, tzinfo=ZoneInfo(reader.zone), locale=reader.language)


@cache
def _catalogue(language: Language) -> NullTranslations:
    """The translations of a language, compiled in memory; English is what the texts are written in."""
    if language == "en":
        return NullTranslations()
    with (LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as source:
        catalogue = read_po(source, locale=language, domain=DOMAIN)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled, domain=DOMAIN)

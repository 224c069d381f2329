"""The words of a settlement's papers, in Russian and English, and its numbers as they are read there."""

from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from codes.settlements import LineKind
from referrals.words import MINOR_UNITS, Language


class SettlementWords(msgspec.Struct, frozen=True):
    """Everything that a statement says around its figures."""

    title: str
    maker: str
    shop: str
    month: str
    closed: str
    opening: str
    sold: str
    returned: str
    corrected: str
    paid: str
    closing: str
    in_minor: str
    page: str
    columns: tuple[str, ...]
    kinds: dict[LineKind, str]


WORDS: Final[dict[Language, SettlementWords]] = {
    "ru": SettlementWords(
        title="Отчёт о расчётах за скидки",
        maker="Производитель",
        shop="Магазин",
        month="Месяц",
        closed="Закрыт",
        opening="Долг производителя на начало месяца",
        sold="Скидки по продажам",
        returned="Возвраты товара",
        corrected="Исправления по спорам",
        paid="Оплачено",
        closing="Долг производителя на конец месяца",
        in_minor="Суммы в валюте {asset}",
        page="Стр. {page}",
        columns=("№", "Документ", "Дата", "Заказ", "Товары", "Сумма", "Скидка", "Доля магазина", "Долг"),
        kinds={
            "sale": "Продажа",
            "return": "Возврат",
            "correction": "Исправление",
            "payment": "Оплата",
            "dispute": "Спор открыт",
        },
    ),
    "en": SettlementWords(
        title="Statement of discounts",
        maker="Maker",
        shop="Shop",
        month="Month",
        closed="Closed",
        opening="Owed by the maker at the beginning",
        sold="Discounts of sales",
        returned="Goods that came back",
        corrected="Corrections after disputes",
        paid="Paid",
        closing="Owed by the maker at the end",
        in_minor="Amounts in {asset}",
        page="Page {page}",
        columns=("No.", "Document", "Date", "Order", "Goods", "Amount", "Discount", "Shop's share", "Owed"),
        kinds={
            "sale": "Sale",
            "return": "Return",
            "correction": "Correction",
            "payment": "Payment",
            "dispute": "Open dispute",
        },
    ),
}


def money(amount_minor: int, language: Language) -> str:
    """An amount with its hundredths: −1 234,50."""
    return format_decimal(Decimal(amount_minor) / MINOR_UNITS, "#,##0.00;−#,##0.00", locale=language)


def decimal(amount_minor: int) -> Decimal:
    """The same for a machine: -1234.50."""
    return (Decimal(amount_minor) / MINOR_UNITS).quantize(Decimal("0.01"))


def month_name(month: str, language: Language) -> str:
    """2026-11 as a person says it."""
    return format_date(date.fromisoformat(f"{month}-01"), "LLLL y", locale=language)


def day(at: datetime, zone: ZoneInfo, language: Language) -> str:
    """A short date."""
    return format_datetime(at, "dd.MM.y" if language == "ru" else "d MMM y", tzinfo=zone, locale=language)

"""The console's rows as cells of a file: amounts as numbers, moments by the program's clock, texts as they are."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from babel.dates import format_date

from api.console_words import WORDS
from codes.promo_lists import CodeLine, Redemption
from codes.reports import By, Figures, Report
from core.table_files import Cell
from programs.lifecycle import CampaignView
from programs.snapshot import Program, Snapshot
from referrals.words import Language

Names = Mapping[str, str]


def names_of(by: By, snapshot: Snapshot, campaigns: Sequence[CampaignView], language: Language) -> Names:
    """What the keys of a report are called."""
    match by:
        case By.PRODUCT:
            return {
                str(one.id): f"{one.name_ru if language == 'ru' else one.name_en} ({one.sku})"
                for one in snapshot.products.values()
            }
        case By.SHOP:
            return {str(one.id): f"{one.name} ({one.code})" for one in snapshot.shops.values()}
        case By.CAMPAIGN:
            return {str(one.id): one.name for one in campaigns}
    return {}


def name_of(key: str | None, by: By, names: Names, language: Language) -> str:
    """What one key is called; a day as its reader writes it."""
    if key is None:
        return WORDS[language].key_none
    if by is By.DAY:
        return format_date(datetime.fromisoformat(key), "d MMMM y", locale=language)
    return names.get(key, key)


def figure_heads(report: Report, assets: Sequence[str], language: Language) -> list[str]:
    words = WORDS[language]
    return [
        words.by_names[report.by],
        words.purchases,
        f"{words.goods}, {report.currency}",
        f"{words.discount}, {report.currency}",
        words.participants,
        *(f"{words.bonus}, {asset}" for asset in assets),
    ]


def figure_cells(row: Figures, report: Report, names: Names, assets: Sequence[str], language: Language) -> list[Cell]:
    words = WORDS[language]
    # A file is read by programs, too: a day stands in it as it is.
    named = row.key if report.by is By.DAY and row.key else name_of(row.key, report.by, names, language)
    return [
        words.whole if row is report.whole else named or "",
        row.purchases,
        _money(row.goods_minor),
        _money(row.discount_minor),
        "" if row.participants is None else row.participants,
        *("" if row.bonus is None else _money(row.bonus.get(asset, 0)) for asset in assets),
    ]


def code_heads(asset: str, language: Language) -> list[str]:
    words = WORDS[language]
    return [
        words.code,
        words.participant,
        words.campaign,
        words.state,
        words.seen,
        words.redeemed,
        f"{words.earned}, {asset}",
    ]


def code_cells(one: CodeLine, asset: str, language: Language) -> list[Cell]:
    return [
        one.text,
        one.alias if language == "ru" else one.alias_en,
        one.campaign,
        WORDS[language].code_states[one.state],
        one.seen,
        one.redeemed,
        _money(one.earned.get(asset, 0)),
    ]


def redemption_heads(program: Program, language: Language) -> list[str]:
    words = WORDS[language]
    return [
        words.at,
        words.shop,
        words.code,
        words.participant,
        words.what,
        f"{words.discount}, {program.currency}",
        f"{words.paid}, {program.currency}",
        words.state,
        f"{words.bonus}, {program.asset}",
        f"{words.bonus}: {words.state}",
    ]


def redemption_cells(one: Redemption, program: Program, language: Language) -> list[Cell]:
    words = WORDS[language]
    return [
        one.redeemed_at.astimezone(program.zone).strftime("%Y-%m-%d %H:%M:%S"),
        one.shop,
        one.code,
        one.alias if language == "ru" else one.alias_en,
        one.goods,
        _money(one.discount_minor),
        _money(one.final_minor),
        words.order_states[one.state],
        _money(one.bonus.get(program.asset, 0)),
        words.bonus_states[one.bonus_state],
    ]


def _money(minor: int) -> Decimal:
    return Decimal(minor).scaleb(-2)

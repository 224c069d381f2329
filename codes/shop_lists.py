"""Shop lists: what a shop has written down of a month, held against the statement that it was given."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from codes import settlements, workbooks
from core.db import fetch
from core.text import Key
from programs import sheets
from programs.installation import find_program
from programs.sheets import RowProblem

EXAMPLE: Final = "order_ref,date,discount\n2026-11-22/17,2026-11-22,2300.00\n2026-11-22/18,22.11.2026,115.50\n"
SHOWN_MAX: Final = 500

_AMOUNT: Final = re.compile(r"(-?)([0-9]{1,12})(?:[.,]([0-9]{1,2})0*)?")
_DAYS: Final = ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%Y-%m-%d %H:%M:%S")

_SALES: Final = """
SELECT l.ref, l.at, o.occurred_at, l.discount_minor FROM settlement_line l JOIN promo_order o ON o.id = l.document_id
WHERE l.settlement_id = $1 AND l.kind = 'sale'
"""

Mark = Literal["matched", "differs", "missing_there", "missing_here"]


class ListedRow(msgspec.Struct, frozen=True):
    """An order as the shop has it: its day, and the discount that its customer was given."""

    order_ref: Key
    date: str
    discount: str


class ListedOrder(msgspec.Struct, frozen=True):
    """The same, read."""

    order_ref: str
    day: date
    discount_minor: int


class Compared(msgspec.Struct, frozen=True):
    """An order on both lists, or on one: `missing_there` is not on the shop's, `missing_here` not on the statement.

    `month` is where an order that is missing here stands instead, if anywhere.
    """

    order_ref: str
    mark: Mark
    here_minor: int | None = None
    there_minor: int | None = None
    here_day: date | None = None
    there_day: date | None = None
    month: str | None = None


class Tally(msgspec.Struct, frozen=True):
    """How many orders have a mark, and what they come to on either list."""

    mark: Mark
    orders: int
    here_minor: int
    there_minor: int


class Comparison(msgspec.Struct, frozen=True):
    """The whole, and the first orders that do not match."""

    settlement_id: UUID
    tallies: list[Tally]
    rows: list[Compared]


async def compare(settlement_id: UUID, content: bytes) -> Comparison:
    """Hold a shop's CSV or XLSX against a statement's sales; changes nothing. SheetRefused, NotFound."""
    settlement = await settlements.find(settlement_id)
    zone = (await find_program(settlement.program_id)).zone
    theirs = _listed(await workbooks.as_csv(content))
    ours = {}
    for row in await fetch(_SALES, settlement_id):
        days = {row[name].astimezone(zone).date() for name in ("at", "occurred_at")}
        there = theirs.get(row["ref"])
        # A till that was offline has the day of its receipt, the statement the day on which it was told.
        on = there.day if there and there.day in days else row["at"].astimezone(zone).date()
        ours[row["ref"]] = ListedOrder(row["ref"], on, row["discount_minor"])
    rows = compared(ours, theirs)
    elsewhere = await _months(settlement.shop_id, [one.order_ref for one in rows if one.mark == "missing_here"])
    shown = [msgspec.structs.replace(one, month=elsewhere.get(one.order_ref)) for one in rows if one.mark != "matched"]
    return Comparison(settlement_id, _tallies(rows), shown[:SHOWN_MAX])


def compared(ours: Mapping[str, ListedOrder], theirs: Mapping[str, ListedOrder]) -> list[Compared]:
    """Every order of the two lists, in the order of their references. Pure."""
    rows = []
    for ref in sorted(ours.keys() | theirs.keys()):
        here, there = ours.get(ref), theirs.get(ref)
        if here is None or there is None:
            mark: Mark = "missing_here" if here is None else "missing_there"
        else:
            mark = "matched" if here == there else "differs"
        rows.append(
            Compared(
                ref,
                mark,
                here_minor=here.discount_minor if here else None,
                there_minor=there.discount_minor if there else None,
                here_day=here.day if here else None,
                there_day=there.day if there else None,
            )
        )
    return rows


def minor(text: str) -> int | None:
    """An amount as people and programs write it, in minor units; None where it is none."""
    found = _AMOUNT.fullmatch(re.sub(r"[\s\u00a0\u202f'₽]", "", text))
    if found is None:
        return None
    sign, whole, part = found.groups()
    amount = int(whole) * 100 + int((part or "").ljust(2, "0"))
    return -amount if sign else amount


def day(text: str) -> date | None:
    """A day as people and programs write it."""
    for form in _DAYS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a calendar's day has no zone.
        except ValueError:
            continue
    return None


def _listed(content: bytes) -> dict[str, ListedOrder]:
    found: dict[str, ListedOrder] = {}
    problems = []
    for number, row in sheets.rows(content, into=ListedRow):
        amount_minor, on = minor(row.discount), day(row.date)
        if amount_minor is None:
            problems.append(RowProblem(number, "the discount is no amount such as 1234.50"))
        elif on is None:
            problems.append(RowProblem(number, "the date is none such as 2026-11-22"))
        elif row.order_ref in found:
            problems.append(RowProblem(number, "the order_ref stands in a row above already"))
        else:
            found[row.order_ref] = ListedOrder(row.order_ref, on, amount_minor)
    sheets.refuse(problems)
    return found


def _tallies(rows: Sequence[Compared]) -> list[Tally]:
    marks: tuple[Mark, ...] = ("matched", "differs", "missing_there", "missing_here")
    return [
        Tally(
            mark,
            sum(one.mark == mark for one in rows),
            sum(one.here_minor or 0 for one in rows if one.mark == mark),
            sum(one.there_minor or 0 for one in rows if one.mark == mark),
        )
        for mark in marks
    ]


async def _months(shop_id: UUID, refs: Sequence[str]) -> dict[str, str]:
    """The months of the statements in which orders of the shop stand, as far as they stand in any."""
    rows = await fetch(
        """SELECT o.order_ref, to_char(s.month, 'YYYY-MM') AS month FROM promo_order o
           JOIN settlement_line l ON l.kind = 'sale' AND l.document_id = o.id
           JOIN settlement s ON s.id = l.settlement_id WHERE o.shop_id = $1 AND o.order_ref = ANY($2)""",
        shop_id,
        list(refs),
    )
    return {row["order_ref"]: row["month"] for row in rows}

"""Reports: what purchases brought a program and what it gave for them, by product, shop, day or campaign."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from core.db import fetch, fetch_value
from core.refusals import Unprocessable
from core.whole_tables import SECONDS_MAX, reading
from programs.snapshot import Program

DAYS_MAX: Final = 366
_UNASKED: Final = timedelta(days=29)
# However many ask for reports, the others find connections.
_turns = asyncio.Semaphore(2)


class By(StrEnum):
    """What a report has a row for."""

    PRODUCT = "product"
    SHOP = "shop"
    DAY = "day"
    CAMPAIGN = "campaign"


class DaysWrong(Unprocessable):
    slug = "days_wrong"
    title = "The last day comes before the first, or there are more than 366 of them"


class Days(msgspec.Struct, frozen=True):
    """Days of a program's calendar, both ends included."""

    first: date
    last: date

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The moments between which they lie; DaysWrong."""
        if not timedelta() <= self.last - self.first < timedelta(days=DAYS_MAX):
            raise DaysWrong(days_max=DAYS_MAX)
        after = self.last + timedelta(days=1)
        return datetime.combine(self.first, time(), tzinfo=zone), datetime.combine(after, time(), tzinfo=zone)


async def days_between(program: Program, first: date | None, last: date | None) -> Days:
    """The days that somebody asks for; what he leaves open ends today, or begins so that there are thirty."""
    if last is None:
        last = (await fetch_value("SELECT now()")).astimezone(program.zone).date()
    return Days(first or last - _UNASKED, last)


class Figures(msgspec.Struct, frozen=True):
    """What some purchases came to: without the goods that came back, and without what was taken back of the bonus.

    `key` is the id of a product, shop or campaign, or the day; null stands for what has none. Where fewer participants
    are behind it than may be told, `participants` and `bonus` are null.
    """

    key: str | None
    purchases: int
    goods_minor: int
    discount_minor: int
    participants: int | None
    bonus: dict[str, int] | None


class Report(msgspec.Struct, frozen=True):
    """The rows and their whole; a purchase of several products counts in the row of each and in the whole once."""

    by: By
    first: date
    last: date
    currency: str
    rows: list[Figures]
    whole: Figures


# An order of a till is of the campaign whose code has it; whatever else is paid is of the campaign that pays, and where
# nobody asks for campaigns it stands once. What is left of a line goes by pieces, as it did when goods came back; an
# order of which nothing did is read line by line only where somebody asks for products.
_DEALS: Final = """
WITH sale AS MATERIALIZED (
    SELECT o.id, o.redeemed_at AS at, o.shop_id, o.agent_id, c.campaign_id, o.order_ref, o.state, o.priced, o.decision
    FROM promo_order o JOIN promo_code c ON c.id = o.promo_code_id
    WHERE o.program_id = $1 AND o.redeemed_at >= $2 AND o.redeemed_at < $3 AND ($4::uuid IS NULL OR c.campaign_id = $4)
), gone AS MATERIALIZED (
    SELECT s.id, b ->> 'ref' AS ref, sum((b ->> 'quantity')::bigint) AS pieces
    FROM sale s JOIN promo_return r ON r.shop_id = s.shop_id AND r.order_ref = s.order_ref,
         json_array_elements(r.refund -> 'lines') AS b
    WHERE s.state IN ('partially_returned', 'returned') AND r.applied_at IS NOT NULL
    GROUP BY 1, 2
), priced AS MATERIALIZED (
    SELECT s.id, t.place, (t.fact ->> 'product_id')::uuid AS product_id, (t.price ->> 'final_minor')::numeric AS final,
           (t.price ->> 'discount_minor')::numeric AS off, coalesce(gone.pieces, 0) AS back,
           CASE WHEN gone.pieces IS NULL THEN 1 ELSE (
               SELECT sum((p ->> 'quantity')::bigint) FROM json_array_elements(t.price -> 'pieces') AS p) END AS sold
    FROM sale s CROSS JOIN LATERAL ROWS FROM (
             json_array_elements(s.priced -> 'lines'), json_array_elements(s.decision -> 'facts' -> 'lines')
         ) WITH ORDINALITY AS t (price, fact, place)
    LEFT JOIN gone ON gone.id = s.id AND gone.ref = t.price ->> 'ref'
    WHERE $7 OR s.state <> 'succeeded'
    UNION ALL
    SELECT id, 1, NULL, (priced ->> 'final_minor')::numeric, (priced ->> 'discount_minor')::numeric, 0, 1
    FROM sale WHERE NOT $7 AND state = 'succeeded'
), paid AS MATERIALIZED (
    SELECT x.activity_id, x.campaign_id, x.asset, x.amount_minor - x.clawed_minor AS bonus_minor, a.accepted_at,
           a.agent_id, a.facts
    FROM activity a JOIN accrual x ON x.activity_id = a.id AND x.state IN ('waiting', 'credited', 'clawed_back')
    WHERE a.program_id = $1 AND a.accepted_at >= $2 AND a.accepted_at < $3 AND a.kind <> 'promo_redeemed'
      AND ($4::uuid IS NULL OR x.campaign_id = $4)
), scanned AS MATERIALIZED (
    SELECT DISTINCT ON (activity_id, CASE WHEN $5 THEN campaign_id END)
           activity_id AS id, accepted_at AS at, (facts ->> 'shop_id')::uuid AS shop_id, agent_id,
           CASE WHEN $5 THEN campaign_id END AS campaign_id, facts
    FROM paid
), deal AS MATERIALIZED (
    SELECT id, at, shop_id, agent_id, campaign_id FROM sale
    UNION ALL SELECT id, at, shop_id, agent_id, campaign_id FROM scanned
), deal_line AS MATERIALIZED (
    SELECT id, place, product_id, div(final * (sold - back), sold)::bigint AS goods_minor,
           div(off * (sold - back), sold)::bigint AS discount_minor FROM priced
    UNION ALL
    SELECT s.id, t.place, (t.line ->> 'product_id')::uuid, coalesce((t.line ->> 'amount_minor')::bigint, 0), 0
    FROM (SELECT DISTINCT ON (id) id, facts FROM scanned) s,
         json_array_elements(s.facts -> 'lines') WITH ORDINALITY AS t (line, place)
), bonus AS MATERIALIZED (
    SELECT activity_id AS id, campaign_id, asset, sum(bonus_minor) AS bonus_minor FROM paid GROUP BY 1, 2, 3
    UNION ALL
    SELECT s.id, x.campaign_id, x.asset, sum(x.amount_minor - x.clawed_minor)
    FROM sale s JOIN accrual x ON x.activity_id = s.id AND x.state IN ('waiting', 'credited', 'clawed_back')
    GROUP BY 1, 2, 3
)
"""
_KEYS: Final = {
    By.PRODUCT: "line.product_id",
    By.SHOP: "deal.shop_id",
    By.DAY: "(deal.at AT TIME ZONE $6)::date",
    By.CAMPAIGN: "deal.campaign_id",
}
# The whole stands beside the rows: as many purchases and participants as there are, and not their sum over the rows.
_FIGURES: Final = """
SELECT grouping({key}) AS is_whole, {key} AS key, count(DISTINCT deal.id) AS purchases,
       count(DISTINCT deal.agent_id) AS participants, coalesce(sum(line.goods_minor), 0)::bigint AS goods_minor,
       coalesce(sum(line.discount_minor), 0)::bigint AS discount_minor
FROM deal LEFT JOIN deal_line AS line ON line.id = deal.id WHERE $6 <> '' GROUP BY GROUPING SETS (({key}), ())
"""
_BONUS: Final = """
SELECT {key} AS key, bonus.asset, sum(bonus.bonus_minor)::bigint AS bonus_minor
FROM bonus JOIN deal ON deal.id = bonus.id AND (NOT $5 OR deal.campaign_id = bonus.campaign_id)
WHERE $6 <> '' GROUP BY 1, 2
"""
# A bonus is of the whole purchase: its lines have it by what they cost, so that their parts sum to it.
_BONUS_OF_LINES: Final = """
SELECT product_id AS key, asset, sum(div(bonus_minor * upto, whole) - div(bonus_minor * before, whole))::bigint
           AS bonus_minor
FROM (SELECT line.product_id, bonus.asset, bonus.bonus_minor,
             sum(weight) OVER w AS upto, sum(weight) OVER w - weight AS before,
             sum(weight) OVER (PARTITION BY bonus.id, bonus.campaign_id, bonus.asset) AS whole
      FROM bonus JOIN deal ON deal.id = bonus.id AND (NOT $5 OR deal.campaign_id = bonus.campaign_id)
      CROSS JOIN LATERAL (
          SELECT CASE WHEN sum(goods_minor) > 0 THEN 0 ELSE 1 END AS priceless FROM deal_line WHERE id = bonus.id) AS p
      LEFT JOIN deal_line AS line ON line.id = bonus.id
      CROSS JOIN LATERAL (SELECT coalesce(line.goods_minor, 0) + priceless AS weight) AS weighed
      WHERE $6 <> ''
      WINDOW w AS (PARTITION BY bonus.id, bonus.campaign_id, bonus.asset ORDER BY line.place)) AS part
GROUP BY 1, 2
"""


async def report(
    program: Program, days: Days, *, by: By, campaign_id: UUID | None = None, participants_min: int
) -> Report:
    """The figures of these days, of one campaign or of all; DaysWrong."""
    first, after = days.bounds(program.zone)
    by_campaign, by_product = by is By.CAMPAIGN or campaign_id is not None, by is By.PRODUCT
    wanted = program.id, first, after, campaign_id, by_campaign, program.time_zone, by_product
    bonus = _BONUS_OF_LINES if by_product else _BONUS.format(key=_KEYS[by])
    async with _turns, reading():
        figures = await fetch(_DEALS + _FIGURES.format(key=_KEYS[by]), *wanted, seconds_max=SECONDS_MAX)
        paid = await fetch(_DEALS + bonus, *wanted, seconds_max=SECONDS_MAX)
    earned: dict[str | None, dict[str, int]] = {}
    whole_bonus: dict[str, int] = {}
    for row in paid:
        earned.setdefault(_told(row["key"]), {})[row["asset"]] = row["bonus_minor"]
        whole_bonus[row["asset"]] = whole_bonus.get(row["asset"], 0) + row["bonus_minor"]
    [whole] = [_figures(row, whole_bonus) for row in figures if row["is_whole"]]
    rows = [_figures(row, earned.get(_told(row["key"]), {})) for row in figures if not row["is_whole"]]
    if by is not By.CAMPAIGN:
        rows = veiled(rows, participants_min)
    return Report(by, days.first, days.last, program.currency, _ordered(rows, by), whole)


def veiled(rows: Sequence[Figures], participants_min: int) -> list[Figures]:
    """The rows without the participants and the bonus of those that would single somebody out. Pure.

    The whole is told beside them: so what is left of it is behind two rows at least, or the one that there is.
    """
    counted = sorted(rows, key=lambda row: row.participants or 0)
    few = [row for row in counted if (row.participants or 0) < participants_min]
    hidden = {row.key for row in counted[: max(len(few), 2)]} if few else set()
    return [msgspec.structs.replace(row, participants=None, bonus=None) if row.key in hidden else row for row in rows]


def _figures(row: Any, bonus: dict[str, int]) -> Figures:
    return Figures(
        _told(row["key"]), row["purchases"], row["goods_minor"], row["discount_minor"], row["participants"], bonus
    )


def _ordered(rows: Iterable[Figures], by: By) -> list[Figures]:
    """Days as they went by, everything else by what it brought."""
    if by is By.DAY:
        return sorted(rows, key=lambda row: row.key or "")
    return sorted(rows, key=lambda row: (-row.goods_minor, -row.purchases, row.key or ""))


def _told(key: UUID | date | None) -> str | None:
    return None if key is None else str(key)

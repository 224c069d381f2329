"""Sold lines: orders taken apart for reports, once, so that a report of a year reads no documents but the newest."""

from datetime import timedelta
from typing import Final

from core.db import execute, fetch, transaction

# By then every order that was redeemed before has been written down, or never will be.
QUIET_MINUTES: Final = 10
ORDERS_A_TIME: Final = 5_000

LINES_OF_ORDERS: Final = """
CROSS JOIN LATERAL ROWS FROM (
    json_to_recordset(o.priced -> 'lines') AS (ref text, final_minor bigint, discount_minor bigint, pieces json),
    json_to_recordset(json_extract_path(o.decision, 'facts', 'lines')) AS (product_id uuid)
) WITH ORDINALITY AS line (ref, final_minor, discount_minor, pieces, product_id, place)"""
# A bonus is of the whole purchase: its lines have it by what they cost, or alike where they cost nothing, so that their
# parts sum to it.
WEIGHED: Final = """
row_number() OVER (PARTITION BY id, product_id ORDER BY place) = 1 AS is_first,
CASE WHEN sum(goods_minor) OVER whole > 0 THEN sum(goods_minor) OVER upto - goods_minor
     ELSE row_number() OVER upto - 1 END::bigint AS share_from,
CASE WHEN sum(goods_minor) OVER whole > 0 THEN sum(goods_minor) OVER upto
     ELSE row_number() OVER upto END::bigint AS share_to,
CASE WHEN sum(goods_minor) OVER whole > 0 THEN sum(goods_minor) OVER whole
     ELSE count(*) OVER whole END::bigint AS shares"""
WINDOWS: Final = "WINDOW whole AS (PARTITION BY id), upto AS (PARTITION BY id ORDER BY place)"

# Where the last page ended follows from what is there; orders of one moment are never parted.
_NEXT: Final = """
SELECT program_id, since, (
    SELECT max(redeemed_at) FROM (
        SELECT redeemed_at FROM promo_order o
        WHERE o.program_id = told.program_id AND o.promo_code_id IS NOT NULL
          AND o.redeemed_at > told.since AND o.redeemed_at < $1
        ORDER BY o.redeemed_at LIMIT $2) AS page) AS until
FROM (SELECT id AS program_id, coalesce((SELECT max(redeemed_at) FROM sold_line WHERE program_id = program.id),
                                        'epoch') AS since
      FROM program) AS told
"""
_TELL: Final = f"""
INSERT INTO sold_line (order_id, place, program_id, redeemed_at, shop_id, campaign_id, agent_id, product_id,
                       goods_minor, discount_minor, is_first, share_from, share_to, shares)
SELECT id, place, program_id, redeemed_at, shop_id, campaign_id, agent_id, product_id, goods_minor, discount_minor,
       {WEIGHED}
FROM (SELECT o.id, line.place, o.program_id, o.redeemed_at, o.shop_id, c.campaign_id, o.agent_id, line.product_id,
             line.final_minor AS goods_minor, line.discount_minor
      FROM promo_order o JOIN promo_code c ON c.id = o.promo_code_id {LINES_OF_ORDERS}
      WHERE o.program_id = $1 AND o.redeemed_at > $2 AND o.redeemed_at <= $3) AS sold
{WINDOWS} ON CONFLICT DO NOTHING
"""  # noqa: S608 - ours.


async def tell(*, orders_max: int = ORDERS_A_TIME) -> int:
    """Take the next orders of each program apart; returns in how many programs there were any."""
    told = 0
    async with transaction() as now:
        for page in await fetch(_NEXT, now - timedelta(minutes=QUIET_MINUTES), orders_max):
            if page["until"] is not None:
                await execute(_TELL, *page.values())
                told += 1
    return told

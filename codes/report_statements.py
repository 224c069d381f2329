"""Report statements: how the figures of purchases and bonuses are read out of a program's orders and activities.

Millions of them may lie within a year. So orders are counted by their sold lines, and documents are taken apart only of
the newest ones and of those of which something came back; what is counted stands once for each participant before
participants are counted.

$1 to $4: the program, the first moment, the moment after the last, the campaign or null; $5: the time zone, for days.
"""

from typing import Final

from msgspec import Struct

from codes.sold_lines import LINES_OF_ORDERS, WEIGHED, WINDOWS


class Key(Struct, frozen=True):
    """What there is a row for, as a line of an order tells it, as an order does, and as a scan or a receipt."""

    line: str
    order: str
    scan: str


_KEYS: Final = {
    "shop": Key("shop_id", "o.shop_id", "(a.facts ->> 'shop_id')::uuid"),
    "day": Key(
        "(redeemed_at AT TIME ZONE $5)::date",
        "(o.redeemed_at AT TIME ZONE $5)::date",
        "(a.accepted_at AT TIME ZONE $5)::date",
    ),
    "campaign": Key("campaign_id", "c.campaign_id", "x.campaign_id"),
}

# An order of a till is of the campaign whose code has it; whatever else is paid is of the campaign that pays.
_ORDERS: Final = """
FROM promo_order o JOIN promo_code c ON c.id = o.promo_code_id AND ($4::uuid IS NULL OR c.campaign_id = $4) {more}
WHERE o.program_id = $1 AND o.redeemed_at >= $2 AND o.redeemed_at < $3"""
_BACK: Final = "o.state IN ('partially_returned', 'returned')"
_PAYS: Final = "x.state IN ('waiting', 'credited', 'clawed_back') AND ($4::uuid IS NULL OR x.campaign_id = $4)"
_ACTIVITIES: Final = """
WHERE a.program_id = $1 AND a.accepted_at >= $2 AND a.accepted_at < $3 AND a.kind <> 'promo_redeemed'"""
# Several bonuses for one activity are one purchase, and one for each campaign where somebody asks for campaigns.
_SCANS: Final = f"""
FROM activity a {_ACTIVITIES} AND EXISTS (SELECT FROM accrual x WHERE x.activity_id = a.id AND {_PAYS})"""
_SCANS_OF_CAMPAIGNS: Final = f"""
FROM activity a JOIN (SELECT DISTINCT x.activity_id, x.campaign_id FROM accrual x WHERE {_PAYS}) x
                ON x.activity_id = a.id {_ACTIVITIES}"""  # noqa: S608 - ours.

# What is left of a line goes by pieces, as it did when goods came back.
_DOCUMENT: Final = f"""
SELECT o.id, o.redeemed_at, o.shop_id, c.campaign_id, o.agent_id, line.place, line.product_id,
       CASE WHEN gone.pieces IS NULL THEN line.final_minor
            ELSE div(line.final_minor::numeric * (sold.pieces - gone.pieces), sold.pieces) END::bigint AS goods_minor,
       CASE WHEN gone.pieces IS NULL THEN line.discount_minor
            ELSE div(line.discount_minor::numeric * (sold.pieces - gone.pieces), sold.pieces) END::bigint
           AS discount_minor
{_ORDERS}""".replace(
    "{more}",
    f"""{LINES_OF_ORDERS}
    CROSS JOIN LATERAL (
        SELECT sum(quantity) AS pieces FROM json_to_recordset(line.pieces) AS piece (quantity bigint)) AS sold
    LEFT JOIN gone ON gone.id = o.id AND gone.ref = line.ref""",  # noqa: S608 - ours.
)
_LINES: Final = f"""
gone AS MATERIALIZED (
    SELECT o.id, back.ref, sum(back.quantity) AS pieces
    FROM promo_order o JOIN promo_return r ON r.shop_id = o.shop_id AND r.order_ref = o.order_ref,
         json_to_recordset(r.refund -> 'lines') AS back (ref text, quantity bigint)
    WHERE o.program_id = $1 AND o.redeemed_at >= $2 AND o.redeemed_at < $3 AND {_BACK} AND r.applied_at IS NOT NULL
    GROUP BY 1, 2
), document AS MATERIALIZED (
    {_DOCUMENT} AND {_BACK}
    UNION ALL
    {_DOCUMENT} AND o.state = 'succeeded'
      AND o.redeemed_at > (SELECT coalesce(max(redeemed_at), 'epoch') FROM sold_line WHERE program_id = $1)
), read AS MATERIALIZED (
    SELECT *, {WEIGHED} FROM document {WINDOWS}
), line AS NOT MATERIALIZED (
    SELECT order_id AS id, redeemed_at, shop_id, campaign_id, agent_id, place, product_id, goods_minor, discount_minor,
           is_first, share_from, share_to, shares
    FROM sold_line
    WHERE program_id = $1 AND redeemed_at >= $2 AND redeemed_at < $3 AND ($4::uuid IS NULL OR campaign_id = $4)
      AND NOT EXISTS (SELECT FROM promo_order o WHERE o.id = sold_line.order_id AND o.program_id = $1
                                                  AND o.redeemed_at >= $2 AND o.redeemed_at < $3 AND {_BACK})
    UNION ALL
    SELECT id, redeemed_at, shop_id, campaign_id, agent_id, place, product_id, goods_minor, discount_minor,
           is_first, share_from, share_to, shares
    FROM read
)"""  # noqa: S608 - ours.

# The whole stands beside the rows: as many purchases and participants as there are, and not their sum over the rows.
_FIGURES: Final = """
WITH {lines}, theirs AS (
    SELECT {line_key} AS key, agent_id, true AS is_first, count(*) FILTER (WHERE place = 1) AS purchases,
           sum(goods_minor) AS goods_minor, sum(discount_minor) AS discount_minor
    FROM line GROUP BY 1, 2
    UNION ALL
    SELECT key, agent_id, is_first, count(*), sum(goods_minor), 0 FROM (
        SELECT {scan_key} AS key, a.agent_id, {scan_is_first} AS is_first,
               (SELECT coalesce(sum(amount_minor), 0) FROM json_to_recordset(a.facts -> 'lines')
                    AS line (amount_minor bigint)) AS goods_minor
        {scans}) AS scan
    GROUP BY 1, 2, 3
)
SELECT false AS is_whole, key, sum(purchases)::bigint AS purchases, count(DISTINCT agent_id) AS participants,
       sum(goods_minor)::bigint AS goods_minor, sum(discount_minor)::bigint AS discount_minor
FROM theirs GROUP BY key
UNION ALL
SELECT true, NULL, coalesce(sum(purchases), 0)::bigint, count(DISTINCT agent_id), coalesce(sum(goods_minor), 0)::bigint,
       coalesce(sum(discount_minor), 0)::bigint
FROM theirs WHERE is_first
"""
_BONUS: Final = """
SELECT key, asset, sum(bonus_minor)::bigint AS bonus_minor FROM (
    SELECT {order_key} AS key, x.asset, x.amount_minor - x.clawed_minor AS bonus_minor
    {orders}
    UNION ALL
    SELECT {scan_key}, x.asset, x.amount_minor - x.clawed_minor
    FROM activity a JOIN accrual x ON x.activity_id = a.id AND {pays} {activities}
) AS paid GROUP BY 1, 2
"""
_PRODUCTS: Final = """
WITH {lines}, scan AS MATERIALIZED (
    SELECT *, {weighed} FROM (
        SELECT a.id, a.agent_id, line.product_id, coalesce(line.amount_minor, 0) AS goods_minor,
               coalesce(line.place, 1) AS place
        FROM (SELECT a.id, a.agent_id, a.facts -> 'lines' AS lines {scans}) AS a
        LEFT JOIN LATERAL ROWS FROM (json_to_recordset(a.lines) AS (product_id uuid, amount_minor bigint))
            WITH ORDINALITY AS line (product_id, amount_minor, place) ON true) AS scanned
    {windows}
), part AS NOT MATERIALIZED (
    SELECT id, agent_id, place, product_id, goods_minor, discount_minor, is_first, share_from, share_to, shares
    FROM line
    UNION ALL
    SELECT id, agent_id, place, product_id, goods_minor, 0, is_first, share_from, share_to, shares FROM scan
), bonus AS (
    SELECT o.id, x.campaign_id, x.asset, sum(x.amount_minor - x.clawed_minor) AS bonus_minor
    {orders} GROUP BY 1, 2, 3
    UNION ALL
    SELECT a.id, x.campaign_id, x.asset, sum(x.amount_minor - x.clawed_minor)
    FROM activity a JOIN accrual x ON x.activity_id = a.id AND {pays} {activities} GROUP BY 1, 2, 3
), theirs AS (
    SELECT product_id, agent_id, count(*) FILTER (WHERE is_first) AS purchases,
           count(*) FILTER (WHERE place = 1) AS whole_purchases, sum(goods_minor) AS goods_minor,
           sum(discount_minor) AS discount_minor
    FROM part GROUP BY 1, 2
)
SELECT false AS is_whole, product_id AS key, sum(purchases)::bigint AS purchases,
       count(DISTINCT agent_id) AS participants, sum(goods_minor)::bigint AS goods_minor,
       sum(discount_minor)::bigint AS discount_minor, NULL AS asset, NULL::bigint AS bonus_minor
FROM theirs GROUP BY product_id
UNION ALL
SELECT true, NULL, coalesce(sum(whole_purchases), 0)::bigint, count(DISTINCT agent_id),
       coalesce(sum(goods_minor), 0)::bigint, coalesce(sum(discount_minor), 0)::bigint, NULL, NULL
FROM theirs
UNION ALL
SELECT false, part.product_id, NULL, NULL, NULL, NULL, bonus.asset, sum(
           div(bonus.bonus_minor * part.share_to, part.shares) - div(bonus.bonus_minor * part.share_from, part.shares)
       )::bigint
FROM bonus JOIN part ON part.id = bonus.id GROUP BY part.product_id, bonus.asset
"""


def figures(by: str) -> str:
    """What tells the figures by shop, day or campaign, and their whole."""
    key, is_by_campaign = _KEYS[by], by == "campaign"
    return _FIGURES.format(
        lines=_LINES,
        scans=_SCANS_OF_CAMPAIGNS if is_by_campaign else _SCANS,
        line_key=key.line,
        scan_key=key.scan,
        scan_is_first="row_number() OVER (PARTITION BY a.id ORDER BY x.campaign_id) = 1" if is_by_campaign else "true",
    )


def bonus(by: str, *, of_own_campaign: bool) -> str:
    """What tells the bonuses beside them; those of an order from all campaigns, or from the one whose code has it."""
    key, orders = _KEYS[by], _orders_paid(of_own_campaign=of_own_campaign)
    return _BONUS.format(orders=orders, pays=_PAYS, activities=_ACTIVITIES, order_key=key.order, scan_key=key.scan)


def products() -> str:
    """What tells all of it by product, in one reading."""
    return _PRODUCTS.format(
        lines=_LINES,
        weighed=WEIGHED,
        windows=WINDOWS,
        orders=_orders_paid(of_own_campaign=False),
        scans=_SCANS,
        pays=_PAYS,
        activities=_ACTIVITIES,
    )


def _orders_paid(*, of_own_campaign: bool) -> str:
    """Orders with their bonuses."""
    own = " AND x.campaign_id = c.campaign_id" if of_own_campaign else ""
    return _ORDERS.format(more=f"JOIN accrual x ON x.activity_id = o.id AND {_PAYS}{own}")

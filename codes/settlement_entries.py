"""The lines of a shop's statement: sales, returns, corrections, payments and open disputes, in the order they came.

Statements come in pairs: one writes the lines of a kind, for everything that came to pass before the month's end and
stands in no statement yet, and one the transfers behind them.
"""

from datetime import datetime
from uuid import UUID

from core.db import execute, fetch, fetch_value

# A month of a large shop may take longer than anything that somebody waits for.
_SECONDS_MAX = 600

_INSERT = """
    INSERT INTO settlement_line (id, settlement_id, place, kind, document_id, ref, told, at, goods_minor,
                                 discount_minor, shop_minor, owed_minor)
    SELECT gen_random_uuid(), $1, row_number() OVER (ORDER BY at, ref, document_id) + (
               SELECT coalesce(max(place), 0) FROM settlement_line WHERE settlement_id = $1),
           kind, document_id, ref, told, at, goods_minor, discount_minor, shop_minor, owed_minor
    FROM document
"""

# What a sale owes the shop was posted in its own moment, by which it is found.
_SALES = f"""
WITH document AS (
    SELECT 'sale' AS kind, o.id AS document_id, o.order_ref AS ref, o.redeemed_at AS at,
           coalesce(owed.owed_minor, 0) AS owed_minor,
           (o.priced ->> 'discount_minor')::bigint AS discount_minor,
           (o.priced ->> 'discount_minor')::bigint - coalesce(owed.owed_minor, 0) AS shop_minor,
           (SELECT sum((line ->> 'amount_minor')::bigint) FROM json_array_elements(o.priced -> 'lines') AS line)::bigint
               AS goods_minor,
           (SELECT string_agg((line ->> 'sku') || ' × ' || (line ->> 'quantity'), ', ' ORDER BY place)
            FROM json_array_elements(o."order" -> 'lines') WITH ORDINALITY AS lines (line, place)) AS told
    FROM promo_order o LEFT JOIN (
        SELECT cause, created_at, sum(amount_minor)::bigint AS owed_minor FROM transfer
        WHERE credit_account_id = $3 AND created_at >= $4 AND created_at < $5 AND kind IN ('discount', 'cover')
        GROUP BY cause, created_at) owed ON owed.cause = 'order:' || o.id AND owed.created_at = o.redeemed_at
    WHERE o.shop_id = $2 AND o.redeemed_at >= $4 AND o.redeemed_at < $5
      AND (SELECT count(*) FROM settlement_line l WHERE l.kind = 'sale' AND l.document_id = o.id) = 0
) {_INSERT}
"""  # noqa: S608 - our own text.

_BEHIND_SALES = """
INSERT INTO settled_transfer (transfer_id, settlement_id, line_id)
SELECT t.id, $1, line.id FROM settlement_line line JOIN transfer t
  ON t.credit_account_id = $2 AND t.created_at = line.at AND t.kind IN ('discount', 'cover')
     AND t.cause = 'order:' || line.document_id
WHERE line.settlement_id = $1 AND line.kind = 'sale'
"""

# Goods that came back of an order at one moment are one line. What of the discount went with them follows from the
# pieces that were left before and after, as it did when they came.
_RETURNS = f"""
WITH gone AS MATERIALIZED (
    SELECT o.id AS order_id, r.order_ref, r.applied_at, string_agg(r.return_ref, ', ' ORDER BY r.id) AS refs,
           sum((r.refund ->> 'refund_minor')::bigint)::bigint AS refund_minor
    FROM promo_return r JOIN promo_order o ON o.shop_id = r.shop_id AND o.order_ref = r.order_ref
    WHERE r.shop_id = $2 AND r.applied_at >= $4 AND r.applied_at < $5
    GROUP BY o.id, r.order_ref, r.applied_at
), document AS (
    SELECT 'return' AS kind, md5(order_id || applied_at::text)::uuid AS document_id, order_ref AS ref, refs AS told,
           applied_at AS at, -(refund_minor + less_minor) AS goods_minor, -less_minor AS discount_minor,
           -less_minor - owed_minor AS shop_minor, owed_minor
    FROM gone CROSS JOIN LATERAL (
        SELECT sum(div(off * (sold - before), sold) - div(off * (sold - after), sold))::bigint AS less_minor FROM (
            SELECT (line ->> 'discount_minor')::numeric AS off,
                   (SELECT sum((p ->> 'quantity')::bigint) FROM json_array_elements(line -> 'pieces') AS p) AS sold,
                   back.before, back.after
            FROM promo_order o, json_array_elements(o.priced -> 'lines') AS line CROSS JOIN LATERAL (
                SELECT coalesce(sum(pieces) FILTER (WHERE at < gone.applied_at), 0) AS before,
                       coalesce(sum(pieces) FILTER (WHERE at <= gone.applied_at), 0) AS after
                FROM (SELECT r.applied_at AS at, (b ->> 'quantity')::bigint AS pieces
                      FROM promo_return r, json_array_elements(r.refund -> 'lines') AS b
                      WHERE r.shop_id = $2 AND r.order_ref = gone.order_ref AND b ->> 'ref' = line ->> 'ref') AS came
                ) back
            WHERE o.id = gone.order_id) AS lines) discount
    CROSS JOIN LATERAL (
        SELECT -coalesce(sum(t.amount_minor), 0)::bigint AS owed_minor FROM transfer t
        WHERE t.debit_account_id = $3 AND t.created_at = gone.applied_at AND t.kind = 'undiscount'
          AND t.cause = 'order:' || gone.order_id) owed
    WHERE (refund_minor <> 0 OR less_minor <> 0) AND NOT EXISTS (
        SELECT FROM settlement_line l
        WHERE l.kind = 'return' AND l.document_id = md5(order_id || applied_at::text)::uuid)
) {_INSERT}
"""  # noqa: S608 - our own text.

_BEHIND_RETURNS = """
INSERT INTO settled_transfer (transfer_id, settlement_id, line_id)
SELECT t.id, $1, line.id FROM settlement_line line
JOIN promo_order o ON o.shop_id = $3 AND o.order_ref = line.ref
JOIN transfer t ON t.debit_account_id = $2 AND t.created_at = line.at AND t.kind = 'undiscount'
               AND t.cause = 'order:' || o.id
WHERE line.settlement_id = $1 AND line.kind = 'return'
"""

# Whatever else the maker's books say of the shop and no statement has.
_LEGS = """
    SELECT t.id, t.kind, t.cause, t.created_at, t.amount_minor AS owed_minor
    FROM transfer t WHERE t.credit_account_id = $2 AND t.created_at >= $3 AND t.created_at < $4
      AND t.kind IN ('discount', 'cover', 'raise_shop', 'unpay_shop')
      AND NOT EXISTS (SELECT FROM settled_transfer s WHERE s.transfer_id = t.id)
    UNION ALL
    SELECT t.id, t.kind, t.cause, t.created_at, -t.amount_minor
    FROM transfer t WHERE t.debit_account_id = $2 AND t.created_at >= $3 AND t.created_at < $4
      AND t.kind IN ('undiscount', 'uncover', 'lower_shop', 'pay_shop')
      AND NOT EXISTS (SELECT FROM settled_transfer s WHERE s.transfer_id = t.id)
"""

# Payments, corrections, and the maker's share of what came back of a discount that he bore: a line for each transfer.
_OTHERS = f"""
WITH leg AS MATERIALIZED ({_LEGS}), document AS (
    SELECT CASE WHEN leg.kind IN ('pay_shop', 'unpay_shop') THEN 'payment' WHEN leg.kind = 'uncover' THEN 'return'
                ELSE 'correction' END AS kind,
           leg.id AS document_id, coalesce(p.reference, d.order_ref, c.order_ref, leg.cause) AS ref,
           coalesce(p.reversal_reason, d.reason, c.reason, '') AS told, leg.created_at AS at, 0::bigint AS goods_minor,
           0::bigint AS discount_minor, CASE leg.kind WHEN 'uncover' THEN -leg.owed_minor ELSE 0 END AS shop_minor,
           leg.owed_minor
    FROM leg
    LEFT JOIN settlement_payment p
      ON p.id = CASE WHEN leg.cause LIKE 'settlement_payment:%' THEN substr(leg.cause, 20)::uuid END
    LEFT JOIN settlement_dispute d
      ON d.id = CASE WHEN leg.cause LIKE 'settlement_dispute:%' THEN substr(leg.cause, 20)::uuid END
    LEFT JOIN offline_cover c ON c.order_id = CASE leg.kind WHEN 'uncover' THEN substr(leg.cause, 7)::uuid END
) {_INSERT}
"""  # noqa: S608 - our own text.

_BEHIND_OTHERS = """
INSERT INTO settled_transfer (transfer_id, settlement_id, line_id)
SELECT t.id, $1, line.id FROM settlement_line line JOIN transfer t ON t.id = line.document_id
WHERE line.settlement_id = $1 AND line.kind IN ('payment', 'correction', 'return')
"""

_DISPUTES = """
INSERT INTO settlement_line (id, settlement_id, place, kind, document_id, ref, told, at, goods_minor, discount_minor,
                             shop_minor, owed_minor)
SELECT gen_random_uuid(), $1, row_number() OVER (ORDER BY opened_at, id) + (
           SELECT coalesce(max(place), 0) FROM settlement_line WHERE settlement_id = $1),
       'dispute', md5(id || $1::uuid::text)::uuid, order_ref, reason, opened_at, 0, 0, 0, 0
FROM settlement_dispute
WHERE shop_id = $2 AND opened_at < $3 AND (state IN ('open', 'proposed') OR answered_at >= $3)
"""

_PASSED_OVER = f"SELECT count(*) FROM ({_LEGS}) AS leg WHERE $1::uuid IS NOT NULL"  # noqa: S608 - our own text.


class TransfersPassedOver(RuntimeError):
    """A transfer found no line: an error in the program, never a refusal."""


async def write(settlement_id: UUID, *, shop_id: UUID, account_id: UUID, since: datetime, until: datetime) -> None:
    """Write every line of a statement; joins the caller's transaction."""
    everything = settlement_id, shop_id, account_id, since, until
    # What is written here the planner knows nothing of: left alone, it would look at every line for every transfer.
    await _join(hashed=True)
    await _run(_SALES, *everything)
    await _run(_BEHIND_SALES, settlement_id, account_id)
    await _join(hashed=False)
    await _run(_RETURNS, *everything)
    await _join(hashed=True)
    await _run(_BEHIND_RETURNS, settlement_id, account_id, shop_id)
    await _join(hashed=False)
    await _run(_OTHERS, settlement_id, account_id, since, until)
    await _run(_BEHIND_OTHERS, settlement_id)
    await _run(_DISPUTES, settlement_id, shop_id, until)
    if await fetch_value(_PASSED_OVER, settlement_id, account_id, since, until):
        raise TransfersPassedOver


async def _run(statement: str, *arguments: object) -> None:
    await fetch(statement, *arguments, seconds_max=_SECONDS_MAX)


async def _join(*, hashed: bool) -> None:
    """Hash what is joined from here on, or go by indexes again, until the transaction ends."""
    await execute(f"SET LOCAL enable_hashjoin = {'on' if hashed else 'off'}")
    await execute(f"SET LOCAL enable_nestloop = {'off' if hashed else 'on'}")

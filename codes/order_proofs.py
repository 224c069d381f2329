"""What checkout promises: what is held is held for an order, what is owed was given, and goods come back once."""

from core.proofs import Proof

_REDEEMED = "('succeeded', 'partially_returned', 'returned')"

# What was decided for each order, by campaign: a JSON list of demands, which `field` names.
_DEMANDS = """
    SELECT o.id, o.shop_id, o.state, (demand ->> 'campaign_id')::uuid AS campaign_id, demand ->> 'asset' AS asset,
           (demand ->> 'amount_minor')::numeric AS amount_minor
    FROM promo_order o, json_array_elements(o.decision -> '{field}') AS demand
    WHERE (demand ->> 'amount_minor')::numeric <> 0
"""

# The lines of each redeemed order, with what of them has come back.
_LINES = f"""
    SELECT o.id, o.shop_id, o.order_ref, o.state, line ->> 'ref' AS ref,
           (line ->> 'discount_minor')::numeric AS discount_minor, (line ->> 'final_minor')::numeric AS final_minor,
           (SELECT sum((piece ->> 'quantity')::bigint) FROM json_array_elements(line -> 'pieces') AS piece) AS sold
    FROM promo_order o, json_array_elements(o.priced -> 'lines') AS line WHERE o.state IN {_REDEEMED}
"""  # noqa: S608 - our own text.
_BACK = """
    SELECT r.shop_id, r.order_ref, line ->> 'ref' AS ref, sum((line ->> 'quantity')::bigint) AS pieces,
           sum((line ->> 'refund_minor')::numeric) AS refund_minor
    FROM promo_return r, json_array_elements(r.refund -> 'lines') AS line
    WHERE r.applied_at IS NOT NULL GROUP BY 1, 2, 3
"""
_LEFT = f"""
    SELECT s.*, sold - coalesce(pieces, 0) AS left_over, coalesce(b.refund_minor, 0) AS refund_minor
    FROM ({_LINES}) s LEFT JOIN ({_BACK}) b USING (shop_id, order_ref, ref)
"""  # noqa: S608 - our own text.

_OWED = f"""
    SELECT d.id AS order_id, d.shop_id, d.campaign_id, d.asset,
           d.amount_minor - CASE WHEN whole = 0 THEN 0 ELSE d.amount_minor - div(d.amount_minor * kept, whole) END
               AS amount_minor
    FROM ({_DEMANDS.format(field="discounts")}) d JOIN (
        SELECT id, sum(discount_minor) AS whole, sum(div(discount_minor * left_over, sold)) AS kept
        FROM ({_LEFT}) AS line GROUP BY id) priced ON priced.id = d.id
"""  # noqa: S608 - our own text.
_GIVEN = """
    SELECT substr(t.cause, 7)::uuid AS order_id, shop.owner_id AS shop_id, campaign.owner_id AS campaign_id, t.asset,
           sum(CASE t.kind WHEN 'discount' THEN t.amount_minor ELSE -t.amount_minor END) AS amount_minor
    FROM transfer t JOIN account shop
      ON shop.id = CASE t.kind WHEN 'discount' THEN t.credit_account_id ELSE t.debit_account_id END
    JOIN account campaign
      ON campaign.id = CASE t.kind WHEN 'discount' THEN t.debit_account_id ELSE t.credit_account_id END
    WHERE t.kind IN ('discount', 'undiscount') GROUP BY 1, 2, 3, 4
"""
_PROMISED = f"""
    SELECT id AS order_id, campaign_id, asset, sum(amount_minor) AS amount_minor
    FROM ({_DEMANDS.format(field="demands")}) AS d WHERE state = 'held' GROUP BY 1, 2, 3
"""  # noqa: S608 - our own text.
_HELD = """
    SELECT substr(t.cause, 7)::uuid AS order_id, held.owner_id AS campaign_id, t.asset,
           sum(CASE t.kind WHEN 'hold' THEN t.amount_minor ELSE -t.amount_minor END) AS amount_minor
    FROM transfer t JOIN account held
      ON held.id = CASE t.kind WHEN 'hold' THEN t.credit_account_id ELSE t.debit_account_id END
    WHERE t.kind IN ('hold', 'unhold') GROUP BY 1, 2, 3
"""

PROOFS = (
    Proof(
        "what is held of a budget is held for an order",
        f"""SELECT 'order ' || coalesce(p.order_id, h.order_id) AS subject, coalesce(p.asset, h.asset) AS asset,
                   format('holds %s of its campaign, in the ledger %s', coalesce(p.amount_minor, 0),
                          coalesce(h.amount_minor, 0)) AS detail
            FROM ({_PROMISED}) p FULL JOIN ({_HELD}) h USING (order_id, campaign_id, asset)
            WHERE coalesce(p.amount_minor, 0) <> coalesce(h.amount_minor, 0)""",  # noqa: S608 - our own text.
    ),
    Proof(
        "a shop is owed the discounts of what it sold and did not take back",
        f"""SELECT 'order ' || coalesce(o.order_id, g.order_id) AS subject, coalesce(o.asset, g.asset) AS asset,
                   format('its shop gave %s, the ledger owes it %s', coalesce(o.amount_minor, 0),
                          coalesce(g.amount_minor, 0)) AS detail
            FROM ({_OWED}) o FULL JOIN ({_GIVEN}) g USING (order_id, shop_id, campaign_id, asset)
            WHERE coalesce(o.amount_minor, 0) <> coalesce(g.amount_minor, 0)""",  # noqa: S608 - our own text.
    ),
    Proof(
        "each redeemed order is one activity of its agent, and no other order is any",
        f"""SELECT 'order ' || coalesce(o.id, a.id) AS subject, 'redeemed and activity do not agree' AS detail,
                   NULL AS asset
            FROM (SELECT id, agent_id, program_id FROM promo_order WHERE state IN {_REDEEMED}) o
            FULL JOIN (SELECT id, agent_id, program_id FROM activity WHERE kind = 'promo_redeemed') a ON a.id = o.id
            WHERE (o.agent_id, o.program_id) IS DISTINCT FROM (a.agent_id, a.program_id)""",  # noqa: S608 - ours.
    ),
    Proof(
        "no more of an order came back than was sold, at the prices that were paid",
        f"""SELECT 'order ' || coalesce(l.id::text, b.order_ref) AS subject, NULL AS asset,
                   format('of line %s %s pieces are left and %s was paid back', coalesce(l.ref, b.ref), l.left_over,
                          coalesce(l.refund_minor, b.refund_minor)) AS detail
            FROM ({_LEFT}) l FULL JOIN ({_BACK}) b USING (shop_id, order_ref, ref)
            WHERE l.id IS NULL OR l.left_over < 0
               OR l.refund_minor <> l.final_minor - div(l.final_minor * l.left_over, l.sold)""",  # noqa: S608 - ours.
    ),
    Proof(
        "an order is returned when nothing of it is left",
        f"""SELECT 'order ' || id AS subject, state || ' with ' || sum(left_over) || ' pieces left' AS detail,
                   NULL AS asset
            FROM ({_LEFT}) AS line GROUP BY id, state
            HAVING (state = 'returned') <> (sum(left_over) = 0)
                OR (state = 'succeeded' AND sum(left_over) <> sum(sold))""",  # noqa: S608 - ours.
    ),
)

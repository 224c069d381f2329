"""What settlements promise: a transfer of a shop stands in one statement, and statements sum to the shop's account."""

from core.proofs import Proof

_KINDS = """'discount', 'cover', 'raise_shop', 'unpay_shop', 'undiscount', 'uncover', 'lower_shop', 'pay_shop'"""

# What each transfer of a shop's account does to what the maker owes the shop.
_LEGS = f"""
    SELECT t.id, t.kind, t.cause, t.created_at, t.asset, a.owner_id AS shop_id,
           CASE WHEN a.id = t.credit_account_id THEN t.amount_minor ELSE -t.amount_minor END AS owed_minor
    FROM account a JOIN transfer t ON a.id IN (t.credit_account_id, t.debit_account_id) AND t.kind IN ({_KINDS})
    WHERE a.kind = 'shop_payable'
"""  # noqa: S608 - our own text.

PROOFS = (
    Proof(
        "the lines of a statement are the transfers behind them",
        f"""SELECT 'settlement ' || coalesce(l.settlement_id, t.settlement_id) AS subject, t.asset,
                   format('line %s says %s, its transfers %s', l.place, l.owed_minor, coalesce(t.owed_minor, 0))
                       AS detail
            FROM settlement_line l FULL JOIN (
                SELECT s.line_id, s.settlement_id, sum(g.owed_minor) AS owed_minor, min(g.asset) AS asset,
                       count(*) = count(g.id) AND min(g.shop_id::text) = max(st.shop_id::text)
                           AND max(g.shop_id::text) = max(st.shop_id::text)
                           AND max(g.created_at) < max(st.ends_at) AS fits
                FROM settled_transfer s JOIN settlement st ON st.id = s.settlement_id
                LEFT JOIN ({_LEGS}) g ON g.id = s.transfer_id GROUP BY 1, 2) t
              ON t.line_id = l.id AND t.settlement_id = l.settlement_id
            WHERE l.id IS NULL OR l.owed_minor <> coalesce(t.owed_minor, 0) OR NOT coalesce(t.fits, true)""",  # noqa: S608 - ours.
    ),
    Proof(
        "a statement is the sum of its lines, and begins where the one before ended",
        """SELECT 'settlement ' || s.id AS subject, s.asset,
                  format('opens with %s after %s, ends with %s, its lines sum to %s', s.opening_minor,
                         coalesce(s.before_minor, 0), s.closing_minor, coalesce(l.owed_minor, 0)) AS detail
           FROM (SELECT *, lag(closing_minor) OVER (PARTITION BY shop_id ORDER BY month) AS before_minor
                 FROM settlement) s
           LEFT JOIN (SELECT settlement_id, sum(owed_minor) AS owed_minor, count(*) AS lines
                      FROM settlement_line GROUP BY 1) l ON l.settlement_id = s.id
           WHERE s.opening_minor <> coalesce(s.before_minor, 0) OR s.lines <> coalesce(l.lines, 0)
              OR s.closing_minor - s.opening_minor <> coalesce(l.owed_minor, 0)""",
    ),
    Proof(
        "closed statements and what waits for the next one are a shop's account",
        # Whoever committed late stands in the statement after; nothing waits for longer than that.
        f"""SELECT 'shop ' || s.shop_id AS subject, s.asset,
                   format('statements end with %s, the account has %s behind them', s.closing_minor,
                          coalesce(g.owed_minor, 0)) AS detail
            FROM (SELECT DISTINCT ON (shop_id) * FROM settlement ORDER BY shop_id, month DESC) s
            LEFT JOIN (
                SELECT g.shop_id, sum(g.owed_minor) FILTER (WHERE t.transfer_id IS NOT NULL) AS owed_minor,
                       min(g.created_at) FILTER (WHERE t.transfer_id IS NULL) AS waits_since
                FROM ({_LEGS}) g LEFT JOIN settled_transfer t ON t.transfer_id = g.id GROUP BY 1) g
              ON g.shop_id = s.shop_id
            WHERE s.closing_minor <> coalesce(g.owed_minor, 0) OR g.waits_since < s.starts_at""",  # noqa: S608 - ours.
    ),
    Proof(
        "each payment and each correction of a statement is one transfer of its amount",
        """SELECT coalesce(m.cause, t.cause) AS subject, coalesce(m.asset, t.asset) AS asset,
                  format('%s, the ledger moved %s', coalesce(m.amount_minor, 0), coalesce(t.amount_minor, 0)) AS detail
           FROM (
               SELECT 'settlement_payment:' || id AS cause, asset,
                      CASE WHEN reversed_at IS NULL THEN -amount_minor ELSE 0 END AS amount_minor, transfer_id
               FROM settlement_payment
               UNION ALL
               SELECT 'settlement_dispute:' || id, asset, correction_minor, transfer_id
               FROM settlement_dispute WHERE state = 'upheld' AND correction_minor <> 0) m
           FULL JOIN (
               SELECT cause, min(asset) AS asset,
                      sum(CASE WHEN kind IN ('raise_shop', 'unpay_shop') THEN amount_minor ELSE -amount_minor END)
                          AS amount_minor, array_agg(id) AS ids
               FROM transfer WHERE kind IN ('pay_shop', 'unpay_shop', 'raise_shop', 'lower_shop') GROUP BY cause) t
             ON t.cause = m.cause
           WHERE m.amount_minor IS DISTINCT FROM t.amount_minor OR m.transfer_id <> ALL (t.ids)""",
    ),
    Proof(
        "what the maker bore for a till is what the ledger moved for it",
        """SELECT 'order ' || coalesce(c.order_id, t.order_id) AS subject, coalesce(c.asset, t.asset) AS asset,
                  format('bore %s and took back %s, the ledger %s and %s', c.amount_minor, c.returned_minor,
                         t.covered_minor, t.uncovered_minor) AS detail
           FROM offline_cover c FULL JOIN (
               SELECT substr(cause, 7)::uuid AS order_id, min(asset) AS asset,
                      coalesce(sum(amount_minor) FILTER (WHERE kind = 'cover'), 0) AS covered_minor,
                      coalesce(sum(amount_minor) FILTER (WHERE kind = 'uncover'), 0) AS uncovered_minor
               FROM transfer WHERE kind IN ('cover', 'uncover') GROUP BY 1) t ON t.order_id = c.order_id
           WHERE (c.amount_minor, c.returned_minor)
             IS DISTINCT FROM (t.covered_minor::bigint, t.uncovered_minor::bigint)""",
    ),
)

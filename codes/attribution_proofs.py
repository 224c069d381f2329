"""What attribution promises: a sale is one agent's everywhere, customers are counted, and who pays pays once."""

from core.proofs import Proof

_REDEEMED = "('succeeded', 'partially_returned', 'returned')"

# What was decided for each redeemed order, bonus by bonus.
_GRANTS = f"""
    SELECT o.id, (g ->> 'campaign_id')::uuid AS campaign_id, (g ->> 'effect')::smallint AS effect,
           (g ->> 'beneficiary_agent_id')::uuid AS agent_id, g ->> 'asset' AS asset,
           (g ->> 'amount_minor')::numeric AS amount_minor, coalesce((g ->> 'given_minor')::numeric, 0) AS given_minor
    FROM promo_order o, json_array_elements(o.decision -> 'awards') AS award,
         json_array_elements(award -> 'grants') AS g
    WHERE o.state IN {_REDEEMED}
"""  # noqa: S608 - our own text.
# What agents gave of them for discounts.
_GIVEN = f"""
    SELECT o.id, (g ->> 'campaign_id')::uuid AS campaign_id, (g ->> 'effect')::smallint AS effect,
           (g ->> 'agent_id')::uuid AS agent_id, (g ->> 'gross_minor')::numeric AS gross_minor,
           (g ->> 'given_minor')::numeric AS given_minor
    FROM promo_order o, json_array_elements(coalesce(o.decision -> 'given', '[]')) AS g
    WHERE o.state IN {_REDEEMED}
"""  # noqa: S608 - our own text.

PROOFS = (
    Proof(
        "a sale is the same agent's in its order, its attribution and its claims",
        f"""SELECT 'order ' || coalesce(o.id, a.activity_id) AS subject, NULL AS asset,
                   format('is of agent %s, attributed to %s', o.agent_id, a.agent_id) AS detail
            FROM (SELECT * FROM promo_order WHERE state IN {_REDEEMED}) o
            FULL JOIN attribution a ON a.activity_id = o.id
            WHERE (o.agent_id, o.program_id) IS DISTINCT FROM (a.agent_id, a.program_id)
               OR (SELECT array_agg(DISTINCT claim ->> 'agent_id') FROM json_array_elements(a.claims) AS claim
                   WHERE claim ->> 'outcome' = 'won') IS DISTINCT FROM ARRAY[a.agent_id::text]""",  # noqa: S608 - ours.
    ),
    Proof(
        "a known customer has as many orders as were not let go",
        """SELECT 'customer ' || k.id AS subject, NULL AS asset,
                  format('has %s orders and %s returned, of %s and %s', k.orders, k.returned, o.orders, o.returned)
                      AS detail
           FROM known_customer k LEFT JOIN LATERAL (
               SELECT count(*) AS orders, count(*) FILTER (WHERE state = 'returned') AS returned
               FROM promo_order
               WHERE program_id = k.program_id AND customer_key = k.customer_key AND created_at >= k.since
                 AND state NOT IN ('released', 'expired')) o ON true
           WHERE (k.orders, k.returned) IS DISTINCT FROM (o.orders, o.returned)""",
    ),
    Proof(
        "an agent is paid his bonus without what he gave of it for the discount",
        f"""SELECT 'order ' || coalesce(paid.id, given.id) AS subject, paid.asset AS asset,
                   format('a bonus of %s, of which %s was given, is credited as %s', given.gross_minor,
                          given.given_minor, paid.credited_minor) AS detail
            FROM (SELECT g.*, a.amount_minor AS credited_minor FROM ({_GRANTS}) g
                  LEFT JOIN accrual a ON a.activity_id = g.id AND a.campaign_id = g.campaign_id
                       AND a.effect = g.effect AND a.agent_id = g.agent_id AND a.state IN ('credited', 'clawed_back')
            ) paid
            FULL JOIN ({_GIVEN}) given USING (id, campaign_id, effect, agent_id)
            -- Another proof of the same purchase may have earned some of it before.
            WHERE coalesce(paid.amount_minor, 0) < coalesce(paid.credited_minor, 0)
               OR coalesce(paid.given_minor, given.given_minor) <> coalesce(given.given_minor, 0)
               OR coalesce(paid.amount_minor, 0) <> coalesce(given.gross_minor - given.given_minor, paid.amount_minor)
               OR given.given_minor NOT BETWEEN 1 AND given.gross_minor""",  # noqa: S608 - our own text.
    ),
    Proof(
        "nobody keeps a bonus for an order that came back whole",
        """SELECT 'order ' || o.id AS subject, a.asset,
                  format('came back, and %s of its bonus is left', a.amount_minor - a.clawed_minor) AS detail
           FROM promo_order o JOIN accrual a ON a.activity_id = o.id
           WHERE o.state = 'returned' AND a.state IN ('credited', 'clawed_back') AND a.clawed_minor < a.amount_minor""",
    ),
)

"""What rewards promise: paid for is given, given is paid for, and no card goes to two."""

from core.proofs import Proof

PROOFS = (
    Proof(
        "a gift card that was paid for was given, and no other was",
        """SELECT 'reward order ' || coalesce(o.id, card.order_id) AS subject, NULL AS asset,
                  format('its spend is %s and it has %s cards', coalesce(spend.state, 'not there'), count(card.id))
                      AS detail
           FROM (SELECT * FROM reward_order WHERE kind = 'gift_card') o JOIN spend ON spend.id = o.spend_id
           FULL JOIN (SELECT * FROM gift_card WHERE order_id IS NOT NULL) card ON card.order_id = o.id
           GROUP BY o.id, card.order_id, spend.state
           HAVING count(card.id) <> 1 OR spend.state IS NULL OR spend.state NOT IN ('captured', 'refunded')""",
    ),
    Proof(
        "what was ordered is paid for by its own agent",
        """SELECT 'reward order ' || o.id AS subject, spend.asset, 'it is paid for by somebody else' AS detail
           FROM reward_order o LEFT JOIN spend ON spend.id = o.spend_id
           WHERE spend.agent_id IS DISTINCT FROM o.agent_id""",
    ),
)

"""What budgets and terms promise, as statements that name every row which breaks it."""

from core.proofs import Proof

PROOFS = (
    Proof(
        "each budget is what the ledger holds for its campaign",
        """SELECT 'campaign ' || budget.campaign_id AS subject, budget.asset,
                  'its budget has ' || (cap_minor - spent_minor) || ' left, the ledger ' || coalesce(held, 0) AS detail
           FROM budget LEFT JOIN (
               SELECT account.owner_id, account.asset, sum(leg.amount_minor) AS held FROM account JOIN (
                   SELECT credit_account_id AS account_id, amount_minor FROM transfer
                   UNION ALL SELECT debit_account_id, -amount_minor FROM transfer) leg ON leg.account_id = account.id
               WHERE account.kind = 'campaign' GROUP BY account.owner_id, account.asset) ledger
             ON ledger.owner_id = budget.campaign_id AND ledger.asset = budget.asset
           WHERE cap_minor - spent_minor <> coalesce(held, 0)""",
    ),
    Proof(
        "no campaign has spent more than its budget",
        """SELECT 'campaign ' || campaign_id AS subject, asset,
                  'it spent ' || spent_minor || ' of ' || cap_minor AS detail
           FROM budget WHERE spent_minor NOT BETWEEN 0 AND cap_minor""",
    ),
    Proof(
        "each published text is the one that its hash names",
        """SELECT 'terms ' || id AS subject, 'the text does not fit its hash' AS detail, NULL::text AS asset
           FROM terms
           WHERE sha256 <> sha256(convert_to(text_ru, 'UTF8') || '\\x00'::bytea || convert_to(text_en, 'UTF8'))""",
    ),
    Proof(
        "each agreement is to a published text",
        """SELECT 'terms_acceptance ' || a.id AS subject, NULL::text AS asset,
                  'its hash is not that of its text' AS detail
           FROM terms_acceptance a JOIN terms t ON t.id = a.terms_id
           WHERE (a.sha256, a.version) IS DISTINCT FROM (t.sha256, t.version)""",
    ),
)

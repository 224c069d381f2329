"""What budgets and terms promise, as statements that name every row which breaks it."""

from core.proofs import Proof

PROOFS = (
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

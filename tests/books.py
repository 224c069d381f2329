"""The books seen from outside: what must hold after every test, asked of the public views in plain SQL."""

from tests.installation import Installation

BREACHES = {
    "a transaction's postings sum to zero": """
        SELECT txn_id FROM v_postings GROUP BY txn_id HAVING sum(amount_minor) <> 0""",
    "an asset's postings sum to zero": """
        SELECT asset FROM v_postings GROUP BY asset HAVING sum(amount_minor) <> 0""",
    "a balance is the sum of its postings": """
        SELECT a.account FROM v_accounts a
        LEFT JOIN (SELECT account, sum(amount_minor) AS posted FROM v_postings GROUP BY account) p USING (account)
        WHERE a.balance_minor <> coalesce(p.posted, 0)""",
    "an agent never has less than nothing": """
        SELECT account FROM v_accounts WHERE kind = 'agent' AND (balance_minor - held_minor < 0 OR held_minor < 0)""",
    "a cause is credited at most once per rule and beneficiary": """
        SELECT cause FROM activity JOIN accrual ON accrual.activity_id = activity.id WHERE accrual.state = 'credited'
        GROUP BY program_id, cause, campaign_id, effect, accrual.agent_id HAVING count(*) > 1""",
    "a campaign pays for a code once": """
        SELECT cause FROM v_postings JOIN v_accounts USING (account)
        WHERE kind = 'campaign' AND amount_minor < 0 AND cause LIKE 'code:%'
        GROUP BY cause, account HAVING count(*) > 1""",
    "an accepted scan is credited, waits, or has a reason": """
        SELECT scan.id FROM scan LEFT JOIN activity ON activity.id = scan.id
        LEFT JOIN v_causes v ON v.cause = activity.cause WHERE v.status IS NULL OR v.status = 'denied:unknown'""",
    "a campaign spends what its credits and discounts are and what is held of it, and never more than its cap": """
        SELECT b.campaign_id FROM budget b LEFT JOIN (
            SELECT campaign_id, asset, sum(amount_minor - clawed_minor) AS net, sum(amount_minor) AS gross FROM accrual
            WHERE state IN ('credited', 'clawed_back') GROUP BY 1, 2) c USING (campaign_id, asset)
        LEFT JOIN (
            SELECT campaign.owner AS campaign_id, mine.asset, -sum(mine.amount_minor) AS given
            FROM v_postings mine JOIN v_accounts campaign ON campaign.account = mine.account
            JOIN v_postings other ON other.txn_id = mine.txn_id
            JOIN v_accounts place ON place.account = other.account
            WHERE campaign.kind = 'campaign' AND place.kind IN ('shop_payable', 'campaign_held') GROUP BY 1, 2) d
          ON d.campaign_id = b.campaign_id AND d.asset = b.asset
        WHERE b.spent_minor > b.cap_minor OR b.spent_minor - coalesce(d.given, 0)
            NOT BETWEEN coalesce(c.net, 0) AND coalesce(c.gross, 0)""",
}


async def breaches(installation: Installation) -> dict[str, list[str]]:
    """What does not hold, with the rows that break it."""
    found = {}
    for sentence, statement in BREACHES.items():
        rows = await installation.ask(statement)
        if rows:
            found[sentence] = [str(row[0]) for row in rows[:5]]
    return found

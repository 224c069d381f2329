"""Habits: agents whose bonuses keep being taken back, and more new agents in an hour than there ever are."""

from datetime import datetime, timedelta
from typing import Final

from core.db import fetch, fetch_row, transaction
from core.ids import earliest
from referrals import risks
from referrals.risks import RiskKind, Suspicion

# So many clawbacks in these days, and so large a share of the bonuses of these days.
RETURNS_DAYS: Final = 30
RETURNS: Final = 20
RETURNS_SHARE_PERCENT: Final = 20
# So many new agents in an hour, and so many times as many as in an hour of the week before.
ENROLMENTS_HOUR: Final = 1_000
ENROLMENTS_TIMES: Final = 5

# An order that a client brings back piece by piece is one. The newest thousand entries say enough of anybody.
_RETURNS = """
SELECT agent_id, clawed, credited FROM (
    SELECT agent_id, count(DISTINCT coalesce(activity_id::text, id::text)) AS clawed FROM journal_entry
    WHERE kind IN ('clawed_back', 'client_returned') AND at > $1::timestamptz - make_interval(days => $2)
    GROUP BY agent_id HAVING count(*) >= $3) AS often
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE kind = 'credited' AND at > $1::timestamptz - make_interval(days => $2)) AS credited
    FROM (SELECT kind, at FROM journal_entry told WHERE told.agent_id = often.agent_id ORDER BY id DESC LIMIT 1000)
        AS newest) AS bonuses
WHERE clawed >= $3 AND clawed * 100 >= credited * $4
"""


async def judge_returns() -> None:
    """Suspect whoever earns and gives back, again and again; one transaction."""
    async with transaction() as now:
        rows = await fetch(_RETURNS, now, RETURNS_DAYS, RETURNS, RETURNS_SHARE_PERCENT)
        suspicions = [
            Suspicion(
                kind=RiskKind.returns,
                subject=f"agent:{row['agent_id']}",
                facts={
                    "clawed": row["clawed"],
                    "credited": row["credited"],
                    "within_days": RETURNS_DAYS,
                    "thresholds": {"clawed": RETURNS, "share_percent": RETURNS_SHARE_PERCENT},
                },
                agent_id=row["agent_id"],
            )
            for row in rows
        ]
        await risks.record_all(suspicions, now=now)


async def judge_enrolments() -> None:
    """Suspect an hour in which far more agents enrol than usual; one transaction."""
    async with transaction() as now:
        new = await _enrolled(now - timedelta(hours=1), now)
        if new < ENROLMENTS_HOUR:
            return
        usual = await _enrolled(now - timedelta(days=7, hours=1), now - timedelta(hours=1)) // (7 * 24)
        if new >= ENROLMENTS_TIMES * usual:
            facts = {
                "enrolled": new,
                "usual": usual,
                "within_hours": 1,
                "thresholds": {"enrolled": ENROLMENTS_HOUR, "times_usual": ENROLMENTS_TIMES},
            }
            await risks.record(kind=RiskKind.mass_enrolment, subject="installation", facts=facts, now=now)


async def _enrolled(begin: datetime, end: datetime) -> int:
    row = await fetch_row(
        "SELECT count(*) AS agents FROM agent WHERE id >= $1 AND id < $2", earliest(begin), earliest(end)
    )
    return int(row["agents"]) if row else 0

"""Guessing: wrong codes of agents and of the whole installation, as the watch sees them."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from core import guesses, keys
from core.db import fetch, fetch_value, transaction
from core.ids import earliest
from referrals import risks
from referrals.risks import RiskKind, Suspicion

# Guesses of one agent in this hour and the one before; refusals of an hour, and their share of all scans of it.
AGENT_GUESSES: Final = 15
HOUR_REFUSALS: Final = 1_000
HOUR_SHARE_PERCENT: Final = 20

_REFUSED = """
SELECT agent_id, count(*) AS refused FROM refused_scan
WHERE at > $1::timestamptz - interval '2 hours' AND slug IN ('not_accepted', 'check_failed')
GROUP BY agent_id HAVING count(*) >= $2
"""


@lru_cache(maxsize=100_000)
def agent_subject(agent_id: UUID) -> bytes:
    """What an agent is called where guesses are counted."""
    return keys.pseudonym(str(agent_id), "agent of a guess")


async def judge_guesses() -> None:
    """Suspect whoever tries one wrong code after another, and an hour in which everybody seems to; one transaction."""
    async with transaction() as now:
        await risks.record_all([*await _of_agents(now=now), *await _of_everybody(now=now)], now=now)


async def _of_agents(*, now: datetime) -> list[Suspicion]:
    # Many who were refused are no guessers: they scan what is stopped, or the code on the outside.
    refused = await fetch(_REFUSED, now, AGENT_GUESSES)
    subjects = {agent_subject(row["agent_id"]): row["agent_id"] for row in refused}
    failures = await guesses.failures_of(list(subjects))
    return [
        Suspicion(
            kind=RiskKind.unknown_codes,
            subject=f"agent:{subjects[subject]}",
            facts={"failures": count, "within_hours": 2, "thresholds": {"failures": AGENT_GUESSES}},
            agent_id=subjects[subject],
        )
        for subject, count in failures.items()
        if count >= AGENT_GUESSES
    ]


async def _of_everybody(*, now: datetime) -> list[Suspicion]:
    [row] = await fetch(
        """SELECT count(*) AS refused, count(DISTINCT agent_id) AS agents FROM refused_scan
           WHERE at > $1::timestamptz - interval '1 hour' AND slug IN ('not_accepted', 'check_failed')""",
        now,
    )
    if row["refused"] < HOUR_REFUSALS or not await _is_a_large_share(row, now=now):
        return []
    facts = {
        "refused": row["refused"],
        "agents": row["agents"],
        "thresholds": {"refused": HOUR_REFUSALS, "share_percent": HOUR_SHARE_PERCENT},
    }
    return [Suspicion(kind=RiskKind.unknown_codes, subject="installation", facts=facts)]


async def _is_a_large_share(row: Any, *, now: datetime) -> bool:
    """Whether the hour's accepted scans are too few beside its refusals; only so many are counted as would matter."""
    enough = row["refused"] * (100 - HOUR_SHARE_PERCENT) // HOUR_SHARE_PERCENT
    accepted = await fetch_value(
        "SELECT count(*) FROM (SELECT FROM scan WHERE id > $1 LIMIT $2) AS scanned",
        earliest(now - timedelta(hours=1)),
        enough,
    )
    return bool(accepted < enough)

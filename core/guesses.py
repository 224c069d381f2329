"""Wrong codes, counted in the database: exact under many processes, fail closed, subjects unreadable."""

from collections.abc import Sequence
from datetime import datetime

from core.db import execute, fetch


def blocked(subjects: str, mosts: str) -> str:
    """SQL for those of the subjects that have used up their failures of this hour; it names two arrays."""
    return f"""SELECT g.subject FROM unnest({subjects}::bytea[], {mosts}::int[]) AS asked (subject, most)
               JOIN guess g ON g.subject = asked.subject AND g.hour = date_trunc('hour', now())
               WHERE g.failures >= asked.most"""  # noqa: S608 - the caller's placeholders.


async def count(failures: Sequence[tuple[bytes, int]], *, now: datetime) -> dict[bytes, int]:
    """Count one failure for each entry (a subject and its most an hour); joins the caller's transaction.

    Returns how many of a subject's failures were let in; those beyond are refused. Rows are locked in one order.
    """
    wanted: dict[bytes, tuple[int, int]] = {}
    for subject, most in failures:
        wanted[subject] = (wanted.get(subject, (0, most))[0] + 1, most)
    if not wanted:
        return {}
    subjects = sorted(wanted)
    rows = await fetch(
        """WITH asked AS (
               SELECT * FROM unnest($1::bytea[], $2::int[], $3::int[]) AS t (subject, wanted, most)),
           made AS (
               INSERT INTO guess (subject, hour, failures)
               SELECT subject, date_trunc('hour', $4::timestamptz), 0 FROM asked ORDER BY subject
               ON CONFLICT (subject, hour) DO UPDATE SET failures = guess.failures
               RETURNING subject, failures)
           SELECT asked.subject, least(asked.wanted, asked.most - made.failures) AS let_in
           FROM asked JOIN made USING (subject)""",
        subjects,
        [wanted[subject][0] for subject in subjects],
        [wanted[subject][1] for subject in subjects],
        now,
    )
    let_in = {row["subject"]: max(0, row["let_in"]) for row in rows}
    await fetch(
        """UPDATE guess SET failures = guess.failures + t.let_in
           FROM unnest($1::bytea[], $2::int[]) AS t (subject, let_in)
           WHERE guess.subject = t.subject AND guess.hour = date_trunc('hour', $3::timestamptz)""",
        subjects,
        [let_in[subject] for subject in subjects],
        now,
    )
    return let_in


async def take_back(subjects: Sequence[bytes]) -> None:
    """Uncount one failure of this hour for each of these subjects: what was counted before it was judged was right."""
    for subject in sorted(subjects):
        await execute(
            """UPDATE guess SET failures = failures - 1
               WHERE subject = $1 AND hour = date_trunc('hour', now()) AND failures > 0""",
            subject,
        )


async def failures_of(subjects: Sequence[bytes]) -> dict[bytes, int]:
    """How often each of these subjects has failed in the hours that are remembered."""
    rows = await fetch(
        "SELECT subject, sum(failures)::bigint AS failures FROM guess WHERE subject = ANY($1) GROUP BY subject",
        subjects,
    )
    return {row["subject"]: row["failures"] for row in rows}


async def forget_old() -> None:
    """Drop what was counted in past hours."""
    await execute("DELETE FROM guess WHERE hour < now() - interval '2 hours'")

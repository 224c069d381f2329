"""Wrong codes, counted in the database: exact under many processes, fail closed, subjects unreadable."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from core.db import execute, fetch

# Somebody who fails, and his most an hour.
Subject = tuple[bytes, int]


def blocked(subjects: str, mosts: str) -> str:
    """SQL for those of the subjects that have used up their failures of this hour; it names two arrays."""
    return f"""SELECT g.subject FROM unnest({subjects}::bytea[], {mosts}::int[]) AS asked (subject, most)
               JOIN guess g ON g.subject = asked.subject AND g.hour = date_trunc('hour', now())
               WHERE g.failures >= asked.most"""  # noqa: S608 - the caller's placeholders.


async def count(failures: Sequence[Sequence[Subject]], *, now: datetime) -> dict[bytes, int]:
    """Count each failure for its subjects, whoever fails before the network that he is in; joins the transaction.

    Returns how many of each subject's failures were let in; those beyond are refused. Whoever has none left costs those
    behind him none: one who fails a thousand times silences himself and not his network. Rows are locked in one order.
    """
    mosts = {subject: most for failure in failures for subject, most in failure}
    if not mosts:
        return {}
    subjects = sorted(mosts)
    rows = await fetch(
        """INSERT INTO guess (subject, hour, failures)
           SELECT subject, date_trunc('hour', $2::timestamptz), 0 FROM unnest($1::bytea[]) AS t (subject)
           ORDER BY subject
           ON CONFLICT (subject, hour) DO UPDATE SET failures = guess.failures
           RETURNING subject, failures""",
        subjects,
        now,
    )
    let_in = _let_in(failures, {row["subject"]: mosts[row["subject"]] - row["failures"] for row in rows})
    await fetch(
        """UPDATE guess SET failures = guess.failures + t.let_in
           FROM unnest($1::bytea[], $2::int[]) AS t (subject, let_in)
           WHERE guess.subject = t.subject AND guess.hour = date_trunc('hour', $3::timestamptz)""",
        list(let_in),
        list(let_in.values()),
        now,
    )
    return let_in


def _let_in(failures: Sequence[Sequence[Subject]], left: Mapping[bytes, int]) -> dict[bytes, int]:
    """By subject the failures that come in; a subject that none of them reached is not in it."""
    let_in: dict[bytes, int] = {}
    for failure in failures:
        for subject, _ in failure:
            let_in.setdefault(subject, 0)
            if let_in[subject] >= left[subject]:
                break
            let_in[subject] += 1
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


def seconds_left(now: datetime) -> int:
    """In how many seconds whoever has used up his failures is heard again: the hour of the clock counts them."""
    next_hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return int((next_hour - now).total_seconds()) + 1


async def forget_old() -> None:
    """Drop what was counted in past hours."""
    await execute("DELETE FROM guess WHERE hour < now() - interval '2 hours'")

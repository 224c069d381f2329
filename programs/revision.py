"""Revisions: numbers that move with every change, so that a process knows when what it remembers is old."""

import time
from typing import Literal, NamedTuple

from core.db import execute, fetch_row


class Revision(NamedTuple):
    """Which rules and which catalogue are in force; neither number ever comes back."""

    rules: int
    catalogue: int


class _Look:
    """What this process saw when it looked last."""

    revision = Revision(0, 0)
    at = float("-inf")


async def bump(what: Literal["rules", "catalogue"]) -> None:
    """Say that something changed; joins the caller's transaction, and lets one change at a time pass."""
    forget()
    await execute(
        f"""INSERT INTO program_revision (place, rules, catalogue)
            VALUES (1, nextval('program_revision_number'), nextval('program_revision_number'))
            ON CONFLICT (place) DO UPDATE SET {what} = nextval('program_revision_number')"""  # noqa: S608 - one of two.
    )


def forget() -> None:
    """Look anew the next time, whatever was seen."""
    _Look.at = float("-inf")


async def current(*, age_seconds_max: float) -> Revision:
    """The numbers as they stand, or stood that long ago at most."""
    started = time.monotonic()
    if started - _Look.at >= age_seconds_max:
        row = await fetch_row("SELECT rules, catalogue FROM program_revision")
        _Look.revision = Revision(row["rules"], row["catalogue"]) if row else Revision(0, 0)
        _Look.at = started
    return _Look.revision

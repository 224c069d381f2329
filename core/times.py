"""Times from outside: RFC 3339 with an offset. What is told of them is UTC."""

from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta

# A time without an offset is refused: nobody knows when it was.
Moment = Annotated[datetime, Meta(tz=True)]


def in_utc(moment: datetime | None) -> datetime | None:
    """The same moment as it is told: the offset that somebody wrote it with was his own."""
    return None if moment is None else moment.astimezone(UTC)

"""Times from outside: RFC 3339 with an offset."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

# A time without an offset is refused: nobody knows when it was.
Moment = Annotated[datetime, Meta(tz=True)]

"""The pepper: the key of every hash that has to stay what it is, whatever becomes of the master key that locks it."""

import os

from core import keys
from core.db import fetch_value
from core.rewrapping import Wrapped

PURPOSE = "pepper"
WRAPPED = (Wrapped("pepper", "place", "smallint", PURPOSE),)
_BYTES = 32


async def load() -> None:
    """Make the installation's pepper this process's; the first process of all makes one."""
    wrapped = await fetch_value("SELECT wrapped_secret FROM pepper")
    if wrapped is None:
        # Another process may have been first: then it is his that counts.
        wrapped = await fetch_value(
            """INSERT INTO pepper (wrapped_secret) VALUES ($1)
               ON CONFLICT (place) DO UPDATE SET place = pepper.place RETURNING wrapped_secret""",
            keys.wrap(os.urandom(_BYTES), purpose=PURPOSE),
        )
    keys.use_pepper(keys.unwrap(wrapped, purpose=PURPOSE))

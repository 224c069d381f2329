"""The pepper: the key of every hash that has to stay what it is, whatever becomes of the master key that locks it."""

import os

from core import customer_peppers, keys
from core.db import fetch_value
from core.rewrapping import Wrapped

PURPOSE = "pepper"
WRAPPED = (Wrapped("pepper", "place", "smallint", PURPOSE), *customer_peppers.WRAPPED)
_BYTES = 32


async def load() -> None:
    """Make the installation's peppers this process's; the first process of all makes them."""
    wrapped = await fetch_value("SELECT wrapped_secret FROM pepper")
    is_first = wrapped is None
    if is_first:
        # Another process may have been first: then it is his that counts.
        wrapped = await fetch_value(
            """INSERT INTO pepper (wrapped_secret) VALUES ($1)
               ON CONFLICT (place) DO UPDATE SET place = pepper.place RETURNING wrapped_secret""",
            keys.wrap(os.urandom(_BYTES), purpose=PURPOSE),
        )
    keys.use_pepper(keys.unwrap(wrapped, purpose=PURPOSE))
    # Where there are customers from before this pepper had versions, the first one is what they were hashed with.
    first = os.urandom(_BYTES) if is_first else keys.pepper_of(customer_peppers.FIRST_PURPOSE)
    await customer_peppers.load(first=first)

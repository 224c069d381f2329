"""The invariants of the books, asked on this process's own connection."""

from core.db import fetch
from tests.books import BREACHES


async def broken_invariants() -> list[str]:
    """Each invariant that does not hold, with the first rows that break it; nothing when the books are right."""
    return [
        f"{sentence}: {row[0]}"
        for sentence, statement in BREACHES.items()
        for row in await fetch(f"SELECT * FROM ({statement}) AS breach LIMIT 5")
    ]

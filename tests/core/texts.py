"""Texts anywhere in the database: whatever must not stand there is looked for in every row of every table."""

from core.db import fetch, fetch_value


async def places_of(word: str) -> list[str]:
    """The tables in which a word stands, whatever the column."""
    tables = await fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migration'")
    return [
        row["tablename"]
        for row in tables
        if await fetch_value(
            f"SELECT EXISTS (SELECT FROM {row['tablename']} AS t WHERE strpos(t::text, $1) > 0)",
            word,
        )
    ]

"""Rewrapping: secrets are locked anew under the current master key, so that an old version can be done without."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec

from core import keys
from core.db import execute, fetch, transaction

# So many rows are locked at once, for the milliseconds that it takes.
_AT_ONCE = 200


class Wrapped(msgspec.Struct, frozen=True):
    """A column that holds wrapped secrets, for what purpose, and the primary key of its rows."""

    table: str
    key: str
    key_type: str
    purpose: str
    column: str = "wrapped_secret"


class Locked(msgspec.Struct, frozen=True):
    """How many secrets of a table are locked under a version of the master key."""

    table: str
    version: int
    secrets: int


async def rewrap(places: Sequence[Wrapped]) -> AsyncIterator[tuple[Wrapped, int]]:
    """Lock everything under the current version, some rows after others; tells for each place how many were not.

    It may be killed anywhere and begun again; whoever reads meanwhile opens the old or the new.
    """
    for place in places:
        done, last = 0, None
        while rows := await _rewrap_some(place, after=last):
            last = rows[-1]["key"]
            done += len(rows)
        yield place, done


async def versions(places: Sequence[Wrapped]) -> list[Locked]:
    """Under which versions secrets are locked."""
    return [
        Locked(place.table, row["version"], row["secrets"])
        for place in places
        for row in await fetch(
            f"""SELECT get_byte({place.column}, 0) AS version, count(*) AS secrets FROM {place.table}
                WHERE {place.column} IS NOT NULL GROUP BY version ORDER BY version"""  # noqa: S608 - ours.
        )
    ]


async def _rewrap_some(place: Wrapped, *, after: Any) -> list[Any]:
    async with transaction():
        # The lock keeps a key from coming back that somebody destroys at this very moment.
        rows = await fetch(
            f"""SELECT {place.key} AS key, {place.column} AS secret FROM {place.table}
                WHERE {place.column} IS NOT NULL AND get_byte({place.column}, 0) <> $1
                      AND ($2::{place.key_type} IS NULL OR {place.key} > $2)
                ORDER BY {place.key} LIMIT {_AT_ONCE} FOR UPDATE""",  # noqa: S608 - ours.
            keys.current_version(),
            after,
        )
        if rows:
            await execute(
                f"""UPDATE {place.table} SET {place.column} = secret
                    FROM unnest($1::{place.key_type}[], $2::bytea[]) AS anew (key, secret)
                    WHERE {place.key} = anew.key""",  # noqa: S608 - ours.
                [row["key"] for row in rows],
                [keys.wrap(keys.unwrap(row["secret"], purpose=place.purpose), purpose=place.purpose) for row in rows],
            )
    return rows

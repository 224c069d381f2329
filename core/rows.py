"""Rows on their way into the database: one array a column, and what is the same in all of them only once.

A batch shares most of what it writes, such as its campaign, its asset, its moment, and each entry of an array costs the
client time. `rows` is the statement's side of it, `columns` the client's.
"""

from collections.abc import Sequence
from typing import Any


def rows(first: int = 1, **types: str) -> str:
    """SQL for rows whose columns come as the arguments from `first` on; an array of one stands for every row."""
    places = {name: f"${place}::{kind}[]" for place, (name, kind) in enumerate(types.items(), start=first)}
    cells = ", ".join(
        f"CASE cardinality({it}) WHEN 1 THEN ({it})[1] ELSE {name} END AS {name}" for name, it in places.items()
    )
    return f"SELECT {cells} FROM unnest({', '.join(places.values())}) AS cells ({', '.join(types)})"  # noqa: S608 - types


def columns(*each: Sequence[Any]) -> list[Sequence[Any]]:
    """The arguments for `rows`; the first column is never shortened, and tells how many rows there are."""
    whole, *others = each
    return [whole, *(_once(values) for values in others)]


def _once(values: Sequence[Any]) -> Sequence[Any]:
    # The last one tells most columns apart, so that few of them are counted.
    alike = values and values[0] == values[-1] and values.count(values[0]) == len(values)
    return values[:1] if alike else values

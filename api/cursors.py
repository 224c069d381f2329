"""Cursors: lists are read page by page, and a page says where the next one begins."""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from litestar.params import QueryParameter

Item = TypeVar("Item")
Cursor = TypeVar("Cursor")

# Constraints of a query stand in its QueryParameter: Litestar takes no notice of msgspec's there.
Limit = Annotated[int, QueryParameter(ge=1, le=200, description="How many a page holds at most.")]
NumberCursor = Annotated[int | None, QueryParameter(ge=0, le=2**62, description="Where the page before ended.")]
TextCursor = Annotated[
    str | None, QueryParameter(max_length=64, pattern="^[^\\u0000]*$", description="Where the page before ended.")
]


def next_page(page: Sequence[Item], limit: int, *, cursor: Callable[[Item], Cursor]) -> Cursor | None:
    """Where the next page begins; None behind the last one."""
    return cursor(page[-1]) if len(page) == limit else None

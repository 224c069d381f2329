"""Cursors: lists are read page by page, and a page says where the next one begins."""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from msgspec import Meta

Item = TypeVar("Item")
Cursor = TypeVar("Cursor")

Limit = Annotated[int, Meta(ge=1, le=200)]


def next_page(page: Sequence[Item], limit: int, *, cursor: Callable[[Item], Cursor]) -> Cursor | None:
    """Where the next page begins; None behind the last one."""
    return cursor(page[-1]) if len(page) == limit else None

"""Chores: what the workers do by schedule, and how the last time went."""

from datetime import datetime

import msgspec

from core.db import fetch


class ChoreView(msgspec.Struct, frozen=True):
    """A chore: when a worker last began it, and what broke if it did."""

    name: str
    done_at: datetime | None
    error: str | None


async def listed() -> list[ChoreView]:
    """Every chore that was ever begun, by name."""
    return [ChoreView(*row.values()) for row in await fetch("SELECT name, done_at, error FROM chore ORDER BY name")]

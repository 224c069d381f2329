"""Thresholds: where the watch begins to suspect and where it holds; a program may draw lines of its own."""

from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from core import audit
from core.db import execute, fetch, fetch_row, transaction
from core.refusals import NotFound

Line = Annotated[int, Meta(ge=1, le=1_000_000)]


class Thresholds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From so much on there is an event; from so much on (`…_hold_…`) what is pending of it waits for a decision.

    An honest crew that scans 400 codes in two days from one Wi-Fi stays far below each of them.
    """

    duplicate_codes: Line = 10
    duplicate_agents: Line = 6
    duplicate_share_permille: Line = 20
    duplicate_hold_codes: Line = 30
    duplicate_hold_agents: Line = 12
    duplicate_hold_share_permille: Line = 100
    carton_agents: Line = 10
    carton_share_percent: Line = 25
    carton_hold_agents: Line = 15
    carton_hold_share_percent: Line = 40
    pace_hour: Line = 1_000
    pace_day: Line = 3_000
    pace_hold_day: Line = 6_000


DEFAULT = Thresholds()


async def of_programs(program_ids: Iterable[UUID]) -> dict[UUID, Thresholds]:
    """The lines of these programs, the defaults where they have drawn none."""
    wanted = set(program_ids)
    rows = await fetch("SELECT program_id, name, value FROM watch_threshold WHERE program_id = ANY($1)", list(wanted))
    drawn: dict[UUID, dict[str, int]] = {program_id: {} for program_id in wanted}
    for row in rows:
        # A line that this version knows no more is no line.
        if row["name"] in Thresholds.__struct_fields__:
            drawn[row["program_id"]][row["name"]] = row["value"]
    return {program_id: Thresholds(**lines) for program_id, lines in drawn.items()}


async def of_program(program_id: UUID) -> Thresholds:
    """The lines of a program; NotFound when there is none."""
    if await fetch_row("SELECT FROM program WHERE id = $1", program_id) is None:
        raise NotFound
    return (await of_programs([program_id]))[program_id]


async def draw(program_id: UUID, thresholds: Thresholds, *, by: str) -> Thresholds:
    """Set the lines of a program, NotFound when there is none; those that are the defaults follow them from now on."""
    changed = {
        name: value for name, value in msgspec.structs.asdict(thresholds).items() if value != getattr(DEFAULT, name)
    }
    async with transaction():
        if await fetch_row("SELECT FROM program WHERE id = $1 FOR NO KEY UPDATE", program_id) is None:
            raise NotFound
        await execute("DELETE FROM watch_threshold WHERE program_id = $1", program_id)
        await execute(
            """INSERT INTO watch_threshold (program_id, name, value)
               SELECT $1, * FROM unnest($2::text[], $3::int[])""",
            program_id,
            list(changed),
            list(changed.values()),
        )
        await audit.record(by, "watch.draw", program_id=program_id, **changed)
    return thresholds

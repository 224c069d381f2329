"""The installation: whose it is, and the programs he runs."""

from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import UNSET, Meta, UnsetType

from core import audit
from core.db import execute, fetch, fetch_row, fetch_value, transaction
from core.ids import uuid7
from core.money import Asset
from core.refusals import NotFound, Unprocessable
from core.text import Name
from programs.revision import bump
from programs.snapshot import PROGRAM_COLUMNS, Program

Currency = Annotated[str, Meta(pattern="^[A-Z]{3}(?![\\s\\S])", description="ISO 4217: RUB.")]
CompanyReceipts = Literal["pay", "review", "refuse"]
DiscountForm = Literal["discount", "counter_provision"]
Jurisdiction = Annotated[str, Meta(pattern="^[A-Z]{2}(?![\\s\\S])", description="The profile of law that applies: RU.")]


class TimeZoneUnknown(Unprocessable):
    slug = "time_zone_unknown"
    title = "There is no time zone of that name"


class NewProgram(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A program to be made; its calendar, currency and asset stay, since days and sums are counted in them."""

    name: Name
    time_zone: Annotated[str, Meta(max_length=64, description="A name of the IANA database: Europe/Moscow.")]
    currency: Currency = "RUB"
    asset: Asset = "BON"
    jurisdiction: Jurisdiction = "RU"
    # What becomes of a receipt that names a company as the buyer.
    company_receipts: CompanyReceipts = "review"
    # How a till's receipt shows what a code gives.
    discount_form: DiscountForm = "discount"


class ProgramChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What of a program can be changed; what is left out stays."""

    name: Name | UnsetType = UNSET
    jurisdiction: Jurisdiction | UnsetType = UNSET
    company_receipts: CompanyReceipts | UnsetType = UNSET
    discount_form: DiscountForm | UnsetType = UNSET


_VIEW = f"SELECT {PROGRAM_COLUMNS} FROM program "  # noqa: S608 - ours.


async def name_owner(name: str, *, by: str) -> None:
    """Say whose installation this is."""
    async with transaction():
        await execute("INSERT INTO owner (name) VALUES ($1) ON CONFLICT (place) DO UPDATE SET name = $1", name)
        await audit.record(by, "owner.name", name=name)


async def owner() -> str | None:
    """Whose installation this is, once somebody has said so."""
    name: str | None = await fetch_value("SELECT name FROM owner")
    return name


async def create_program(new: NewProgram, *, by: str, program_id: UUID | None = None) -> Program:
    """Begin a program; one of this id that is there already stays as it is."""
    _check_time_zone(new.time_zone)
    program = Program(program_id or uuid7(), **msgspec.structs.asdict(new))
    async with transaction():
        made = await execute(
            f"""INSERT INTO program ({PROGRAM_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                ON CONFLICT (id) DO NOTHING""",  # noqa: S608 - ours.
            *msgspec.structs.astuple(program),
        )
        if made != "INSERT 0 1":
            return await find_program(program.id)
        await audit.record(by, "program.create", program=program)
        await bump("rules")
    return program


async def update_program(program_id: UUID, change: ProgramChange, *, by: str) -> Program:
    """Change a program's name, the profile of law that applies to it, or what that profile says."""
    async with transaction():
        await execute(
            """UPDATE program SET name = coalesce($2, name), jurisdiction = coalesce($3, jurisdiction),
                                  company_receipts = coalesce($4, company_receipts),
                                  discount_form = coalesce($5, discount_form) WHERE id = $1""",
            program_id,
            change.name or None,
            change.jurisdiction or None,
            change.company_receipts or None,
            change.discount_form or None,
        )
        program = await find_program(program_id)
        await audit.record(by, "program.update", program_id=program_id, change=change)
        await bump("rules")
    return program


async def set_colours(program_id: UUID, *, dark: str, light: str, by: str) -> None:
    """Choose the maker's colours for what agents hand out. NotFound."""
    async with transaction():
        changed = await execute("UPDATE program SET dark = $2, light = $3 WHERE id = $1", program_id, dark, light)
        if changed != "UPDATE 1":
            raise NotFound
        await audit.record(by, "program.colours", program_id=program_id, dark=dark, light=light)
        await bump("rules")


async def find_program(program_id: UUID) -> Program:
    """A program by its id."""
    row = await fetch_row(_VIEW + "WHERE id = $1", program_id)
    if row is None:
        raise NotFound
    return Program(*row.values())


async def programs() -> list[Program]:
    """Every program, the oldest first."""
    return [Program(*row.values()) for row in await fetch(_VIEW + "ORDER BY id")]


def _check_time_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise TimeZoneUnknown(time_zone=name) from unknown

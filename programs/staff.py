"""Staff: the people of the maker and of his shops who log in by name, what each may do, and who has left."""

from asyncio import to_thread
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Meta

from core import audit, passwords, sessions
from core.access import Holder, Role
from core.db import fetch, fetch_row, transaction
from core.ids import uuid7
from core.refusals import Conflict, NotFound, Unprocessable
from core.text import Name

StaffRole = Literal["owner", "marketer", "moderator", "finance", "auditor", "cashier"]
Login = Annotated[
    str, Meta(min_length=2, max_length=40, pattern="^[a-z0-9][a-z0-9._-]*(?![\\s\\S])", description="Small letters.")
]
_VIEW = "id, login, name, role, program_id, shop_id, created_at, disabled_at"


class LoginTaken(Conflict):
    slug = "login_taken"
    title = "Somebody has this login already"


class ShopMisplaced(Unprocessable):
    slug = "shop_misplaced"
    title = "A cashier belongs to a shop, and nobody else does"


class StaffHolder(Holder, frozen=True):
    """A person of the staff who is logged in."""

    @property
    def who(self) -> str:
        return f"staff:{self.id}"


class NewStaff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person who is to log in; a cashier names his shop, which brings its program."""

    login: Login
    name: Name
    role: StaffRole
    program_id: UUID | None = None
    shop_id: UUID | None = None
    # Whether he has to choose a password of his own before he sees any page.
    changes_password: bool = True


class StaffView(msgspec.Struct, frozen=True):
    """A person of the staff as a list shows him."""

    id: UUID
    login: str
    name: str
    role: StaffRole
    program_id: UUID | None
    shop_id: UUID | None
    created_at: datetime
    disabled_at: datetime | None


class Hired(msgspec.Struct, frozen=True):
    """A person with the password that he is handed; nobody can show it again."""

    staff: StaffView
    password: str


async def hire(new: NewStaff, *, program_id: UUID | None, by: str) -> Hired:
    """Let somebody log in, confined to a program if one is told. Raises LoginTaken, ShopMisplaced."""
    if (new.role == Role.cashier) != (new.shop_id is not None):
        raise ShopMisplaced
    password = passwords.generate()
    kept = await to_thread(passwords.stretched, password)
    async with transaction():
        row = await fetch_row(
            f"""INSERT INTO staff (id, login, name, role, program_id, shop_id, password, password_handed)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (login) DO NOTHING RETURNING {_VIEW}""",  # noqa: S608 - ours.
            uuid7(),
            new.login,
            new.name,
            new.role,
            program_id,
            new.shop_id,
            kept,
            new.changes_password,
        )
        if row is None:
            raise LoginTaken
        await audit.record(by, "staff.hire", staff_id=row["id"], login=new.login, role=new.role)
    return Hired(_view(row), password)


async def listed(program_id: UUID | None = None, *, shop_id: UUID | None = None) -> list[StaffView]:
    """Everybody, or those of one program or shop, by login."""
    rows = await fetch(
        f"""SELECT {_VIEW} FROM staff WHERE ($1::uuid IS NULL OR program_id = $1) AND ($2::uuid IS NULL OR shop_id = $2)
            ORDER BY login LIMIT 1000""",  # noqa: S608 - ours.
        program_id,
        shop_id,
    )
    return [_view(row) for row in rows]


async def find(staff_id: UUID, *, program_id: UUID | None = None) -> StaffView:
    """A person, of one program where it is told; NotFound."""
    row = await fetch_row(
        f"SELECT {_VIEW} FROM staff WHERE id = $1 AND ($2::uuid IS NULL OR program_id = $2)",  # noqa: S608 - ours.
        staff_id,
        program_id,
    )
    if row is None:
        raise NotFound
    return _view(row)


async def disable(staff_id: UUID, *, by: str, program_id: UUID | None = None) -> StaffView:
    """Let somebody in no more; his sessions end with it, everywhere."""
    async with transaction():
        view = await _changed("disabled_at = coalesce(disabled_at, now())", staff_id, program_id)
        await sessions.end_all(staff_id)
        await audit.record(by, "staff.disable", staff_id=staff_id)
    return view


async def enable(staff_id: UUID, *, by: str, program_id: UUID | None = None) -> StaffView:
    """Let somebody in again, by the password that he had."""
    async with transaction():
        view = await _changed("disabled_at = NULL", staff_id, program_id)
        await audit.record(by, "staff.enable", staff_id=staff_id)
    return view


async def new_password(staff_id: UUID, *, by: str, program_id: UUID | None = None) -> Hired:
    """Hand somebody a new password, where the old one is lost or known to others; he has to set his PIN anew."""
    password = passwords.generate()
    kept = await to_thread(passwords.stretched, password)
    async with transaction():
        view = await _changed("password = $3, password_handed = true, pin = NULL", staff_id, program_id, kept)
        await sessions.end_all(staff_id)
        await audit.record(by, "staff.password", staff_id=staff_id)
    return Hired(view, password)


async def _changed(what: str, staff_id: UUID, program_id: UUID | None, *values: object) -> StaffView:
    """A person after a change; NotFound where he is not of the program that is told."""
    row = await fetch_row(
        f"""UPDATE staff SET {what} WHERE id = $1 AND ($2::uuid IS NULL OR program_id = $2)
            RETURNING {_VIEW}""",  # noqa: S608 - ours.
        staff_id,
        program_id,
        *values,
    )
    if row is None:
        raise NotFound
    return _view(row)


def _view(row: asyncpg.Record) -> StaffView:
    return StaffView(**dict(row))

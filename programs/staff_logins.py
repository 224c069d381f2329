"""Logging in: a person of the staff proves by password or PIN who he is, and wrong tries are counted for good."""

from asyncio import to_thread
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from core import audit, guesses, keys, passwords, sessions
from core.access import Role
from core.db import execute, fetch_row, transaction
from core.refusals import Conflict, TooMany, Unauthorized, Unprocessable
from core.sessions import Session
from programs.staff import StaffHolder

# So many wrong tries an hour close a login until the hour is over, for its owner too.
TRIES_PER_LOGIN_HOUR = 10
_PURPOSE = "guess of staff"

Password = Annotated[str, Meta(min_length=1, max_length=200)]
NewPassword = Annotated[str, Meta(min_length=10, max_length=200)]
Pin = Annotated[str, Meta(min_length=4, max_length=8, pattern="^[0-9]{4,8}(?![\\s\\S])")]

Guesser = tuple[bytes, int]


class LoginRefused(Unauthorized):
    slug = "login_refused"
    title = "The login or the password is wrong"


class LoginClosed(TooMany):
    slug = "login_closed"
    title = "Too many wrong tries; this login opens again within the hour"


class PinWeak(Unprocessable):
    slug = "pin_weak"
    title = "A PIN of equal or consecutive digits is the first that is guessed"


class PasswordSame(Unprocessable):
    slug = "password_same"
    title = "The new password is the old one"


class PinNotSet(Conflict):
    slug = "pin_not_set"
    title = "This person has not set a PIN yet"


class LoggedIn(msgspec.Struct, frozen=True):
    """A session of somebody, with who he is as far as pages need it."""

    session: Session
    holder: StaffHolder
    has_pin: bool
    # Whoever handed him his password knows it.
    password_handed: bool


async def log_in(login: str, password: str, *, guesser: Guesser, seconds: int) -> str:
    """The token of a new session. Raises LoginRefused, whoever it was, and LoginClosed after too many of them."""
    row = await _tried(login, password, "password", guesser)
    async with transaction():
        token = await sessions.start(row["id"], seconds=seconds)
        await audit.record(f"staff:{row['id']}", "staff.log_in")
    return token


async def take_over(login: str, pin: str, *, shop_id: UUID, guesser: Guesser) -> StaffHolder:
    """Who comes to a till at which a colleague of the same shop is logged in; his PIN is enough.

    Raises LoginRefused, LoginClosed.
    """
    row = await _tried(login, pin, "pin", guesser, shop_id=shop_id)
    return _holder(row)


async def prove_pin(holder: StaffHolder, pin: str, *, guesser: Guesser) -> None:
    """LoginRefused unless this is the PIN of who is logged in; PinNotSet, LoginClosed."""
    row = await fetch_row("SELECT login, pin IS NULL AS unset FROM staff WHERE id = $1", holder.id)
    if row is None or row["unset"]:
        raise PinNotSet
    await _tried(row["login"], pin, "pin", guesser)


async def logged_in(token: str, *, idle_seconds: int) -> LoggedIn | None:
    """Whose session this is now, if it is one of somebody who still may."""
    session = await sessions.find(token, idle_seconds=idle_seconds)
    if session is None:
        return None
    row = await fetch_row("SELECT * FROM staff WHERE id = $1 AND disabled_at IS NULL", session.subject)
    if row is None:
        return None
    return LoggedIn(session, _holder(row), row["pin"] is not None, row["password_handed"])


async def set_password(me: LoggedIn, *, old: str, new: str, guesser: Guesser) -> None:
    """Change one's own password; whoever else is logged in by the old one is out.

    Raises LoginRefused, LoginClosed, PasswordSame.
    """
    if new == old:
        raise PasswordSame
    await _set(me, "password", new, password=old, guesser=guesser)


async def set_pin(me: LoggedIn, pin: str, *, password: str, guesser: Guesser) -> None:
    """Set one's own PIN, by the password. Raises PinWeak, LoginRefused, LoginClosed."""
    steps = {int(after) - int(before) for before, after in pairwise(pin)}
    if steps in ({0}, {1}, {-1}):
        raise PinWeak
    await _set(me, "pin", pin, password=password, guesser=guesser)


async def _set(me: LoggedIn, what: str, secret: str, *, password: str, guesser: Guesser) -> None:
    login = await fetch_row("SELECT login FROM staff WHERE id = $1", me.holder.id)
    if login is None:
        raise LoginRefused
    await _tried(login["login"], password, "password", guesser)
    kept = await to_thread(passwords.stretched, secret)
    async with transaction():
        own = ", password_handed = false" if what == "password" else ""
        await execute(f"UPDATE staff SET {what} = $2{own} WHERE id = $1", me.holder.id, kept)  # noqa: S608 - ours.
        await sessions.end_all(me.holder.id, but=me.session.id)
        await audit.record(me.holder.who, f"staff.own_{what}")


async def _tried(login: str, secret: str, what: str, guesser: Guesser, *, shop_id: UUID | None = None) -> Any:
    """The person whose secret this is; LoginRefused, LoginClosed.

    A try is counted before it is judged, so that a thousand at once are not a thousand guesses, and taken back when it
    was right.
    """
    named = login.strip().lower()[:40]
    subject = keys.pseudonym(f"{what}:{named}", _PURPOSE)
    await _count([(subject, TRIES_PER_LOGIN_HOUR), guesser])
    row = await fetch_row(
        "SELECT * FROM staff WHERE login = $1 AND disabled_at IS NULL AND ($2::uuid IS NULL OR shop_id = $2)",
        named,
        shop_id,
    )
    if not await to_thread(passwords.matches, secret, row[what] if row is not None else None):
        raise LoginRefused
    await guesses.take_back([subject, guesser[0]])
    return row


async def _count(tries: Sequence[Guesser]) -> None:
    async with transaction() as now:
        let_in = await guesses.count([tries], now=now)
    if any(let_in.get(subject, 0) < 1 for subject, _ in tries):
        raise LoginClosed(retry_after_seconds=guesses.seconds_left(now))


def _holder(row: Any) -> StaffHolder:
    return StaffHolder(row["id"], row["name"], Role(row["role"]), row["program_id"], row["shop_id"])

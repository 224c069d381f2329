"""Who of the staff calls a page: known by the cookie of his session, and by a form that this server made."""

import hmac
from typing import Any, Final, cast
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.handlers import BaseRouteHandler

from api.addresses import guess_subject, network_of
from api.callers import Named
from api.process import process_of
from api.read_only import refuse_writes
from core import keys
from core.refusals import Forbidden, Unauthorized
from core.settings import Settings
from programs.staff_logins import Guesser, LoggedIn, logged_in

FORM_FIELD: Final = "form_token"
_COOKIE: Final = "naparnik_staff"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_PURPOSE: Final = "form of staff"
# What somebody may before he has chosen a password of his own.
_ALWAYS: Final = ("/staff/me", "/staff/logout")


class LoginNeeded(Unauthorized):
    """Nobody is logged in; the page of the login comes instead."""


class FormRefused(Forbidden):
    slug = "form_refused"
    title = "The form is not of this session, or came from another site"


class PasswordHanded(Forbidden):
    """Somebody else chose the password; the page on which it is changed comes instead."""


class Staffed(Named):
    """A page for people of the staff whose role has a scope; None is for everybody who is logged in.

    Whatever is sent to it has to come from a form of the same session.
    """

    async def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        await refuse_writes(handler)
        # Litestar hands its guards the request itself, which remembers the form that is read here.
        request = cast("Request[Any, Any, Any]", connection)
        me = await logged_in(token_of(request), idle_seconds=process_of(request).settings.staff_idle_seconds)
        if me is None:
            raise LoginNeeded
        if self.scope is not None and self.scope not in me.holder.scopes:
            raise Forbidden(scope=self.scope.value)
        if me.password_handed and not request.url.path.startswith(_ALWAYS):
            raise PasswordHanded
        request.scope["state"]["caller"] = me.holder
        request.scope["state"]["logged_in"] = me
        if request.method not in _SAFE:
            await _refuse_foreign(request)


def me(request: Request[Any, Any, Any]) -> LoggedIn:
    """The person and the session that this request belongs to."""
    return cast("LoggedIn", request.scope["state"]["logged_in"])


def known(request: Request[Any, Any, Any]) -> LoggedIn | None:
    """The same, where nobody may be logged in."""
    return cast("LoggedIn | None", request.scope["state"].get("logged_in"))


def token_of(request: Request[Any, Any, Any]) -> str:
    """The token of the session that the browser keeps."""
    return request.cookies.get(_cookie_name(process_of(request).settings), "")[:128]


def form_token(request: Request[Any, Any, Any]) -> str:
    """What a form carries, so that only a page of this session can have made it."""
    return keys.pseudonym(str(me(request).session.id), _PURPOSE).hex()[:32]


def cookie(settings: Settings, token: str) -> Cookie:
    """The cookie of a session; an empty token takes it away. It goes when the browser closes, at the latest."""
    return Cookie(
        key=_cookie_name(settings),
        value=token,
        path="/",
        httponly=True,
        secure=is_secure(settings),
        samesite="strict",
        max_age=None if token else 0,
    )


def refuse_other_site(request: Request[Any, Any, Any]) -> None:
    """FormRefused unless the browser says that the page which sends this is ours."""
    said = request.headers.get("origin") or request.headers.get("referer") or ""
    ours = {urlsplit(process_of(request).settings.origin).netloc, request.headers.get("host", "")}
    if urlsplit(said).netloc not in ours - {""}:
        raise FormRefused


def guesser_of(request: Request[Any, Any, Any]) -> Guesser:
    """Whose wrong passwords are counted together, whatever the login: those of one network."""
    settings = process_of(request).settings
    return guess_subject(f"staff from {network_of(request, settings)}"), settings.guesses_per_address_hour


def is_secure(settings: Settings) -> bool:
    """Whether cookies travel over TLS alone."""
    return settings.origin.startswith("https://")


async def _refuse_foreign(request: Request[Any, Any, Any]) -> None:
    refuse_other_site(request)
    said = (await request.form()).get(FORM_FIELD, "")
    if not isinstance(said, str) or not hmac.compare_digest(said.encode(), form_token(request).encode()):
        raise FormRefused


def _cookie_name(settings: Settings) -> str:
    # A browser takes a cookie of such a name from this very host over TLS, and from nobody else.
    return f"__Host-{_COOKIE}" if is_secure(settings) else _COOKIE

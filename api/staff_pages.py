"""The pages by which the staff come in and go: login, the way to every other page, logout, language."""

import re
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath, QueryParameter

from api.callers import anybody
from api.markup import element
from api.process import process_of
from api.read_only import ANSWERS_ANYWAY
from api.staff_callers import Staffed, cookie, guesser_of, is_secure, me, refuse_other_site, token_of
from api.staff_frame import (
    CSS,
    CSS_NAME,
    LANGUAGE_COOKIE,
    button,
    convert,
    dated,
    field,
    fields,
    form,
    go,
    language_for,
    page,
    pages,
    told,
)
from api.staff_nav import entries_of
from core import sessions
from core.refusals import BadRequest, DomainError, NotFound
from programs import staff_logins
from programs.staff_logins import LoginClosed, LoginRefused, Password
from referrals.words import Language

_OWN: Final = re.compile(r"/staff(/[a-zA-Z0-9_/-]*)?")
_YEAR_SECONDS: Final = 365 * 86_400


class Words(msgspec.Struct, frozen=True):
    """One language's words of these pages."""

    log_in: str
    login: str
    phrase: str
    enter: str
    help: str
    hello: str
    nothing: str


_WORDS: Final[dict[Language, Words]] = {
    "ru": Words(
        log_in="Вход для сотрудников",
        login="Логин",
        phrase="Пароль",
        enter="Войти",
        help="Логин и пароль выдаёт производитель. Забыли пароль: попросите новый.",
        hello="Здравствуйте, {name}",
        nothing="Для вашей роли здесь пока нет страниц.",
    ),
    "en": Words(
        log_in="Staff login",
        login="Login",
        phrase="Password",
        enter="Log in",
        help="The maker hands out login and password. If yours is lost, ask for a new one.",
        hello="Hello, {name}",
        nothing="There are no pages for your role yet.",
    ),
}


class _Login(msgspec.Struct, frozen=True):
    login: Annotated[str, msgspec.Meta(max_length=80)]
    password: Password
    next: str = ""


@get("/staff/login", guards=[anybody])
async def login_page(
    request: Request[Any, Any, Any], next_page: Annotated[str, QueryParameter(name="next", max_length=200)] = ""
) -> Response[Any]:
    """Ask who it is, unless that is known."""
    idle_seconds = process_of(request).settings.staff_idle_seconds
    if await staff_logins.logged_in(token_of(request), idle_seconds=idle_seconds) is not None:
        return go("/staff")
    return _login(request, to=next_page)


# Whoever is to turn read-only mode off again has to come in first.
@post("/staff/login", guards=[anybody], status_code=303, opt={ANSWERS_ANYWAY: True})
async def log_in(request: Request[Any, Any, Any]) -> Response[Any]:
    """Begin a session; the one that the browser had ends."""
    refuse_other_site(request)
    said = await fields(request)
    settings = process_of(request).settings
    try:
        asked = convert(said, _Login)
        async with process_of(request).logins.passed():
            token = await staff_logins.log_in(
                asked.login, asked.password, guesser=guesser_of(request), seconds=settings.staff_session_seconds
            )
    except (LoginRefused, LoginClosed, BadRequest) as refusal:
        shown = LoginRefused() if isinstance(refusal, BadRequest) else refusal
        return _login(request, to=said.get("next", ""), login=said.get("login", ""), refusal=shown)
    before = await sessions.find(token_of(request), idle_seconds=settings.staff_idle_seconds)
    if before is not None:
        await sessions.end(before.id)
    answer = go(asked.next if _OWN.fullmatch(asked.next) else "/staff")
    answer.cookies.append(cookie(settings, token))
    return answer


@post("/staff/logout", guards=[Staffed(None)], status_code=303)
async def log_out(request: Request[Any, Any, Any]) -> Response[None]:
    """End the session, everywhere and at once."""
    await sessions.end(me(request).session.id)
    answer = go("/staff/login")
    answer.cookies.append(cookie(process_of(request).settings, ""))
    return answer


@get("/staff", guards=[Staffed(None)])
async def home(request: Request[Any, Any, Any]) -> Response[Any]:
    """The pages that somebody has; whoever has one is brought there."""
    holder, language = me(request).holder, language_for(request)
    words, entries = _WORDS[language], entries_of(me(request).holder)
    if len(entries) == 1:
        return go(entries[0].path)
    links = [element("li", element("a", entry.names[language], href=entry.path)) for entry in entries]
    return page(
        request,
        words.hello.format(name=holder.name),
        element("section", element("ul", links) if links else element("p", words.nothing)),
        narrow=True,
    )


@get("/staff/language/{language:str}", guards=[anybody])
async def choose_language(request: Request[Any, Any, Any], language: FromPath[str]) -> Response[None]:
    """Let every page be in this language, and go back to where one was."""
    if language not in _WORDS:
        raise NotFound
    came_from = _OWN.match("/staff" + request.headers.get("referer", "").partition("/staff")[2])
    answer = go(came_from.group() if came_from else "/staff")
    answer.cookies.append(
        Cookie(
            key=LANGUAGE_COOKIE,
            value=language,
            path="/staff",
            httponly=True,
            secure=is_secure(process_of(request).settings),
            samesite="lax",
            max_age=_YEAR_SECONDS,
        )
    )
    return answer


@get("/staff/assets/{name:str}", guards=[anybody])
async def asset(name: FromPath[str]) -> Response[bytes]:
    """The style of the pages."""
    if name != CSS_NAME:
        raise NotFound
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return Response(CSS, media_type="text/css", headers=headers)


def _login(
    request: Request[Any, Any, Any], *, to: str, login: str = "", refusal: DomainError | None = None
) -> Response[str]:
    language = language_for(request)
    words = _WORDS[language]
    answer = page(
        request,
        words.log_in,
        element("p", told(refusal, language), class_="bad", role="alert") if refusal else None,
        form(
            request,
            "/staff/login",
            element("input", type="hidden", name="next", value=to) if _OWN.fullmatch(to) else None,
            field(
                words.login,
                "login",
                value=login,
                autocomplete="username",
                autocapitalize="none",
                required=True,
                autofocus=not login,
                maxlength=40,
                spellcheck="false",
            ),
            field(
                words.phrase,
                "password",
                type="password",
                autocomplete="current-password",
                required=True,
                autofocus=bool(login),
                maxlength=200,
            ),
            element("div", button(words.enter), class_="actions"),
            class_="card",
        ),
        element("p", words.help, class_="soft"),
        status=refusal.status if refusal else 200,
        narrow=True,
    )
    return dated(answer, refusal)


ROUTES = pages(login_page, log_in, log_out, home, choose_language, asset)

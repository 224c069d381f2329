"""The frame of the staff's pages: the menu, the form, the refusal; no script, nothing from elsewhere."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

import msgspec
from litestar import MediaType, Request, Response, Router
from litestar.exceptions import HTTPException
from litestar.types import ControllerRouterHandler

from api.code_pages import language_of
from api.markup import Attribute, Child, Html, element, joined
from api.problems import on_bug, on_http_exception
from api.staff_callers import FORM_FIELD, LoginNeeded, PasswordHanded, form_token, known
from api.staff_nav import entries_of
from api.staff_words import FRAME_WORDS
from core import metrics
from core.refusals import BadRequest, DomainError
from referrals.words import Language

LANGUAGE_COOKIE: Final = "naparnik_language"
CSS: Final = (Path(__file__).parent / "static" / "staff" / "staff.css").read_bytes()
# The name changes with the content, so that a browser may keep it for ever.
CSS_NAME: Final = f"staff.{hashlib.sha256(CSS).hexdigest()[:16]}.css"
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    # With less than this a browser does not say from which page a form comes.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}

Filled = TypeVar("Filled")
AnyRequest = Request[Any, Any, Any]


def page(request: AnyRequest, title: str, *content: Child, status: int = 200, narrow: bool = False) -> Response[str]:
    """A page of the staff with its menu."""
    language = language_for(request)
    body = joined(
        Html("<!doctype html>"),
        element(
            "html",
            element(
                "head",
                element("meta", charset="utf-8"),
                element("meta", name="viewport", content="width=device-width,initial-scale=1"),
                element("meta", name="color-scheme", content="light dark"),
                element("title", title),
                element("link", rel="stylesheet", href=f"/staff/assets/{CSS_NAME}"),
            ),
            element(
                "body",
                element("a", FRAME_WORDS[language].skip, class_="skip", href="#main"),
                _top(request, language),
                element("main", element("h1", title), *content, id="main", class_="narrow" if narrow else None),
            ),
            lang=language,
        ),
    )
    return Response(str(body), status_code=status, media_type=MediaType.HTML, headers=HEADERS)


def form(request: AnyRequest, action: str, *content: Child, **attributes: Attribute) -> Html:
    """A form that POSTs, with what proves that this session's page has made it."""
    token = element("input", type="hidden", name=FORM_FIELD, value=form_token(request)) if known(request) else None
    return element("form", token, *content, method="post", action=action, **attributes)


def field(label: str, name: str, *, hint: str = "", **attributes: Attribute) -> Html:
    """A labelled input with what may help to fill it in."""
    told = element("p", hint, class_="hint", id=f"{name}-hint") if hint else None
    return joined(
        element("label", label, for_=name),
        element("input", name=name, id=name, aria_describedby=f"{name}-hint" if hint else None, **attributes),
        told,
    )


def choice(label: str, name: str, options: Sequence[tuple[str, str]], *, chosen: str = "") -> Html:
    """A labelled list of which one is chosen: (value, text)."""
    return joined(
        element("label", label, for_=name),
        element(
            "select",
            [element("option", text, value=value, selected=value == chosen) for value, text in options],
            name=name,
            id=name,
        ),
    )


def button(text: str, *, class_: str = "", **attributes: Attribute) -> Html:
    """A button that sends its form."""
    return element("button", text, type="submit", class_=class_ or None, **attributes)


def table(heads: Sequence[Child], rows: Sequence[Sequence[Child]], *, numbers: Sequence[int] = ()) -> Html:
    """A table; the columns of `numbers` stand to the right."""
    classes = dict.fromkeys(numbers, "number")
    return element(
        "div",
        element(
            "table",
            element(
                "thead", element("tr", [element("th", head, class_=classes.get(i)) for i, head in enumerate(heads)])
            ),
            element(
                "tbody",
                [
                    element("tr", [element("td", cell, class_=classes.get(i)) for i, cell in enumerate(row)])
                    for row in rows
                ],
            ),
        ),
        class_="wide",
        # What can be scrolled has to be reached by the keyboard.
        tabindex=0,
    )


def go(path: str) -> Response[None]:
    """On to another page, after a form: reloading that page sends nothing again."""
    return Response(None, status_code=303, headers={"Location": path, "Cache-Control": "no-store"})


async def fields(request: AnyRequest) -> dict[str, str]:
    """The text fields of the form that was sent, without blanks around them; of several with one name the last."""
    return {
        name: value.strip()
        for name, value in (await request.form()).items()
        if isinstance(value, str) and name != FORM_FIELD
    }


async def filled(request: AnyRequest, kind: type[Filled]) -> Filled:
    """The form as a Struct, whose numbers come as text; empty fields take their defaults. BadRequest."""
    return convert(await fields(request), kind)


def convert(said: Mapping[str, str], kind: type[Filled]) -> Filled:
    """The same of fields that were read already."""
    try:
        return msgspec.convert({name: value for name, value in said.items() if value}, kind, strict=False)
    except msgspec.ValidationError as refused:
        raise BadRequest(detail=str(refused)) from None


def language_for(request: AnyRequest) -> Language:
    """The language that somebody chose, or that his browser asks for."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in ("ru", "en"):
        return "en" if chosen == "en" else "ru"
    return language_of(request.headers.get("accept-language", ""))


def told(refusal: DomainError, language: Language) -> str:
    """A refusal in words for a person."""
    words = FRAME_WORDS[language]
    return words.refusals.get(refusal.slug) or words.statuses.get(refusal.status) or refusal.title


def pages(*handlers: ControllerRouterHandler) -> list[ControllerRouterHandler]:
    """Handlers as pages: their refusals are pages too, and who is not logged in is asked to."""
    return [
        Router(
            path="/",
            route_handlers=list(handlers),
            include_in_schema=False,
            exception_handlers={
                DomainError: _on_refusal,
                HTTPException: _on_http_exception,
                Exception: _on_bug,
            },
        )
    ]


def _top(request: AnyRequest, language: Language) -> Html:
    words, caller = FRAME_WORDS[language], known(request)
    other: Language = "en" if language == "ru" else "ru"
    here = request.url.path
    switch = element("a", words.other_language, href=f"/staff/language/{other}", hreflang=other, lang=other)
    if caller is None:
        return element("header", element("div", element("nav"), switch), class_="top")
    links = [(entry.path, entry.names[language]) for entry in entries_of(caller.holder)]
    return element(
        "header",
        element(
            "div",
            element(
                "nav",
                [
                    element("a", name, href=path, aria_current="page" if here.startswith(path) else None)
                    for path, name in links
                ],
                element("a", words.me, href="/staff/me", aria_current="page" if here == "/staff/me" else None),
            ),
            element("span", caller.holder.name, class_="soft"),
            switch,
            form(request, "/staff/logout", button(words.leave, class_="plain")),
        ),
        class_="top",
    )


def _on_refusal(request: AnyRequest, refusal: DomainError) -> Response[Any]:
    if isinstance(refusal, LoginNeeded):
        return go(f"/staff/login?next={quote(request.url.path)}" if request.method == "GET" else "/staff/login")
    if isinstance(refusal, PasswordHanded):
        return go("/staff/me")
    return refused(request, refusal)


def dated(answer: Response[str], refusal: DomainError | None) -> Response[str]:
    """The answer, which says from when it is worth trying again if the refusal does."""
    if refusal is not None and refusal.retry_after_seconds is not None:
        answer.headers["Retry-After"] = str(refusal.retry_after_seconds)
    return answer


def refused(request: AnyRequest, refusal: DomainError) -> Response[str]:
    """The page of a refusal."""
    metrics.refusals.labels(refusal.slug).inc()
    language = language_for(request)
    words = FRAME_WORDS[language]
    answer = page(
        request,
        words.went_wrong,
        element(
            "section",
            element("p", told(refusal, language), class_="say", role="alert"),
            element("p", refusal.slug, class_="soft"),
            element("p", element("a", words.back, href=_back(request), class_="button")),
            class_="told no",
        ),
        status=refusal.status,
        narrow=True,
    )
    return dated(answer, refusal)


def _back(request: AnyRequest) -> str:
    """The page that the form stood on, as far as it is a page of the staff."""
    path = request.url.path if request.method == "GET" else request.headers.get("referer", "").partition("/staff")[2]
    return f"/staff{path}" if request.method != "GET" else "/staff"


def _on_http_exception(request: AnyRequest, broken: HTTPException) -> Response[Any]:
    return _as_page(request, on_http_exception(request, broken))


def _on_bug(request: AnyRequest, broken: Exception) -> Response[Any]:
    return _as_page(request, on_bug(request, broken))


def _as_page(request: AnyRequest, problem: Response[bytes]) -> Response[str]:
    """The page of what the problem says, which has logged and counted it."""
    language = language_for(request)
    words = FRAME_WORDS[language]
    text = words.statuses.get(problem.status_code or 500, words.statuses[400])
    content = element("section", element("p", text, class_="say", role="alert"), class_="told no")
    return page(request, words.went_wrong, content, status=problem.status_code or 500, narrow=True)

"""The console before there is any program: what has to be begun, on a form for whoever may."""

from collections.abc import Mapping
from typing import Final

import msgspec
from litestar import Response, post

from api.callers import holder
from api.confines import everywhere
from api.console_place import CONSOLE, intent_of
from api.markup import Attribute, Html, element
from api.staff_callers import Staffed
from api.staff_frame import AnyRequest, button, convert, field, fields, form, go, language_for, page, pages
from core.access import Scope
from core.ids import uuid7
from core.refusals import BadRequest
from programs import installation
from programs.installation import NewProgram, TimeZoneUnknown
from referrals.words import Language


class BeginningWords(msgspec.Struct, frozen=True):
    """One language's words of this page."""

    title: str
    what: str
    ask: str
    labels: dict[str, str]
    hints: dict[str, str]
    stays: str
    begin: str
    wrong: str
    zone: str


_WORDS: Final[dict[Language, BeginningWords]] = {
    "ru": BeginningWords(
        title="Начните с программы",
        what="Программа: это марка или страна, её календарь, валюта и бонусы, её кампании, товары и магазины.",
        ask="Программы пока нет. Её начинает владелец: на этой странице или через API.",
        labels={
            "name": "Название",
            "time_zone": "Часовой пояс",
            "currency": "Валюта",
            "asset": "Бонусы",
            "jurisdiction": "Страна (чьи законы)",
        },
        hints={
            "name": "Его читают участники и покупатели.",
            "time_zone": "Например, Europe/Moscow или Asia/Yekaterinburg.",
            "asset": "Три буквы или больше, например BON.",
        },
        stays="Часовой пояс, валюта и бонусы остаются навсегда: в них считаются дни и суммы.",
        begin="Начать программу",
        wrong="Проверьте поля: название нужно, валюта и бонусы пишутся латинскими буквами, страна двумя.",
        zone="Такого часового пояса нет.",
    ),
    "en": BeginningWords(
        title="Begin with a program",
        what="A program is a brand or a country: its calendar, currency and bonuses, its campaigns, goods and shops.",
        ask="There is no program yet. The owner begins it, on this page or over the API.",
        labels={
            "name": "Name",
            "time_zone": "Time zone",
            "currency": "Currency",
            "asset": "Bonuses",
            "jurisdiction": "Country (whose law)",
        },
        hints={
            "name": "Participants and customers read it.",
            "time_zone": "Such as Europe/Moscow or Asia/Yekaterinburg.",
            "asset": "Three letters or more, such as BON.",
        },
        stays="Time zone, currency and bonuses stay for ever: days and sums are counted in them.",
        begin="Begin the program",
        wrong="Look at the fields: a name is needed, currency and bonuses are Latin letters, the country two of them.",
        zone="There is no time zone of that name.",
    ),
}
_USUAL: Final = {"time_zone": "Europe/Moscow", "currency": "RUB", "asset": "BON", "jurisdiction": "RU"}


@post(f"{CONSOLE}/program", guards=[Staffed(Scope.programs_write)], status_code=303)
async def begin(request: AnyRequest) -> Response[str] | Response[None]:
    """Begin the program of the form; the same form again begins nothing."""
    everywhere(request)
    said, words = await fields(request), _WORDS[language_for(request)]
    intent = intent_of(said)
    try:
        new = convert({name: said.get(name, "") for name in words.labels}, NewProgram)
        await installation.create_program(new, by=holder(request).who, program_id=intent)
    except BadRequest:
        return beginning_page(request, said=said, problem=words.wrong)
    except TimeZoneUnknown:
        return beginning_page(request, said=said, problem=words.zone)
    return go(f"{CONSOLE}?program={intent}")


def beginning_page(request: AnyRequest, *, said: Mapping[str, str] = _USUAL, problem: str = "") -> Response[str]:
    """What comes first where there is no program: its form, or whom to ask for one."""
    words = _WORDS[language_for(request)]
    if Scope.programs_write not in holder(request).scopes:
        return page(request, words.title, element("section", element("p", words.ask)), narrow=True)
    return page(
        request,
        words.title,
        element("p", words.what, class_="soft"),
        element("p", problem, class_="told no card", role="alert") if problem else None,
        form(
            request,
            f"{CONSOLE}/program",
            element("input", type="hidden", name="intent", value=said.get("intent", str(uuid7()))),
            _field(words, "name", said, required=True, autofocus=True),
            element("div", _field(words, "time_zone", said), _field(words, "jurisdiction", said), class_="grid"),
            element("div", _field(words, "currency", said), _field(words, "asset", said), class_="grid"),
            element("p", words.stays, class_="hint"),
            element("div", button(words.begin), class_="actions"),
            class_="card",
        ),
        status=422 if problem else 200,
        narrow=True,
    )


def _field(words: BeginningWords, name: str, said: Mapping[str, str], **attributes: Attribute) -> Html:
    hint = words.hints.get(name, "")
    value = said.get(name, "")
    return element("div", field(words.labels[name], name, hint=hint, value=value, autocomplete="off", **attributes))


ROUTES = pages(begin)

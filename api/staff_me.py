"""The page on which a person of the staff changes his own password and sets his PIN."""

from collections.abc import Awaitable
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post

from api.markup import element
from api.process import process_of
from api.staff_callers import Staffed, guesser_of, me
from api.staff_frame import button, field, filled, form, language_for, page, pages
from programs import staff_logins
from programs.staff_logins import NewPassword, Password, Pin
from referrals.words import Language


class Words(msgspec.Struct, frozen=True):
    """One language's words of this page."""

    title: str
    who: str
    pin: str
    pin_new: str
    pin_hint: str
    set_pin: str
    phrase: str
    phrase_new: str
    phrase_hint: str
    set_phrase: str
    own: str
    done: str
    handed: str


_WORDS: Final[dict[Language, Words]] = {
    "ru": Words(
        title="Мой вход",
        who="Вы вошли как {name}.",
        pin="ПИН-код",
        pin_new="Новый ПИН",
        pin_hint="4-8 цифр. Им открывают смену и принимают её у коллеги. Не сообщайте его никому.",
        set_pin="Задать ПИН",
        phrase="Пароль",
        phrase_new="Новый пароль",
        phrase_hint="Не короче 10 знаков. Проще всего четыре-пять случайных слов.",
        set_phrase="Сменить пароль",
        own="Ваш нынешний пароль",
        done="Готово. На других устройствах вход завершён.",
        handed="Этот пароль знает не только вы: его выдали вам. Сначала придумайте свой.",
    ),
    "en": Words(
        title="My login",
        who="You are logged in as {name}.",
        pin="PIN",
        pin_new="New PIN",
        pin_hint="4 to 8 digits. It opens a shift and takes one over from a colleague. Tell it to nobody.",
        set_pin="Set the PIN",
        phrase="Password",
        phrase_new="New password",
        phrase_hint="10 characters at least. Four or five words taken at random are easiest.",
        set_phrase="Change the password",
        own="Your password as it is now",
        done="Done. Other devices are logged out.",
        handed="You are not the only one who knows this password: it was handed to you. Choose your own first.",
    ),
}


class _NewPin(msgspec.Struct, frozen=True):
    pin: Pin
    password: Password


class _NewPassword(msgspec.Struct, frozen=True):
    new: NewPassword
    password: Password


@get("/staff/me", guards=[Staffed(None)])
async def own_page(request: Request[Any, Any, Any]) -> Response[str]:
    """One's own login."""
    return _page(request)


@post("/staff/me/pin", guards=[Staffed(None)], status_code=200)
async def set_pin(request: Request[Any, Any, Any]) -> Response[str]:
    """Set one's own PIN."""
    asked = await filled(request, _NewPin)
    change = staff_logins.set_pin(me(request), asked.pin, password=asked.password, guesser=guesser_of(request))
    return await _done(request, change)


@post("/staff/me/password", guards=[Staffed(None)], status_code=200)
async def set_password(request: Request[Any, Any, Any]) -> Response[str]:
    """Change one's own password."""
    asked = await filled(request, _NewPassword)
    change = staff_logins.set_password(me(request), old=asked.password, new=asked.new, guesser=guesser_of(request))
    return await _done(request, change)


async def _done(request: Request[Any, Any, Any], change: Awaitable[None]) -> Response[str]:
    async with process_of(request).logins.passed():
        await change
    return _page(request, done=True)


def _page(request: Request[Any, Any, Any], *, done: bool = False) -> Response[str]:
    words = _WORDS[language_for(request)]
    pin = field(
        words.pin_new,
        "pin",
        hint=words.pin_hint,
        type="password",
        inputmode="numeric",
        pattern="[0-9]{4,8}",
        autocomplete="off",
        required=True,
    )
    new = field(
        words.phrase_new,
        "new",
        hint=words.phrase_hint,
        type="password",
        minlength=10,
        maxlength=200,
        autocomplete="new-password",
        required=True,
    )
    return page(
        request,
        words.title,
        element("p", words.done, class_="good", role="status") if done else None,
        element("p", words.handed, class_="warn", role="note") if me(request).password_handed and not done else None,
        element("p", words.who.format(name=me(request).holder.name)),
        form(
            request,
            "/staff/me/pin",
            element("h2", words.pin),
            pin,
            _own_password(words.own, "pin-password"),
            element("div", button(words.set_pin), class_="actions"),
            class_="card",
        ),
        form(
            request,
            "/staff/me/password",
            element("h2", words.phrase),
            new,
            _own_password(words.own, "own-password"),
            element("div", button(words.set_phrase), class_="actions"),
            class_="card",
        ),
        narrow=True,
    )


def _own_password(label: str, place: str) -> list[Any]:
    """Twice on the page under one name, so each has an id of its own."""
    return [
        element("label", label, for_=place),
        element(
            "input",
            name="password",
            id=place,
            type="password",
            autocomplete="current-password",
            required=True,
            maxlength=200,
        ),
    ]


ROUTES = pages(own_page, set_pin, set_password)

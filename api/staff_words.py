"""The words of every page of the staff, in Russian and English."""

from typing import Final

import msgspec

from referrals.words import Language


class FrameWords(msgspec.Struct, frozen=True):
    """One language's words of what stands around each page, and of what goes wrong on any."""

    skip: str
    home: str
    me: str
    leave: str
    other_language: str
    went_wrong: str
    back: str
    refusals: dict[str, str]
    statuses: dict[int, str]


_RU: Final = FrameWords(
    skip="К содержанию",
    home="Главная",
    me="Мой вход",
    leave="Выйти",
    other_language="English",
    went_wrong="Не получилось",
    back="Вернуться",
    refusals={
        "login_refused": "Логин, пароль или ПИН не подходят.",
        "login_closed": "Слишком много неверных попыток. Попробуйте снова через час или попросите новый пароль.",
        "form_refused": "Страница устарела. Откройте её заново и повторите: пока ничего не сделано.",
        "password_same": "Новый пароль совпадает с прежним.",
        "word_over": "Последний день слова уже прошёл. Назовите другой.",
        "pin_weak": "Такой ПИН угадывают первым. Не берите одинаковые цифры или цифры подряд.",
        "pin_not_set": "У этого человека ещё нет ПИН-кода: пусть задаст его на странице «Мой вход».",
        "overloaded": "Сейчас очень много запросов. Повторите через несколько секунд.",
        "read_only": "Система временно только для чтения: изменения не принимаются.",
        "second_person_needed": "Подтвердить должен другой человек.",
        "order_changed": "Этот номер чека сегодня уже введён для другой покупки. Возьмите другой.",
        "shop_stopped": "Производитель приостановил промокоды в этом магазине. Продавайте без них.",
        "shift_needed": "Смена закрыта. Откройте её на странице «Касса».",
        "not_in_shift": "Отменить можно только продажу своей открытой смены.",
        "days_wrong": "Последний день раньше первого, или дней больше 366.",
        "campaign_state_conflict": "Кампания уже в другом состоянии. Откройте её заново.",
        "too_much_issued": "Столько выпустить нельзя: бюджеты вместе слишком велики.",
        "customer_unreadable": "В телефоне покупателя нет цифр.",
    },
    statuses={
        400: "Поле заполнено не так, как нужно. Вернитесь и проверьте.",
        403: "Для этого у вас нет прав.",
        404: "Здесь ничего нет.",
        409: "Сейчас этого сделать нельзя: положение изменилось.",
        410: "Это уже закончилось.",
        413: "Слишком большой файл или текст.",
        422: "Правила этого не разрешают.",
        429: "Слишком часто. Подождите немного и повторите.",
        500: "Ошибка на нашей стороне; она записана. Проверьте, что сделано, прежде чем повторять.",
        503: "Сервер сейчас не отвечает. Ничего не изменено; повторите чуть позже.",
    },
)
_EN: Final = FrameWords(
    skip="Skip to the content",
    home="Home",
    me="My login",
    leave="Log out",
    other_language="Русский",
    went_wrong="That did not work",
    back="Go back",
    refusals={
        "login_refused": "The login, the password or the PIN is wrong.",
        "login_closed": "Too many wrong tries. Try again in an hour, or ask for a new password.",
        "form_refused": "The page was too old. Open it again and repeat: nothing has been done.",
        "password_same": "The new password is the old one.",
        "word_over": "The last day of the word is over. Name another one.",
        "pin_weak": "Such a PIN is guessed first. Take no equal digits and no digits in a row.",
        "pin_not_set": "This person has no PIN yet, and sets one on the page “My login”.",
        "overloaded": "Too much is going on at the moment. Try again in some seconds.",
        "read_only": "The system is in read-only mode: changes are not taken at the moment.",
        "second_person_needed": "Somebody else has to confirm this.",
        "order_changed": "This receipt number was entered today for another purchase. Take another one.",
        "shop_stopped": "The maker has stopped promo codes in this shop. Sell without them.",
        "shift_needed": "The shift is closed. Open one on the page “Till”.",
        "not_in_shift": "Only a sale of your own open shift can be undone.",
        "days_wrong": "The last day comes before the first, or there are more than 366 of them.",
        "campaign_state_conflict": "The campaign is in another state by now. Open it again.",
        "too_much_issued": "So much cannot be issued: all budgets together are too large.",
        "customer_unreadable": "There is no digit in the customer's phone.",
    },
    statuses={
        400: "A field is not filled in as it should be. Go back and look.",
        403: "You may not do this.",
        404: "There is nothing here.",
        409: "This cannot be done now: things have changed.",
        410: "This is over.",
        413: "The file or the text is too large.",
        422: "The rules do not allow this.",
        429: "Too often. Wait a moment and try again.",
        500: "A fault of ours; it is logged. See what has been done before you try again.",
        503: "The server does not answer at the moment. Nothing was changed; try again soon.",
    },
)
FRAME_WORDS: Final[dict[Language, FrameWords]] = {"ru": _RU, "en": _EN}

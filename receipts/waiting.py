"""Waiting: what an agent reads while sources are asked about his receipt: who was asked, what came, and when again."""

from datetime import datetime
from typing import Final

from receipts.inquiries import Inquiry
from receipts.sources import fns, oofd, proverkacheka
from receipts.words import Words
from referrals.words import Language, Reader, moment

# Whose answer it is, and in Russian also whose answer is missing.
_NAMES: Final = {
    fns.NAME: ("налоговой службы", "The tax service"),
    proverkacheka.NAME: ("сервиса проверки чеков", "The receipt service"),
    oofd.NAME: ("оператора фискальных данных", "The operator of fiscal data"),
}
_ASKING: Final = Words("Прямо сейчас узнаём состав покупки.", "The goods are being asked for right now.")
_SILENT: Final = Words(
    "Ответа от {name} пока нет, спросим ещё раз {when}. Делать ничего не нужно.",
    "{name} does not answer yet, we ask again on {when}. There is nothing you have to do.",
)
_TURN: Final = Words(
    "Чек принят. За сутки чеков уже достаточно, этот проверим сами {when}. Делать ничего не нужно.",
    "The receipt is taken. There are enough for one day: we look at this one on {when}. There is nothing you must do.",
)
_SAID: Final = {
    "not_found": Words(
        "У {name} этого чека пока нет, спросим ещё раз {when}. Свежие чеки приходят туда с задержкой.",
        "{name} does not have this receipt yet, we ask again on {when}. New ones take some time to get there.",
    ),
    "pending": Words(
        "Запрос у {name} в работе, вернёмся за ответом {when}.",
        "{name} is working on it, we come back for the answer on {when}.",
    ),
    "refuted": Words(
        "Подтверждения чека от {name} пока нет, спросим ещё раз {when}.",
        "{name} does not confirm this receipt so far, we ask again on {when}.",
    ),
    "wrong_receipt": Words(
        "От {name} пришёл другой чек, спросим ещё раз {when}.",
        "{name} has sent another receipt, we ask again on {when}.",
    ),
    "confirmed": Words(
        "Чек подлинный. Состава покупки от {name} пока нет, спросим ещё раз {when}.",
        "The receipt is genuine. {name} has not told the goods yet, we ask again on {when}.",
    ),
}


def of_turn(due_at: datetime, *, zone: str) -> Words:
    """What a receipt says that is beyond the pace of a day."""
    return Words(
        _TURN.ru.format(when=moment(due_at, Reader("ru", zone))),
        _TURN.en.format(when=moment(due_at, Reader("en", zone))),
    )


def of_inquiry(inquiry: Inquiry | None, *, zone: str) -> Words | None:
    """What there is to say of the asking, in the calendar of the program; None before anybody was asked."""
    if inquiry is None or not (inquiry.source or inquiry.asking):
        return None
    if inquiry.asking:
        return _ASKING
    said = _SAID.get(inquiry.outcome, _SILENT)
    russian, english = _NAMES.get(inquiry.source, (inquiry.source, inquiry.source))
    return Words(
        said.ru.format(name=russian, when=_when(inquiry, "ru", zone)),
        said.en.format(name=english, when=_when(inquiry, "en", zone)),
    )


def _when(inquiry: Inquiry, language: Language, zone: str) -> str:
    return moment(inquiry.due_at, Reader(language, zone))

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from codes import held
from programs.reasons import Reason
from referrals import sentences, words
from referrals.accruals import NO_CAMPAIGN
from referrals.journal import JournalKind, Told
from referrals.sentences import REASONS, SENTENCES, VARIANTS, needed, reason_in_words, sentence
from referrals.words import LOCALE, Language, Reader, amount
from tests.house.tree import ROOT

NOON = datetime(2026, 11, 30, 22, 30, tzinfo=UTC)
MOSCOW = Reader("ru", "Europe/Moscow")
ENGLISH = Reader("en")
FACTS = {
    "amount_minor": 45_000,
    "asset": "BON",
    "reason": "budget_exhausted",
    "purpose": "Дрель",
    "shop": "Тёплый дом",
    "code": "МАСТЕР10",
    "device": "Pixel 9",
    "available_at": NOON.isoformat(),
    "spends_from": NOON.isoformat(),
    "answer_by": NOON.isoformat(),
    "expires_at": NOON.isoformat(),
    "answer": "Проверили, вы правы",
}


def marked_texts() -> set[tuple[str, ...]]:
    """Every text in the room that asks to be translated."""
    return {
        forms(message)
        for path in (ROOT / "referrals").glob("*.py")
        for _, message, _, _ in extract("python", BytesIO(path.read_bytes()), {"marked": None, "counted": (1, 2)})
    }


def russian() -> list[Message]:
    with (LOCALE / "ru/LC_MESSAGES/referrals.po").open("rb") as source:
        return [message for message in read_po(source, locale="ru") if message.id]


def forms(text: str | Sequence[str] | None) -> tuple[str, ...]:
    """A text's one form, or its several."""
    return (text,) if isinstance(text, str) else tuple(text or ())


def entry(kind: JournalKind, **facts: object) -> Told:
    return Told(1, kind, NOON, None, FACTS | facts)


def test_the_russian_catalogue_has_each_text_and_no_other() -> None:
    assert {forms(message.id) for message in russian()} == marked_texts()


@pytest.mark.parametrize("message", russian(), ids=lambda message: forms(message.id)[0][:40])
def test_a_translation_is_there_and_names_the_same_facts(message: Message) -> None:
    originals, translations = forms(message.id), forms(message.string)

    assert not message.fuzzy
    assert all(translations)
    assert len({tuple(sorted(needed(text))) for text in originals + translations}) == 1


@pytest.mark.parametrize("kind", JournalKind)
@pytest.mark.parametrize("reader", [MOSCOW, ENGLISH], ids=["ru", "en"])
def test_every_kind_of_news_is_said_in_full(kind: JournalKind, reader: Reader) -> None:
    said = sentence(entry(kind), reader)

    assert said
    assert not set("{}…") & set(said)


@pytest.mark.parametrize("kind", JournalKind)
@pytest.mark.parametrize("reader", [MOSCOW, ENGLISH], ids=["ru", "en"])
def test_no_unit_is_said_twice(kind: JournalKind, reader: Reader) -> None:
    said = sentence(entry(kind, amount_minor=132_015), reader)

    assert len(re.findall("бонус|bonuses", said.partition(":")[2] or said)) <= 1


@pytest.mark.parametrize("slug", [*Reason, NO_CAMPAIGN, held.REFUSED, held.GOODS_EXPIRED])
@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_reason_is_said_in_words(slug: str, language: Language) -> None:
    said = reason_in_words(slug, Reader(language))

    assert slug not in said


def test_a_reason_from_elsewhere_is_at_least_named() -> None:
    assert reason_in_words("moonlight", MOSCOW) == "по особой причине (moonlight)"


@pytest.mark.parametrize(
    ("minor", "said"),
    [
        (100, "1 бонус"),
        (200, "2 бонуса"),
        (500, "5 бонусов"),
        (1100, "11 бонусов"),
        (2100, "21 бонус"),
        (250, "2,50 бонуса"),
        (45_000, "450 бонусов"),
        (1, "0,01 бонуса"),
        (10**15, "10\u00a0000\u00a0000\u00a0000\u00a0000 бонусов"),
    ],
)
def test_bonuses_are_counted_as_russian_counts(minor: int, said: str) -> None:
    assert amount(minor, "BON", MOSCOW) == said


def test_other_assets_have_their_own_units() -> None:
    assert amount(45_050, "RUB", MOSCOW) == "450,50\u00a0₽"
    assert amount(200, "PTS", MOSCOW) == "2 балла"
    assert amount(100, "BON", ENGLISH) == "1 bonus"
    assert amount(45_000, "XYZ", ENGLISH) == "450\u00a0XYZ"


def test_a_date_is_the_one_in_the_readers_calendar() -> None:
    assert sentence(entry(JournalKind.credited), MOSCOW) == "Начислено: 450 бонусов. Можно тратить с 1 декабря 2026."
    assert (
        sentence(entry(JournalKind.credited), ENGLISH)
        == "Bonus on its way: 450 bonuses. Yours to spend from 30 November 2026."
    )


def test_money_that_repaid_a_debt_is_not_passed_over() -> None:
    said = sentence(entry(JournalKind.available, repaid_minor=100), MOSCOW)

    assert said == "Уже можно тратить: 450 бонусов. В счёт снятого раньше удержано: 1 бонус."


def test_what_a_person_wrote_is_shown_as_it_is() -> None:
    said = sentence(entry(JournalKind.spend_reserved, purpose="{0.__class__} %(x)s"), ENGLISH)

    assert said == "Set aside: 450 bonuses for “{0.__class__} %(x)s”."


def test_an_old_entry_without_a_fact_stays_readable() -> None:
    assert sentence(Told(1, JournalKind.spend_captured, NOON, None, {}), MOSCOW) == "Потрачено: … на «…»."


def test_each_sentence_belongs_to_one_kind() -> None:
    texts = [*SENTENCES.values(), *VARIANTS.values(), *REASONS.values()]

    assert set(SENTENCES) == set(JournalKind)
    assert len(set(texts)) == len(texts)
    assert sentences.UNNAMED in words._catalogue("ru")._catalog  # type: ignore[attr-defined]

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.alphabet import ALPHABET, check_symbol, checks
from codes.promo_text import (
    NUMBER_MAX,
    VANITY_LENGTH_MAX,
    PromoTextRefused,
    chosen,
    ean13,
    generated,
    number_of,
    skeleton,
    spelling,
)


def problem(text: str, **more: list[str]) -> object:
    with pytest.raises(PromoTextRefused) as refused:
        chosen(text, **more)
    return refused.value.facts["problem"]


def test_a_generated_code_closes_with_its_check_symbol() -> None:
    made = [generated() for _ in range(500)]

    assert {len(text) for text in made} == {8}
    assert all(checks(text) and set(text) <= set(ALPHABET) for text in made)
    assert len(set(made)) == 500


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("ivan10", "IVAN10"), (" Мастер-77 ", "МАСТЕР77"), ("ＴＥＰＬＯ", "TEPLO"), ("ёлка 5", "ЁЛКА5")],
)
def test_what_an_agent_chose_is_kept_in_one_spelling(typed: str, kept: str) -> None:
    assert chosen(typed) == kept


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("IVAN10", "1van1o"),
        ("МАСТЕР", "мастер"),
        ("TECHO", "ТЕСНО"),
        ("ТЁМА", "TEMA"),
        ("OOO1", "000L"),
        ("ЗИМА", "3иМа"),
    ],
)
def test_codes_that_look_alike_are_one(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(
    ("one", "other"), [("IVAN10", "ИВАН10"), ("TEPLO", "ТЕПЛО"), ("ANNA", "ANN4"), ("MASTER1", "MASTER2")]
)
def test_codes_that_look_different_are_two(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


@pytest.mark.parametrize("text", ["ABC", "X" * (VANITY_LENGTH_MAX + 1), "", "- -"])
def test_a_text_is_neither_too_short_nor_too_long(text: str) -> None:
    assert problem(text) == "length"


@pytest.mark.parametrize("text", ["1234", "МАСТЕRR", "日本語日本", "IVANИВАН", "ÄÖÜß1"])
def test_a_text_is_of_one_alphabet(text: str) -> None:
    assert problem(text) == "letters"


@pytest.mark.parametrize("text", ["FUCKYOU", "СУКА77", "CYKA77", "XYEBO", "НАХУЙ", "PIDOR1", "БЛЯТЬ", "BIGSH1T"])
def test_nobody_hands_out_a_swear_word(text: str) -> None:
    assert problem(text) == "profane"


@pytest.mark.parametrize(
    "text", ["МАСТЕР", "КЛАССИК", "CLASSIC", "ТЕПЛОДОМ", "SANTEH24", "УРАЛ2026", "КОТЁЛ", "MASTER"]
)
def test_an_honest_word_is_let_through(text: str) -> None:
    assert chosen(text) == text


@pytest.mark.parametrize("text", ["ADMIN", "АДМИН", "SUPP0RT", "Т-Е-С-Т"])
def test_nobody_passes_for_the_maker(text: str) -> None:
    assert problem(text) == "reserved"


def test_a_maker_reserves_words_of_his_own() -> None:
    assert problem("TEPL0VIK", reserved=["Teplovik"]) == "reserved"


def test_nobody_chooses_what_could_be_made_for_somebody_else() -> None:
    body = "KRZ7VWX"

    assert problem(body + check_symbol(body)) == "taken"


@given(st.integers(0, NUMBER_MAX))
def test_the_numeric_twin_leads_back_to_its_number(number: int) -> None:
    twin = ean13(number)

    assert len(twin) == 13
    assert number_of(twin) == number


def test_a_wrong_digit_is_no_twin() -> None:
    twin = ean13(1234567890)

    wrong = [twin[:place] + str((int(digit) + 1) % 10) + twin[place + 1 :] for place, digit in enumerate(twin)]
    assert [number_of(text) for text in wrong] == [None] * 13
    assert number_of("4607177964089") is None


def test_the_check_digit_is_that_of_the_standard() -> None:
    assert ean13(7177964089)[:12] == "297177964089"
    assert ean13(0) == "2900000000001"


@given(st.text(max_size=40))
def test_any_text_is_kept_or_refused(text: str) -> None:
    try:
        kept = chosen(text)
    except PromoTextRefused:
        return

    assert spelling(kept) == kept
    assert chosen(kept) == kept

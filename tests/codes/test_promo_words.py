import pytest

from codes.promo_words import WORDS, counted


@pytest.mark.parametrize(
    ("count", "ru", "en"),
    [
        (1, "В 1 магазине", "In 1 shop"),
        (5, "В 5 магазинах", "In 5 shops"),
        (11, "В 11 магазинах", "In 11 shops"),
        (21, "В 21 магазине", "In 21 shops"),
        (22, "В 22 магазинах", "In 22 shops"),
    ],
)
def test_numbers_ask_for_their_form(count: int, ru: str, en: str) -> None:
    assert counted(WORDS["ru"].in_some_shops, count, "ru") == ru
    assert counted(WORDS["en"].in_some_shops, count, "en") == en

import pytest

from referrals import aliases
from referrals.aliases import ANIMALS, QUALITIES, called

MASCULINE = ("ый", "ий", "ой")
FEMININE = ("ая", "яя")
# Animals that end like a word of the other gender.
SOFT_FEMININE = {"газель", "рысь"}


def quality(masculine: str) -> list[str]:
    return next(words for words in QUALITIES if words[0] == masculine)


def animal(russian: str) -> list[str]:
    return next(words for words in ANIMALS if words[1] == russian)


def test_an_alias_says_the_same_in_both_languages() -> None:
    alias = called(quality("синий"), animal("барсук"), number=4821)

    assert alias == aliases.Alias("Синий барсук 4821", "Blue badger 4821")


def test_the_quality_takes_the_animals_gender() -> None:
    alias = called(quality("синий"), animal("рысь"), number=1000)

    assert alias.ru == "Синяя рысь 1000"


@pytest.mark.parametrize("words", QUALITIES, ids=lambda words: words[2])
def test_a_quality_has_both_genders(words: list[str]) -> None:
    masculine, feminine, english = words

    assert masculine.endswith(MASCULINE)
    assert feminine.endswith(FEMININE)
    assert masculine[:-2] == feminine[:-2]
    assert english.isascii()


@pytest.mark.parametrize("words", ANIMALS, ids=lambda words: words[2])
def test_an_animal_has_the_gender_that_its_ending_shows(words: list[str]) -> None:
    gender, russian, english = words

    assert (gender == "f") == (russian.endswith(("а", "я")) or russian in SOFT_FEMININE)
    assert english.isascii()


def test_every_alias_fits_its_column() -> None:
    longest = max(
        len(side)
        for words in QUALITIES
        for creature in ANIMALS
        for side in (called(words, creature, number=9999).ru, called(words, creature, number=9999).en)
    )

    assert longest <= 60


def test_two_agents_are_hardly_called_alike() -> None:
    names = {aliases.new().ru for _ in range(200)}

    assert len(names) > 195
    assert len(QUALITIES) * len(ANIMALS) * len(aliases.NUMBERS) > 36_000_000

from concurrent.futures import ThreadPoolExecutor

import pytest

from codes.drawings import letters
from codes.drawings.letters import LettersUnknown, Weight, broken, font


def test_russian_and_english_have_all_their_letters() -> None:
    russian = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"

    letters.check(f"{russian}{russian.upper()}abcXYZ0189 «№» ₽ – — ° ² · …")


@pytest.mark.parametrize("text", ["漢", "😀", "a\u0000b"])
def test_letters_that_cannot_be_drawn_are_named(text: str) -> None:
    with pytest.raises(LettersUnknown):
        font(Weight.REGULAR, [text])


def test_ascii_keeps_its_codes_and_all_others_get_one() -> None:
    cut = font(Weight.SEMIBOLD, ["8WBJ", "Котёл"])

    assert cut.encoded("8WBJ") == b"8WBJ"
    assert len(set(cut.encoded("Котёл"))) == 5
    assert len(cut.program) < 20_000


def test_a_text_is_broken_between_words_and_cut_where_there_is_no_room() -> None:
    text = "Котёл настенный газовый двухконтурный"

    whole, all_said = broken(text, Weight.REGULAR, width_max=12, lines_max=4)
    cut, not_all = broken(text, Weight.REGULAR, width_max=8, lines_max=2)

    assert (" ".join(whole), all_said) == (text, True)
    assert (len(cut), cut[0], cut[1][-1], not_all) == (2, "Котёл настенный", "…", False)
    assert all(letters.width(line, Weight.REGULAR) <= 8 for line in cut)


def test_no_text_takes_no_line() -> None:
    assert broken("", Weight.REGULAR, width_max=8, lines_max=2) == ([], True)


def test_many_who_cut_the_typeface_at_once_get_the_same_letters() -> None:
    whole = font(Weight.REGULAR, ["Котёл 24"]).program

    with ThreadPoolExecutor(8) as threads:
        cut = list(threads.map(lambda _: font(Weight.REGULAR, ["Котёл 24"]).program, range(200)))

    assert set(cut) == {whole}

import contextlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.alphabet import ALPHABET, check_symbol, checks, grouped
from codes.readings import CheckFailed, Malformed, meaning, readings, spellings

CODE = "74RQA6ZE769DFY2C"

codes = st.text(ALPHABET, min_size=15, max_size=15).map(lambda body: body + check_symbol(body))

LOOKS = str.maketrans("ABEKMH0PCTYX", "АВЕКМНОРСТУХ")
KEYBOARD = str.maketrans("QWERTYUIOPASDFGHJKLZXCVBNM", "ЙЦУКЕНГШЩЗФЫВАПРОЛДЯЧСМИТЬ")


@given(codes)
def test_a_canonical_code_reads_as_itself(code: str) -> None:
    assert readings(code) == (code,)


@pytest.mark.parametrize(
    "text",
    [
        CODE.lower(),
        grouped(CODE),
        f"  {grouped(CODE)}\r\n",
        "74rq-a6ze–769d—fy2c",
        "74RQ_A6ZE−769D‑FY2C",
        "74RQ\u00a0A6ZE\u202f769D\u2009FY2C",
        "74RQ\u200bA6ZE\u200d769D\ufeffFY2C",
        "74RQ\u00adA6ZE\u2060769DFY2C\u200e",
        "７４ＲＱＡ６ＺＥ７６９ＤＦＹ２Ｃ",
        "𝟕𝟒RQA6ZE769DFY2C",
    ],
)
def test_case_spaces_dashes_and_width_do_not_matter(text: str) -> None:
    assert readings(text) == (CODE,)


@pytest.mark.parametrize(("one", "zero"), ["IO", "LO", "io", "lo"])
@given(code=codes)
def test_letters_left_out_of_the_alphabet_read_as_digits(one: str, zero: str, code: str) -> None:
    assert readings(code.replace("1", one).replace("0", zero)) == (code,)


@pytest.mark.parametrize("table", [LOOKS, KEYBOARD], ids=["look-alikes", "keyboard"])
@given(code=codes)
def test_cyrillic_letters_are_read_back(table: dict[int, int], code: str) -> None:
    typed = code.translate(table)

    assert code in readings(typed)
    assert readings(typed.lower()) == readings(typed)


@pytest.mark.parametrize(
    ("typed", "read"),
    [("Ё", "E"), ("ё", "E"), ("Е\u0308", "E"), ("З", "3"), ("з", "3"), ("І", "1"), ("і", "1"), ("ј", "J"), ("ѕ", "S")],
)
def test_letters_of_other_cyrillic_keyboards_read_as_what_they_look_like(typed: str, read: str) -> None:
    code = read * 15 + check_symbol(read * 15)

    assert code in readings(code.replace(read, typed))


def test_the_check_symbol_picks_the_reading() -> None:
    by_looks = "74AB" * 3 + "74A"
    by_looks += check_symbol(by_looks)
    typed = by_looks.translate(LOOKS)

    assert len(spellings(typed)) == 2
    assert readings(typed) == (by_looks,)


def test_a_text_has_two_readings_when_both_check() -> None:
    chance = random.Random(5)
    texts = ("".join(chance.choices("0123456789АВЕКМНОРСТУ", k=16)) for _ in range(5000))

    ambiguous = next(text for text in texts if all(checks(spelling) for spelling in spellings(text)))

    assert len(readings(ambiguous)) == 2
    assert readings(ambiguous) == spellings(ambiguous)


@pytest.mark.parametrize(
    "address",
    [
        f"https://maker.example/c/{CODE}",
        f"HTTPS://MAKER.EXAMPLE/C/{CODE}/",
        f"maker.example/{CODE.lower()}?utm_source=box#top",
        f"https://maker.example/scan?lang=ru&c={CODE}",
        f"https://maker.example/01/04600000000008/21/{CODE}",
        f"https://maker.example/gtin/01/04600000000008/10/LOT7/21/{CODE}?17=271231",
        f"https://maker.example/01/04600000000008/21/{CODE}/extra",
        "https://maker.example/c/74RQ%20A6ZE-769D%E2%80%93FY2C",
        f"https://maker.example/c/{CODE.translate(LOOKS)}",
        "https://maker.example/?code=74RQ+A6ZE+769D+FY2C",
        f"https://maker.example/app/#code={CODE}",
        f"//maker.example/C/{CODE}",
        f"maker.example:8443/c/{CODE}#",
    ],
)
def test_a_code_is_found_in_an_address(address: str) -> None:
    assert readings(address) == (CODE,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        CODE[:-1],
        CODE + "0",
        "U" + CODE[1:],
        "74RQA6ZE769DFY2\0",
        "74RQA6ZE769DFY2ß",
        "74RQA6ZE769DFY2\ud800",
        *(f"74RQA6ZE769DFY{letter}C" for letter in "ЖЭЪБЮъжэбюÜßı"),
        "----------------",
        "https://maker.example/",
        "//[",
        " " * 500 + CODE,
        "\ufdfa" * 512,
    ],
)
def test_what_is_no_code_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        readings(text)


def test_a_wrong_symbol_fails_the_check_and_can_still_be_repaired() -> None:
    typed = "84RQ-A6ZE-769D-FY2C"

    with pytest.raises(CheckFailed):
        readings(typed)

    assert spellings(typed) == ("84RQA6ZE769DFY2C",)


@given(codes, st.integers(0, 15), st.sampled_from(ALPHABET))
def test_a_text_is_right_or_misspelled_and_never_both(code: str, place: int, symbol: str) -> None:
    typed = code[:place] + symbol + code[place + 1 :]

    meant = meaning(typed.lower())

    assert (meant.readings, meant.misspelled) == (((code,), ()) if typed == code else ((), (typed,)))


@given(st.text(max_size=600) | st.text(ALPHABET + "АВЕКМНОРСТУХ /?=&%#-21c", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(Malformed, CheckFailed):
        found = readings(text)

        assert 1 <= len(found) <= 2
        assert all(len(code) == 16 and set(code) <= set(ALPHABET) and checks(code) for code in found)

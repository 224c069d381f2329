"""GS1 markings: the same item, however its separators, brackets and tails came through."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codes.identities import Identity, identities, said
from codes.readings import Malformed
from programs.gs1 import Marking, markings
from receipts.fiscal.marking import parse

GTIN, SERIAL = "04601234567893", "5Nd<kQ8p'=LmZ"
GS = "\x1d"
CRYPTO = "dGFpbA+/" * 5 + "Ag8="
MARKING = Marking(GTIN, SERIAL)

serials = st.text("ABCXYZabcxyz0123456789!\"%&'*+,-./_:;=<>?", min_size=1, max_size=20)


@pytest.mark.parametrize(
    "text",
    [
        f"01{GTIN}21{SERIAL}",
        f"01{GTIN}21{SERIAL}{GS}91EE06{GS}92{CRYPTO}",
        f"{GS}01{GTIN}21{SERIAL}{GS}93abcd",
        f"]d201{GTIN}21{SERIAL}{GS}93abcd{GS}3103000250",
        f"]C101{GTIN}21{SERIAL}{GS}91EE06",
        f"\xe801{GTIN}21{SERIAL}{GS}93abcd",
        f"01{GTIN}21{SERIAL}{{gs}}91EE06{{gs}}92{CRYPTO}",
        f"01{GTIN}21{SERIAL}\\u001d91EE06\\u001d92{CRYPTO}",
        f"01{GTIN}21{SERIAL}␝91EE06␝92{CRYPTO}",
        f"01{GTIN}21{SERIAL}<GS>91EE06<gs>92{CRYPTO}",
        f"01{GTIN}21{SERIAL}(GS)93abcd",
        f"01{GTIN}21{SERIAL}91EE0692{CRYPTO}",
        f"01{GTIN}21{SERIAL}91EE0692{CRYPTO}{CRYPTO}",
        f"(01){GTIN}(21){SERIAL}(91)EE06(92){CRYPTO}",
        f"(17)271231(01){GTIN}(21){SERIAL}",
        f"17271231{GS}01{GTIN}21{SERIAL}",
        f"  01{GTIN}21{SERIAL}{GS}93abcd\r\n",
        f"https://id.example/01/{GTIN}/10/LOT7/21/5Nd%3CkQ8p%27%3DLmZ?17=271231",
        f"https://id.example/01/{GTIN[1:]}/21/5Nd%3CkQ8p'=LmZ",
    ],
)
def test_a_marking_is_its_gtin_and_its_serial_number(text: str) -> None:
    assert markings(text) == (MARKING,)


@pytest.mark.parametrize("separator", [GS, "", "\\u001d", "\\x1d", "<GS>", "{GS}", "(GS)", "␝"])
@pytest.mark.parametrize("tail", ["93abcd", "91EE06{}92" + CRYPTO])
def test_a_tills_receipt_and_a_scanner_mean_the_same_item(separator: str, tail: str) -> None:
    text = f"01{GTIN}21{SERIAL}{separator}{tail.format(separator)}"

    on_receipt = parse(text)

    assert on_receipt is not None
    assert Marking(on_receipt.gtin, on_receipt.serial or "") == markings(text)[-1] == MARKING


def test_a_lost_separator_before_a_short_tail_leaves_two_meanings_the_longer_first() -> None:
    assert markings(f"01{GTIN}21abcdef93wxYZ") == (Marking(GTIN, "abcdef93wxYZ"), Marking(GTIN, "abcdef"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        GTIN,
        f"01{GTIN[:-1]}021{SERIAL}",
        f"01{GTIN}21",
        f"01{GTIN}21{'a' * 21}",
        f"01{GTIN}10LOT7",
        f"01{GTIN}21код",
        f"(01){GTIN}",
        "(01)(21)",
        f"https://id.example/01/{GTIN}/10/LOT7",
        f"00{'1' * 18}{GS}01{GTIN}",
    ],
)
def test_what_has_no_gtin_or_no_serial_number_is_no_marking(text: str) -> None:
    assert markings(text) == ()


@given(serials, st.sampled_from(["", f"{GS}91EE06{GS}92{CRYPTO}", f"{GS}93abcd", f"{GS}"]))
def test_a_separator_ends_the_serial_number_whatever_stands_in_it(serial: str, tail: str) -> None:
    assert Marking(GTIN, serial) in markings(f"01{GTIN}21{serial}{tail}")


@given(
    st.text(max_size=200) | st.text("01248()]dC" + GS, max_size=60) | st.text(alphabet=st.characters(max_codepoint=127))
)
@example("(01)" * 40)
@example(f"{GS}{GS}{GS}")
@example("]d2")
def test_any_text_is_read_or_is_none(text: str) -> None:
    for one in markings(text):
        assert len(one.gtin) == 14
        assert 1 <= len(one.serial) <= 20


@given(st.text(max_size=600))
def test_any_text_says_something_or_is_malformed(text: str) -> None:
    found = identities(text)
    try:
        meant = said(text)
    except Malformed:
        assert found == ()
        return

    assert meant.readings or meant.misspelled or meant.identities == found


# A maker's own codes.

LOOKS = str.maketrans("ABEKMHPCTYX", "АВЕКМНРСТУХ")
codes = st.text("0123456789ABCDEFGHJKMNPQRSTUVWXYZ", min_size=6, max_size=100)


@given(codes)
def test_a_code_has_one_identity_under_all_its_spellings(code: str) -> None:
    [identity] = identities(code)

    assert identity == Identity("plain", code)
    for spelled in (code.lower(), " ".join(code), f"{code[:3]}-{code[3:]}\n", code.replace("1", "l").replace("0", "o")):
        assert identities(spelled) == (identity,)
    assert identity in identities(code.translate(LOOKS))
    assert identity in identities(code.translate(LOOKS).lower())


@pytest.mark.parametrize("text", ["ABC12", "A" * 101, "ABC!1234", "ABCDEF\0", "ßABCDEF", "🙂" * 8])
def test_what_is_too_short_too_long_or_no_letter_or_digit_has_no_identity(text: str) -> None:
    assert identities(text) == ()


def test_a_marking_never_meets_a_makers_own_code() -> None:
    assert Identity("gs1", "04601234567893ABC").named != Identity("plain", "04601234567893ABC").named

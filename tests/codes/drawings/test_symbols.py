import pytest

from codes.drawings.colours import BLACK_ON_WHITE
from codes.drawings.reading import DrawingUnreadable, picture, prove, prove_picture
from codes.drawings.symbols import Kind, Symbol, symbol
from tests.codes.drawings.paper import random_codes, read

CODE = "8WBJF619H3AR21VM"


@pytest.mark.parametrize(
    ("kind", "text", "side"),
    [
        (Kind.QR, CODE, 21),
        (Kind.QR, f"HTTPS://N.EXAMPLE/C/{CODE}", 25),
        (Kind.QR, f"HTTPS://ELEVEN-A.RU/C/{CODE}", 25),
        (Kind.QR, f"HTTPS://N.EXAMPLE/01/04600000000008/21/{CODE}", 29),
        (Kind.DATA_MATRIX, CODE, 16),
    ],
)
def test_symbols_are_as_small_as_they_can_be(kind: Kind, text: str, side: int) -> None:
    assert symbol(kind, text).modules.shape == (side, side)


def test_digits_take_as_much_room_as_letters_so_that_labels_are_alike() -> None:
    sides = {symbol(Kind.QR, text).modules.shape for text in ("0123456789012345", "ABCDEFGHJKMNPQRS")}

    assert len(sides) == 1


@pytest.mark.parametrize("kind", [Kind.QR, Kind.DATA_MATRIX])
def test_what_is_drawn_is_what_a_decoder_reads(kind: Kind) -> None:
    for code in random_codes(50):
        drawn = picture(symbol(kind, code), ink=BLACK_ON_WHITE, module_pixels=3)

        assert read(drawn) == [code]


def test_bars_carry_gs1_element_strings() -> None:
    drawn = symbol(Kind.BARS, "(00)046070000000000007")

    assert read(picture(drawn, ink=BLACK_ON_WHITE, module_pixels=2)) == ["(00)046070000000000007"]


def test_a_symbol_that_says_something_else_is_not_handed_out() -> None:
    other = Symbol(Kind.QR, CODE, symbol(Kind.QR, CODE[::-1]).modules)

    with pytest.raises(DrawingUnreadable):
        prove(other, ink=BLACK_ON_WHITE)


def test_a_symbol_without_its_corners_is_not_handed_out() -> None:
    whole = symbol(Kind.QR, CODE)
    drawn = picture(whole, ink=BLACK_ON_WHITE, module_pixels=4)
    drawn.paste(0, (0, 0, 60, 60))

    with pytest.raises(DrawingUnreadable):
        prove_picture(drawn, whole)

import pytest

from codes.drawings.labels import MODULE_MIN_MM, LabelTooSmall, Layout, Words, layout
from codes.drawings.letters import cap_height, width
from codes.drawings.templates import TEMPLATES

WORDS = Words("Котёл настенный «Тепло» 24 кВт", "ООО «Завод Тепло», Ижевск")
SIZES = [template.label_mm for template in TEMPLATES.values()] + [(58.0, 40.0), (40.0, 60.0), (25.0, 25.0)]
Box = tuple[float, float, float, float]
URL_SIDE, DATA_MATRIX_SIDE = 25, 16


def edges(laid: Layout, side: int) -> list[Box]:
    """Left, bottom, right and top of the symbol with its quiet zone and of each line of text."""
    size, quiet = side * laid.module_mm, 4 * laid.module_mm
    left, bottom = laid.symbol_left, laid.symbol_bottom
    return [
        (left - quiet, bottom - quiet, left + size + quiet, bottom + size + quiet),
        *(
            (
                line.left,
                line.bottom - 0.2 * line.size_mm,
                line.left + width(line.text, line.weight) * line.size_mm,
                line.bottom + cap_height(line.weight) * line.size_mm,
            )
            for line in [*laid.code, *laid.words]
        ),
    ]


def _apart(one: Box, other: Box) -> bool:
    near = 1e-6
    beside = one[2] <= other[0] + near or other[2] <= one[0] + near
    return beside or one[3] <= other[1] + near or other[3] <= one[1] + near


@pytest.mark.parametrize("words", [Words(), WORDS], ids=["plain", "with words"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_nothing_leaves_the_label_and_nothing_touches_anything_else(size: tuple[float, float], words: Words) -> None:
    boxes = edges(layout(*size, side=DATA_MATRIX_SIDE, words=words), DATA_MATRIX_SIDE)

    assert min(min(left, bottom) for left, bottom, _, _ in boxes) >= 0
    assert max(right for _, _, right, _ in boxes) <= size[0]
    assert max(top for _, _, _, top in boxes) <= size[1]
    for number, one in enumerate(boxes):
        for other in boxes[number + 1 :]:
            assert _apart(one, other), (one, other)


def test_modules_are_never_smaller_than_a_phone_reads() -> None:
    for size in SIZES:
        assert layout(*size, side=DATA_MATRIX_SIDE, words=WORDS).module_mm >= MODULE_MIN_MM


def test_words_take_room_from_the_letters_and_never_from_the_symbol() -> None:
    plain, worded = (layout(38.1, 21.2, side=URL_SIDE, words=words) for words in (Words(), WORDS))

    assert plain.module_mm == worded.module_mm
    assert plain.code[0].size_mm >= worded.code[0].size_mm > 2.5
    assert "".join(line.text for line in worded.words).count("…") == 0


def test_the_whole_code_is_there_in_groups_of_four() -> None:
    for size in SIZES:
        laid = layout(*size, side=DATA_MATRIX_SIDE, words=WORDS)

        assert " ".join(line.text for line in laid.code).split() == ["8WBJ", "F619", "H3AR", "21VM"]


def test_words_that_find_no_room_are_cut_and_not_left_out() -> None:
    long = Words("Очень длинное название котла на все случаи жизни и ещё немного", "Тоже длинно")

    laid = layout(25.4, 10.0, side=DATA_MATRIX_SIDE, words=long)

    assert [line.text[-1] for line in laid.words] == ["…", "о"]


@pytest.mark.parametrize(("size", "side"), [((25.4, 10.0), URL_SIDE), ((12.0, 12.0), DATA_MATRIX_SIDE)])
def test_a_label_on_which_nothing_could_be_read_is_refused(size: tuple[float, float], side: int) -> None:
    with pytest.raises(LabelTooSmall):
        layout(*size, side=side, words=Words())

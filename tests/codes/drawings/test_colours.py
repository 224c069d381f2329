import pytest

from codes.drawings.colours import BLACK_ON_WHITE, Ink, WeakContrast, check


@pytest.mark.parametrize("ink", [BLACK_ON_WHITE, Ink("#003A70"), Ink("#7A0019", "#FFF4E0"), Ink("#1B5E20", "#e8f5e9")])
def test_dark_ink_on_light_paper_is_taken(ink: Ink) -> None:
    check(ink)


@pytest.mark.parametrize(
    "ink",
    [Ink("#FFFFFF", "#000000"), Ink("#808080", "#909090"), Ink("#BBBBBB"), Ink("#FFD600"), Ink("#000000", "#444444")],
    ids=["light on dark", "grey on grey", "pale", "yellow", "dark on dark"],
)
def test_weak_or_turned_contrast_is_refused(ink: Ink) -> None:
    with pytest.raises(WeakContrast):
        check(ink)


def test_red_ink_is_paper_under_a_red_lamp() -> None:
    with pytest.raises(WeakContrast) as refused:
        check(Ink("#FF0000"))

    assert refused.value.facts == {"contrast": 0.0, "contrast_min": 0.55}

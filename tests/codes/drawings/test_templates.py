import pytest

from codes.drawings.templates import TEMPLATES, UnknownTemplate, template


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_labels_of_a_sheet_lie_on_their_page_and_apart(name: str) -> None:
    sheet = TEMPLATES[name]
    corners = [sheet.corner(place) for place in range(sheet.count)]

    assert sheet.count == int(name.split("-")[1])
    assert len(set(corners)) == sheet.count
    assert min(left for left, _ in corners) >= -0.01
    assert min(bottom for _, bottom in corners) >= -0.01
    assert max(left for left, _ in corners) + sheet.label_mm[0] <= sheet.page_mm[0] + 0.01
    assert max(bottom for _, bottom in corners) + sheet.label_mm[1] <= sheet.page_mm[1] + 0.01


def test_sixty_five_labels_begin_where_the_paper_has_them() -> None:
    sheet = template("a4-65")

    left, bottom = sheet.corner(0)

    assert (round(left, 2), round(297 - bottom - 21.2, 2)) == (4.75, 10.7)


def test_a_roll_has_one_label_a_page() -> None:
    roll = template("roll-58x40")

    assert (roll.page_mm, roll.count, roll.corner(0)) == ((58, 40), 1, (0, 0))


@pytest.mark.parametrize("name", ["a4-66", "roll-5x40", "roll-58x400", "roll-58x40\n", "roll-058x40.5", ""])
def test_other_names_are_refused_with_those_that_there_are(name: str) -> None:
    with pytest.raises(UnknownTemplate) as refused:
        template(name)

    assert "a4-65" in refused.value.facts["templates"]

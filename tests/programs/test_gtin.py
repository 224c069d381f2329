import pytest

from programs.gtin import padded


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("4006381333931", "04006381333931"),
        ("4006-3813 33931", "04006381333931"),
        ("036000291452", "00036000291452"),
        ("96385074", "00000096385074"),
        ("10614141000415", "10614141000415"),
    ],
)
def test_a_gtin_of_any_length_becomes_fourteen_digits(text: str, number: str) -> None:
    assert padded(text) == number


@pytest.mark.parametrize("text", ["4006381333932", "4006381339331", "123", "", "٤٠٠٦٣٨١٣٣٣٩٣١", "400638133393X"])
def test_what_is_no_gtin_is_none(text: str) -> None:
    assert padded(text) is None

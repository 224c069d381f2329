import pytest

from codes.sscc import SsccWrong, capacity, checks, numbered, read


@pytest.mark.parametrize(
    ("prefix", "serial", "expected"),
    [
        ("5703538", 1_141_0375_17, "157035381410375177"),
        ("4601234", 0, "046012340000000000"),
        ("4601234", 9_999_999_999, "946012349999999992"),
        ("4601234567", 1_234_567, "146012345672345678"),
    ],
)
def test_a_number_is_the_prefix_between_the_digits_of_the_serial_and_a_check(
    prefix: str, serial: int, expected: str
) -> None:
    assert numbered(prefix, serial) == expected
    assert checks(expected)


def test_a_prefix_has_a_number_for_each_serial_that_fits() -> None:
    assert capacity("4601234") == 10_000_000_000
    assert len(numbered("4601234", capacity("4601234") - 1)) == 18


@pytest.mark.parametrize(
    "text",
    ["157035381410375177", "(00)157035381410375177", "00157035381410375177", " 1 5703538 141037517 7 "],
)
def test_it_is_read_however_it_is_written(text: str) -> None:
    assert read(text) == "157035381410375177"


@pytest.mark.parametrize("text", ["157035381410375178", "15703538141037517", "", "٣" * 18, "1570353814103751770"])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(SsccWrong):
        read(text)

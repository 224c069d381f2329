from typing import get_args

import pytest

from codes import sscc
from codes.drawings.carton_labels import SIZES_MM, Print, Run, Size, Unit, pdf
from codes.drawings.letters import LettersUnknown
from tests.codes.drawings.paper import read, rendered, said, sizes_mm

ABOUT = Print("ООО «Завод Тепло»", "Котёл настенный газовый двухконтурный «Тепло» 24 кВт", "04600000000008")
CARTON = Unit(sscc.numbered("4607000", 1), "carton", (Run(17, 1_000, 1_502),), 500)
RUNS = tuple(Run(17, first, first + 500) for first in range(0, 60_000, 10_000))


@pytest.mark.parametrize("size", get_args(Size))
def test_a_label_says_its_number_and_its_contents_in_bars(size: Size) -> None:
    about = Print(ABOUT.maker, ABOUT.product, ABOUT.gtin, size)

    printed = b"".join(pdf([CARTON], about))

    assert sizes_mm(printed) == [SIZES_MM[size]]
    assert read(rendered(printed)[0]) == ["(02)04600000000008(37)0500", f"(00){CARTON.sscc}"]


@pytest.mark.parametrize("count", [1, 42, 9_999, 100_000])
@pytest.mark.parametrize("size", get_args(Size))
def test_bars_are_wide_enough_for_a_warehouse_whatever_the_count(size: Size, count: int) -> None:
    unit = Unit(CARTON.sscc, "carton", CARTON.runs, count)

    [page] = rendered(b"".join(pdf([unit], Print("", "", ABOUT.gtin, size))))

    digits = f"{count:0{len(str(count)) + len(str(count)) % 2}d}"
    assert read(page) == [f"(02)04600000000008(37){digits}", f"(00){CARTON.sscc}"]


def test_people_read_what_it_is_in_russian() -> None:
    [page] = said(b"".join(pdf([CARTON], ABOUT)))

    told = " ".join(page.split())
    assert "Короб · ООО «Завод Тепло»" in told
    assert ABOUT.product in told
    for row in ("SSCC 0 4607 0000 0000 0001 4", "GTIN вложения 04600000000008", "Количество, шт. 500"):
        assert row in told
    assert "Партия, номера 17 · 1000–1501" in told


def test_a_pallet_of_many_runs_shows_some_and_says_how_many_are_left() -> None:
    pallet = Unit(sscc.numbered("4607000", 2), "pallet", RUNS)

    printed = b"".join(pdf([pallet], Print("Maker", "Boiler", ABOUT.gtin, language="en")))

    rows = said(printed)[0].replace("Batch, numbers", "").splitlines()
    assert "Pallet · Maker" in rows
    assert {"17 · 0–499", "17 · 30000–30499", "and 2 more"} <= {line.strip() for line in rows}
    assert read(rendered(printed)[0]) == [f"(00){pallet.sscc}"]


def test_each_unit_has_a_page() -> None:
    units = [Unit(sscc.numbered("4607000", serial), "carton", CARTON.runs) for serial in range(70)]

    pages = said(b"".join(pdf(units, ABOUT)))

    assert [f"(00){unit.sscc}" in page for unit, page in zip(units, pages, strict=True)] == [True] * 70


def test_letters_that_cannot_be_drawn_are_refused_before_anything_is_sent() -> None:
    with pytest.raises(LettersUnknown):
        pdf([CARTON], Print("漢", ""))

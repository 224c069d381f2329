import tracemalloc

import pytest

from codes.drawings.colours import Ink, WeakContrast
from codes.drawings.labels import LabelTooSmall, Words
from codes.drawings.letters import LettersUnknown
from codes.drawings.sheets import Sheet, page_count, pdf
from codes.drawings.symbols import Kind
from codes.drawings.templates import TEMPLATES, template
from codes.lines import LINE_BYTES, lines
from codes.packaging_code import Role
from tests.codes.drawings.paper import KEY, chunks, read_labels, rendered, said, sizes_mm, texts

URL = "HTTPS://N.EXAMPLE/C/"
LINK = "HTTPS://N.EXAMPLE/01/04600000000008/21/"
WORDS = Words("Котёл настенный «Тепло» 24 кВт", "ООО «Завод Тепло», Ижевск")
SMALL = {"a4-189", "letter-80"}
ROLLS = ["roll-58x40", "roll-30x20", "roll-40x60", "roll-100x150"]


def drawn(sheet: Sheet, codes: list[bytes]) -> bytes:
    return b"".join(pdf(sheet, codes))


@pytest.mark.parametrize("name", [*TEMPLATES, *ROLLS])
def test_every_label_of_every_sheet_reads_as_its_code_in_order(name: str) -> None:
    prefix, kind = ("", Kind.DATA_MATRIX) if name in SMALL else (URL, Kind.QR)
    sheet = Sheet(template(name), kind, prefix, WORDS)
    codes = chunks(sheet.template.count + 2)

    printed = drawn(sheet, codes)

    assert read_labels(printed, sheet.template) == [prefix + code for code in texts(codes)]


@pytest.mark.parametrize(
    ("kind", "prefix"), [(Kind.QR, ""), (Kind.QR, LINK), (Kind.DATA_MATRIX, ""), (Kind.DATA_MATRIX, URL)]
)
def test_sixty_five_labels_read_whatever_they_carry(kind: Kind, prefix: str) -> None:
    sheet = Sheet(template("a4-65"), kind, prefix)
    codes = chunks(65)

    assert read_labels(drawn(sheet, codes), sheet.template) == [prefix + code for code in texts(codes)]


def test_a_label_shows_its_code_in_groups_and_the_makers_words() -> None:
    codes = chunks(3)

    [page] = said(drawn(Sheet(template("a4-65"), Kind.QR, URL, WORDS), codes))

    shown = "".join(page.split())
    assert [code in shown for code in texts(codes)] == [True] * 3
    assert shown.count("Котёлнастенный«Тепло»24кВт") == shown.count("ООО«ЗаводТепло»,Ижевск") == 3


def test_pages_end_where_sheets_do_however_the_codes_come() -> None:
    sheet = Sheet(template("a4-65"), Kind.QR, URL)
    whole = b"".join(chunks(7_000))
    pieces = [whole[start : start + 101 * LINE_BYTES] for start in range(0, len(whole), 101 * LINE_BYTES)]

    pages = said(drawn(sheet, pieces))

    assert len(pages) == page_count(sheet, len(texts([whole]))) == 107
    assert "".join("".join(pages).split()) == "".join(texts([whole]))


def test_a_sheet_of_no_code_is_an_empty_page() -> None:
    [page] = rendered(drawn(Sheet(template("a4-65"), Kind.QR, URL), []), 72)

    assert page.convert("L").getextrema() == (255, 255)


def test_labels_that_are_used_already_stay_free() -> None:
    sheet = Sheet(template("a4-24"), Kind.QR, URL, ink=Ink("#003A70", "#FFF4E0"), used=20)
    codes = chunks(10)

    printed = drawn(sheet, codes)

    first, second = rendered(printed, 72)
    assert first.crop((0, 0, first.width, first.height // 2)).convert("L").getextrema() == (255, 255)
    assert read_labels(printed, sheet.template) == [URL + code for code in texts(codes)]
    assert page_count(sheet, 10) == 2
    assert second.crop((0, second.height // 2, second.width, second.height)).convert("L").getextrema() == (255, 255)


def test_a_makers_colours_are_on_paper_and_read() -> None:
    sheet = Sheet(template("a4-24"), Kind.QR, URL, ink=Ink("#003A70", "#FFF4E0"))
    codes = chunks(2)

    printed = drawn(sheet, codes)

    [page] = rendered(printed)
    assert {(0x00, 0x3A, 0x70), (0xFF, 0xF4, 0xE0)} <= {colour for _, colour in page.getcolors(1 << 20) or []}
    assert read_labels(printed, sheet.template) == [URL + code for code in texts(codes)]


@pytest.mark.parametrize(
    ("sheet", "refusal"),
    [
        (Sheet(template("a4-189"), Kind.QR, URL), LabelTooSmall),
        (Sheet(template("a4-65"), Kind.QR, URL, Words("漢字")), LettersUnknown),
        (Sheet(template("a4-65"), Kind.QR, URL, ink=Ink("#FFFFFF", "#000000")), WeakContrast),
    ],
)
def test_a_sheet_that_could_not_be_read_is_refused_before_anything_is_sent(
    sheet: Sheet, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        pdf(sheet, chunks(1))


def test_the_page_is_printed_at_its_own_size() -> None:
    printed = drawn(Sheet(template("a4-65"), Kind.QR, URL), chunks(1))

    assert b"/PrintScaling/None" in printed
    assert sizes_mm(printed) == [(210.0, 297.0)]


def test_a_long_print_takes_no_more_memory_than_a_short_one() -> None:
    sheet = Sheet(template("a4-65"), Kind.QR, URL)

    peaks = [_peak_bytes(sheet, pages) for pages in (100, 100, 1_000)]

    assert peaks[2] < 1.2 * peaks[1] + 200_000


def _peak_bytes(sheet: Sheet, pages: int) -> int:
    tracemalloc.start()
    for _ in pdf(sheet, lines(KEY, role=Role.INNER, start=0, stop=pages * 65, placeholders=False)):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak

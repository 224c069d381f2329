"""Whatever anybody sends, each reader makes something of it or refuses it in words of its own, and never breaks."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codes import carton_files, recipients, shipment_files, sscc
from codes.drawings.templates import UnknownTemplate, template
from codes.recipients import RecipientWrong
from codes.reconciliation import read_report
from codes.sscc import SsccWrong
from core.refusals import DomainError
from programs import sheets
from programs.sheets import SheetRefused

TEXTS = st.text(max_size=80) | st.text("0123456789()]C age1roll-x.", max_size=40)
HEADS = ("first,stop,outcome", "sscc;first;stop;parent", "number\tshipped_at\tsscc\tbatch\tfirst\tstop", "")
SHEETS = st.binary(max_size=200) | st.tuples(
    st.sampled_from(HEADS), st.text('0123456789,;\t"\n\r\0-:TZ printed|é', max_size=200)
).map(lambda parts: f"{parts[0]}\n{parts[1]}".encode())


@pytest.mark.parametrize(
    ("read", "refusal"), [(sscc.read, SsccWrong), (template, UnknownTemplate), (recipients.check, RecipientWrong)]
)
@given(text=TEXTS)
@example(text="")
@example(text="(00)" * 9)
@example(text="roll-" + "9" * 400 + "x40")
@example(text="roll-٥٨x٤٠")
@example(text="roll-58x40\n")
def test_any_text_is_read_or_refused(read: Callable[[str], object], refusal: type[DomainError], text: str) -> None:
    with suppress(refusal):
        read(text)


@pytest.mark.parametrize(
    "read",
    [
        read_report,
        partial(sheets.read, into=carton_files.Row, key="sscc"),
        partial(sheets.rows, into=shipment_files.Row),
    ],
    ids=["report", "cartons", "shipments"],
)
@given(content=SHEETS)
@example(content=b'first,stop,outcome\n"1,2,printed\n')
@example(content=b"sscc\n" + b"1" * 200_000)
def test_any_bytes_are_a_sheet_or_refused(read: Callable[[bytes], object], content: bytes) -> None:
    with suppress(SheetRefused):
        read(content)


@given(st.text("0123456789", min_size=17, max_size=17))
def test_one_check_digit_of_ten_makes_an_sscc(digits: str) -> None:
    assert sum(sscc.checks(f"{digits}{check}") for check in range(10)) == 1

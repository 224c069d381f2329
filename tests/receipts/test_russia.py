import re
from datetime import datetime
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.trust import Trust
from receipts.fiscal.frame import Operation, ReceiptMalformed
from receipts.fiscal.keyring import KeyRing
from receipts.fiscal.registry import judge
from receipts.fiscal.russia import detect, from_fields, parse, typed
from tests.receipts.conftest import Counted
from tests.receipts.made import RUSSIAN
from tests.receipts.samples import document, needs_samples, rows

FIELDS = dict(part.split("=") for part in RUSSIAN.split("&"))


def test_a_code_says_when_where_and_how_much() -> None:
    receipt = parse(RUSSIAN)

    assert receipt.identity == "ru:7384440300007971:141637:4087570038"
    assert (receipt.total_minor, receipt.currency, receipt.operation) == (580_300, "RUB", Operation.SALE)
    assert receipt.issued_at == datetime.fromisoformat("2026-03-20T23:03")


@pytest.mark.parametrize(
    "text",
    [
        RUSSIAN.replace("T2303", "t2303"),
        RUSSIAN.replace("T2303", "T230300"),
        RUSSIAN.replace("5803.00", "5803"),
        RUSSIAN.replace("5803.00", "5803,0"),
        RUSSIAN.replace("&", "&amp;"),
        RUSSIAN.replace("fp=", "fp=00"),
        f" {RUSSIAN}\r\n",
        f"https://check.ofd.ru/rec/7384440300007971/141637/4087570038?{RUSSIAN}",
        f"https://lk.example/receipt?utm=1&{RUSSIAN}#top",
        "&".join(reversed(RUSSIAN.split("&"))),
        quote(RUSSIAN, safe=""),
        f"https://lk.example/check?qr={quote(RUSSIAN, safe='')}&utm=1",
        f"https://lk.example/check?next={quote(f'https://ofd.example/?qr={quote(RUSSIAN, safe=str())}', safe='')}",
        RUSSIAN.replace("&", "\\u0026"),
        RUSSIAN.replace("&", " & ").replace("=", " = "),
        RUSSIAN.replace("&", "\n"),
        f"https://lk.example/#/check?{RUSSIAN}",
        re.sub("[a-z]+=", lambda name: name[0].upper(), RUSSIAN),
        f'Чек: "{RUSSIAN}" спасибо',
    ],
)
def test_ten_spellings_are_one_receipt(text: str) -> None:
    assert detect(text)
    assert (parse(text).identity, parse(text).total_minor) == (parse(RUSSIAN).identity, 580_300)


@pytest.mark.parametrize(
    "typed_fields",
    [
        {"t": "20.03.2026 23:03"},
        {"t": " 20.03.26  23:03:00 "},
        {"t": "2026-03-20T23:03"},
        {"fn": "7384 4403 0000 7971", "fp": " 4087570038 "},
        {"s": "5 803,00"},
        {"t": "20260320t2303", "i": "0141637"},
    ],
)
def test_whoever_types_what_is_printed_means_the_same_receipt(typed_fields: dict[str, str]) -> None:
    assert typed(FIELDS | typed_fields) == parse(RUSSIAN)


@pytest.mark.parametrize("said", ["2026320T2303", "20260320T230", "2026032T02303", "20.03 23:03", "31.02.2026 10:00"])
def test_a_time_has_all_its_digits(said: str) -> None:
    with pytest.raises(ReceiptMalformed) as refused:
        typed(FIELDS | {"t": said})

    assert refused.value.facts == {"field": "t", "problem": "not_a_time"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("fn", "738444030000797"),
        ("fn", "73844403000079711"),
        ("fn", "738444030000797１"),
        ("i", "0"),
        ("i", "4294967296"),
        ("i", ""),
        ("fp", "0"),
        ("fp", "4294967296"),
        ("fp", "-1"),
        ("n", "5"),
        ("n", "0"),
        ("t", "20251301T1010"),
        ("t", "20260320"),
        ("t", "2026O320T1010"),
        ("s", "1e3"),
        ("s", "-1.00"),
        ("s", "2814749767106.57"),
        ("s", "1.005"),
    ],
)
def test_a_field_out_of_its_range_is_named(field: str, value: str) -> None:
    with pytest.raises(ReceiptMalformed) as refused:
        from_fields(FIELDS | {field: value})

    assert refused.value.facts["field"] == field


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_that_is_missing_is_named(field: str) -> None:
    with pytest.raises(ReceiptMalformed) as refused:
        parse("&".join(f"{name}={value}" for name, value in FIELDS.items() if name != field))

    assert refused.value.facts == {"field": field, "problem": "missing"}


def test_a_field_that_stands_twice_is_no_receipt() -> None:
    with pytest.raises(ReceiptMalformed):
        parse(f"{RUSSIAN}&s=1.00")


@pytest.mark.parametrize(
    ("n", "operation"), [("2", Operation.RETURN), ("3", Operation.EXPENSE), ("4", Operation.EXPENSE_RETURN)]
)
def test_other_operations_are_read_and_are_no_sales(n: str, operation: Operation) -> None:
    assert from_fields(FIELDS | {"n": n}).operation is operation


def test_a_code_alone_is_no_more_than_plausible() -> None:
    found = judge(RUSSIAN, KeyRing())

    assert (found.trust, found.refusal) == (Trust.PLAUSIBLE, None)


def test_a_drive_for_trying_out_is_refused() -> None:
    found = judge(RUSSIAN.replace("fn=7384", "fn=9999"), KeyRing())

    assert found.receipt.is_test
    assert found.refusal is not None
    assert found.refusal.slug == "receipt_of_test_device"


def test_nothing_was_printed_before_the_law() -> None:
    found = judge(RUSSIAN.replace("t=2026", "t=2015"), KeyRing())

    assert found.refusal is not None
    assert found.refusal.facts == {"evidence": ["range"]}


def test_what_looks_odd_is_told_and_not_refused() -> None:
    swapped = judge(RUSSIAN.replace("i=141637&fp=4087570038", "i=4087570038&fp=141637"), KeyRing())
    late = judge(RUSSIAN.replace("fn=7384", "fn=8710"), KeyRing())

    assert [one.kind for one in swapped.evidence if not one.ok] == ["order"]
    assert [one.kind for one in late.evidence if not one.ok] == ["series"]
    assert swapped.refusal is late.refusal is None


@given(st.text(max_size=200), st.integers(0, len(RUSSIAN)))
def test_any_text_is_read_or_refused(rubbish: str, place: int) -> None:
    for text in (rubbish, RUSSIAN[:place] + rubbish + RUSSIAN[place:], RUSSIAN[:place]):
        detect(text)
        try:
            parse(text)
        except ReceiptMalformed:
            continue


@given(st.sampled_from(sorted(FIELDS)), st.integers(0, 9))
def test_another_digit_is_another_receipt(field: str, digit: int) -> None:
    changed = FIELDS[field][:-1] + str(digit)
    if changed == FIELDS[field] or field in {"t", "s", "n"}:
        return

    assert from_fields(FIELDS | {field: changed}).identity != parse(RUSSIAN).identity


@needs_samples
def test_the_variants_of_the_samples_are_read_as_they_say(counted: Counted) -> None:
    variants = document("ru/qr_variants.json")
    for variant in variants:
        try:
            receipt = parse(variant["qr"])
        except ReceiptMalformed:
            assert variant["expect"] == "reject", variant
            continue
        assert variant["expect"] != "reject", variant
        if "same identity" in variant["expect"]:
            assert receipt.identity == parse(variant["derived_from"]).identity
    counted("ru", "variants", len(variants))


@needs_samples
def test_every_real_code_of_the_samples_is_read(counted: Counted) -> None:
    real = rows("ru/qr_real.jsonl")
    for row in real:
        receipt = judge(row["qr"], KeyRing()).receipt
        assert receipt.identity == f"ru:{row['fn']}:{row['i']}:{row['fp']}"
        assert receipt.total_minor == row["s_kop"]
    counted("ru", "real codes", len(real))

"""Every format at once: what each has to do for its own samples, for the shared ones, and for whatever is not one."""

import json
from collections import Counter
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programs.trust import Trust
from receipts import claims
from receipts.fiscal import russia_documents, russia_tlv
from receipts.fiscal.certificates import point_of
from receipts.fiscal.frame import Judged, Payment, Receipt, ReceiptMalformed
from receipts.fiscal.keyring import KeyRing, read_keys
from receipts.fiscal.registry import FORMATS, TEXT_MAX, format_of, judge
from receipts.inspection import Inspector, inspect
from receipts.neighbours import contradicted
from receipts.submissions import Submission, read
from tests.receipts.conftest import Counted
from tests.receipts.made import KAZAKH, RUSSIAN, SERIAL, austrian, austrian_key, element, german, raw_document, raw_line
from tests.receipts.samples import FOLDER, files, needs_samples

AUSTRIAN_KEY, GERMAN_KEY = austrian_key(), austrian_key()
KEYS = {("at", SERIAL): point_of(AUSTRIAN_KEY.public_key()), ("de", "TSE-1"): point_of(GERMAN_KEY.public_key())}
OWN = {
    "ru": (RUSSIAN, Trust.PLAUSIBLE),
    "kz": (KAZAKH, Trust.PLAUSIBLE),
    "at": (austrian(AUSTRIAN_KEY), Trust.SIGNED),
    "de": (german(GERMAN_KEY), Trust.SIGNED),
}
TEXTS = [text for text, _ in OWN.values()]
# Whatever a spelling may hold, and what else a keyboard has.
LETTERS = st.sampled_from("0123456789abcdefTtnsifp.,:;_-&=?/^+ \0éЖ１")
AGENT = UUID(int=1)


def judged_of(text: str) -> Judged | None:
    """What is thought of a text whose format is not told; None where it is refused as unreadable."""
    try:
        return judge(text, KeyRing(KEYS))
    except ReceiptMalformed:
        return None


def claimed(text: str) -> claims.Claim:
    """A claim to the receipt of a text, that nobody has written down."""
    asked: Submission = read(text=text, agent_id=AGENT, client_key=b"")
    now = asked.receipt.issued_at
    assert now is not None
    return claims.new(asked, trust=Trust.PLAUSIBLE, now=now, due_at=now)


def test_every_format_has_a_sample_of_our_own() -> None:
    assert OWN.keys() == FORMATS.keys()


@pytest.mark.parametrize("code", FORMATS)
def test_a_text_is_known_for_its_own_countrys_and_proven_as_far_as_that_goes(code: str) -> None:
    text, trust = OWN[code]

    found = judge(text, KeyRing(KEYS))

    assert [one.code for one in FORMATS.values() if one.detect(text)] == [code]
    assert (found.receipt.format, found.trust, found.refusal) == (code, trust, None)
    assert found.receipt.identity.startswith(f"{code}:")
    assert found.receipt.currency == FORMATS[code].currency


@pytest.mark.parametrize("code", FORMATS)
@pytest.mark.parametrize("spelled", [" {} ", "{}\r\n", "\ufeff{}", "\t{}\n\n"])
def test_blanks_around_a_text_are_nobodys(code: str, spelled: str) -> None:
    text, _ = OWN[code]

    [plain], [wrapped] = (list(inspect(one.encode(), Inspector(KeyRing(KEYS)))) for one in (text, spelled.format(text)))

    assert wrapped == plain


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(TEXTS), st.data())
def test_whoever_changes_a_letter_has_another_receipt_or_none_or_is_caught_by_the_first(text: str, data: Any) -> None:
    place = data.draw(st.integers(0, len(text) - 1))
    changed = text[:place] + data.draw(LETTERS) + text[place + 1 :]

    genuine, found = judged_of(text), judged_of(changed)

    assert genuine is not None
    if found is None or found.refusal is not None or found.receipt.identity != genuine.receipt.identity:
        return
    if genuine.trust is Trust.SIGNED and found.trust is Trust.SIGNED:
        assert found.receipt.total_minor == genuine.receipt.total_minor
        assert found.receipt.operation == genuine.receipt.operation
    says_the_same = found.receipt.numbers == genuine.receipt.numbers and (
        found.receipt.total_minor,
        found.receipt.operation,
        found.receipt.issued_at and found.receipt.issued_at.replace(second=0),
    ) == (
        genuine.receipt.total_minor,
        genuine.receipt.operation,
        genuine.receipt.issued_at and genuine.receipt.issued_at.replace(second=0),
    )
    assert says_the_same or found.receipt.issued_at is None or contradicted(claimed(changed), [claimed(text)])


@pytest.mark.parametrize("flipped", [0x01, 0x80])
def test_whoever_changes_any_byte_of_a_raw_document_changes_what_it_says(flipped: int) -> None:
    content = raw_document(raw_line(), raw_line("Насос", 100), total=5_600)
    genuine = russia_tlv.parse(content)

    unnoticed = [place for place in range(len(content)) if _flipped(content, place, flipped) == genuine]

    # The sign is six bytes long, of which the last four count; what a line leaves unsaid of itself is the usual.
    sign = content.index((1077).to_bytes(2, "little")) + 4
    usual = {
        place + beside
        for place in range(len(content))
        if content[place : place + 4] in {element(1214, b"\4")[:4], element(1212, b"\1")[:4]}
        for beside in range(5)
    }
    assert set(unnoticed) - usual == {sign, sign + 1}


@pytest.mark.parametrize("payment", [0x84, 8, 255])
def test_a_settlement_that_nobody_knows_is_none_in_full(payment: int) -> None:
    [line] = russia_tlv.parse(raw_document(raw_line(payment=payment))).lines

    assert line.payment is not Payment.FULL


def _flipped(content: bytes, place: int, flipped: int) -> Receipt | None:
    """What a document says with one byte of it changed; None where it is refused."""
    changed = content[:place] + bytes([content[place] ^ flipped]) + content[place + 1 :]
    try:
        return russia_tlv.parse(changed)
    except ReceiptMalformed:
        return None


NAMES = [
    "items",
    "name",
    "sum",
    "price",
    "quantity",
    "totalSum",
    "dateTime",
    "fiscalDriveNumber",
    "ticket",
    "document",
    "receipt",
    "data",
    "json",
    "fiscalSign",
    "fiscalDocumentNumber",
    "operationType",
    "qr",
    "productCodeNew",
    "gs1m",
    "gtin",
    "sernum",
    "nomenclatureCode",
    "paymentType",
    "userInn",
    "rawData",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=8,
        )
    ),
    max_leaves=30,
)


@settings(deadline=None)
@given(JSON)
def test_any_json_is_read_or_refused(said: Any) -> None:
    content = json.dumps(said).encode()
    with suppress(ReceiptMalformed):
        russia_documents.parse(content)
    for finding in inspect(content, Inspector(KeyRing())):
        assert finding.refusal or finding.identity or finding.lines


@settings(deadline=None)
@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for finding in inspect(content, Inspector(KeyRing())):
        assert finding.refusal or finding.identity or finding.lines


@pytest.mark.parametrize(
    "content",
    [b"[" * 200_000, b'{"a":' * 100_000, b"fn=" * 300_000, b"_R1-AT1_" + b"_" * 300_000, b"V0;" + b";" * 300_000],
    ids=["brackets", "braces", "fields", "underscores", "semicolons"],
)
def test_what_is_endless_is_refused_unread(content: bytes) -> None:
    assert [finding.refusal for finding in inspect(content, Inspector(KeyRing()))] == ["malformed"]


@pytest.mark.parametrize("code", FORMATS)
def test_what_is_longer_than_any_code_is_nobodys(code: str) -> None:
    text, _ = OWN[code]

    assert format_of(text + "0" * TEXT_MAX) is None


@needs_samples
@pytest.mark.parametrize("code", FORMATS)
def test_every_file_of_the_samples_is_read_as_its_countrys(code: str, counted: Counted) -> None:
    pinned = FOLDER / "at/asit_open/cryptographicMaterialContainer.json"
    keys = read_keys(pinned.read_bytes())
    seen = Counter[str]()

    for file in files(f"{code}/**/*.json*"):
        if file != pinned:
            for finding in inspect(file.read_bytes(), Inspector(keys)):
                assert finding.format in {code, None}, file
                seen[finding.refusal or finding.trust or ""] += 1

    for kind, number in seen.items():
        counted(code, f"inspected as {kind or 'marking'}", number)
    # There may be more of them one day.
    assert {kind: min(number, seen[kind]) for kind, number in INSPECTED[code].items()} == INSPECTED[code]


# What the shared samples come to; the goods of receipts and the markings among them are no receipts by themselves.
INSPECTED = {
    "ru": {"plausible": 50 + 13 + 14, "malformed": 9 + 235, "": 10},
    "kz": {"plausible": 5, "parsed": 11},
    "at": {"signed": 168, "plausible": 73, "signed_first_use": 4, "receipt_unverified": 1},
    "de": {"signed_first_use": 4, "receipt_unverified": 1},
}

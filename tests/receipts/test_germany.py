from base64 import b64decode
from datetime import datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from programs.trust import Trust
from receipts.fiscal.certificates import point_of
from receipts.fiscal.frame import Operation, ReceiptMalformed
from receipts.fiscal.keyring import KeyRing
from receipts.fiscal.registry import judge
from receipts.inspection import Inspector, inspect
from tests.receipts.conftest import Counted
from tests.receipts.made import b64, german
from tests.receipts.samples import needs_samples, rows

KEY = ec.generate_private_key(ec.SECP256R1())
QR = german(KEY)


@pytest.mark.parametrize(
    ("curve", "algorithm"),
    [
        (ec.SECP256R1(), "ecdsa-plain-SHA256"),
        (ec.BrainpoolP256R1(), "ecdsa-plain-SHA256"),
        (ec.SECP384R1(), "ecdsa-plain-SHA384"),
        (ec.BrainpoolP384R1(), "ecdsa-plain-SHA384"),
        (ec.BrainpoolP512R1(), "ecdsa-plain-SHA512"),
        (ec.SECP521R1(), "ecdsa-plain-SHA512"),
        (ec.SECP256R1(), "ecdsa-plain-SHA3-256"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
@pytest.mark.parametrize("time_format", ["unixTime", "utcTime", "generalizedTime", "generalizedTimeWithMilliseconds"])
def test_a_receipt_proves_itself_on_every_curve(curve: ec.EllipticCurve, algorithm: str, time_format: str) -> None:
    text = german(ec.generate_private_key(curve), algorithm=algorithm, time_format=time_format)

    found = judge(text, KeyRing())

    assert (found.trust, found.refusal) == (Trust.SIGNED_FIRST_USE, None)
    assert (found.receipt.total_minor, found.receipt.currency) == (2_142, "EUR")


def test_a_key_and_a_signature_are_known_in_either_encoding() -> None:
    fields = QR.split(";")
    spki = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    signature = b64decode(fields[-2])
    der = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))

    found = judge(";".join((*fields[:-2], b64(der), b64(spki))), KeyRing())

    assert found.trust is Trust.SIGNED_FIRST_USE
    assert found.receipt.identity == judge(QR, KeyRing()).receipt.identity


@pytest.mark.parametrize("place", [-1, -2], ids=["key", "signature"])
def test_whoever_changes_a_letter_of_the_proof_breaks_it(place: int) -> None:
    fields = QR.split(";")
    # The last letter before the filling has bits that mean nothing.
    for at in (0, 20, len(fields[place].rstrip("=")) - 1):
        spoilt = fields[place][:at] + chr(ord(fields[place][at]) ^ 1) + fields[place][at + 1 :]
        try:
            found = judge(";".join((*fields[:place], spoilt, *fields[len(fields) + place + 1 :])), KeyRing())
        except ReceiptMalformed:
            continue
        assert found.refusal is not None


def test_the_time_is_the_signed_one_and_not_what_is_printed_beside_it() -> None:
    sold = judge(QR, KeyRing()).receipt
    edited = judge(QR.replace("2026-08-23T14:36:27", "2026-10-23T14:36:27"), KeyRing())

    assert sold.issued_at == edited.receipt.issued_at == datetime.fromisoformat("2026-08-23T16:36:33")
    assert [one.kind for one in edited.evidence if not one.ok] == ["order"]


@pytest.mark.parametrize(
    ("paid", "currency"),
    [("5.00:Bar", "EUR"), ("5.00:Bar:CHF", "CHF"), ("4.80:Bar:CHF", "EUR"), ("1.00:Bar_4.00:Unbar:USD", "EUR")],
)
def test_a_sum_is_in_euros_unless_all_of_it_was_paid_in_another(paid: str, currency: str) -> None:
    receipt = judge(german(KEY, data=f"Beleg^5.00_0.00_0.00_0.00_0.00^{paid}"), KeyRing()).receipt

    assert (receipt.currency, receipt.total_minor) == (currency, 500)


@pytest.mark.parametrize("client", ["", "TSE\0", "T" * 101, "TSE\u202e"])
def test_a_till_has_a_name_that_can_be_printed(client: str) -> None:
    with pytest.raises(ReceiptMalformed) as refused:
        judge(german(KEY, client=client), KeyRing())

    assert refused.value.facts["field"] == "client"


def test_an_order_has_line_ends_of_its_own_and_no_sum() -> None:
    data = '2;"Eisbecher ""Himbeere""";3.99\r1;"Kaffee";2.10'

    [found] = inspect(german(KEY, data=data, process="Bestellung-V1").encode(), Inspector(KeyRing()))

    assert (found.trust, found.operation, found.total_minor) == ("signed_first_use", "other", 0)


def test_a_pinned_key_counts_for_more() -> None:
    assert judge(QR, KeyRing({("de", "TSE-1"): point_of(KEY.public_key())})).trust is Trust.SIGNED


def test_a_till_does_not_change_its_key() -> None:
    keys = KeyRing()
    judge(QR, keys)

    found = judge(german(ec.generate_private_key(ec.SECP256R1())), keys)

    assert found.refusal is not None
    assert found.refusal.facts == {"evidence": ["key"]}


SIGNED = QR.rpartition(";")[0].rpartition(";")[0]


@settings(max_examples=80, deadline=None)
@given(st.integers(0, len(SIGNED) - 1), st.characters(codec="ascii", categories=["L", "N"]))
def test_whoever_changes_what_is_signed_breaks_it(place: int, letter: str) -> None:
    changed = QR[:place] + letter + QR[place + 1 :]
    if changed == QR or changed.split(";")[6] != QR.split(";")[6]:
        # When a receipt was begun is printed and not signed.
        return

    try:
        found = judge(changed, KeyRing(), code="de")
    except ReceiptMalformed:
        return

    # The milliseconds of the log time are printed and not signed either.
    assert found.refusal is not None or changed.split(";")[7][:19] == QR.split(";")[7][:19]


@pytest.mark.parametrize(
    ("data", "operation", "total"),
    [
        ("AVBelegstorno^-5.00_0.00_0.00_0.00_0.00^-5.00:Bar", Operation.RETURN, -500),
        ("Beleg^-5.00_0.00_0.00_0.00_0.00^-5.00:Bar", Operation.RETURN, -500),
        ("AVTraining^5.00_0.00_0.00_0.00_0.00^5.00:Bar", Operation.TRAINING, 500),
        ("Beleg^3,000.00_0.00_0.00_0.00_0.00^3,000.00:Unbar", Operation.SALE, 300_000),
        ("AVTransfer^0.00_0.00_0.00_0.00_0.00^", Operation.OTHER, 0),
    ],
)
def test_the_process_says_what_was_done(data: str, operation: Operation, total: int) -> None:
    receipt = judge(german(KEY, data=data), KeyRing()).receipt

    assert (receipt.operation, receipt.total_minor) == (operation, total)


@pytest.mark.parametrize("year", ["0001", "1926", "1969", "2126"])
@pytest.mark.parametrize("time_format", ["unixTime", "utcTime", "generalizedTime"])
def test_the_same_year_of_another_century_is_refused(year: str, time_format: str) -> None:
    with pytest.raises(ReceiptMalformed):
        judge(german(KEY, time_format=time_format).replace("2026-", f"{year}-"), KeyRing())


@pytest.mark.parametrize("text", ["V0;", "V0;a;b;c", QR.replace("SHA256", "MD5"), QR[:-9], QR.replace("21.42:", "x:")])
def test_what_is_not_of_the_form_is_refused(text: str) -> None:
    with pytest.raises(ReceiptMalformed):
        judge(text, KeyRing())


@given(st.lists(st.text(max_size=12), max_size=16))
def test_any_fields_are_read_or_refused(fields: list[str]) -> None:
    try:
        judge(";".join(["V0", *fields]), KeyRing())
    except ReceiptMalformed:
        return


@needs_samples
def test_the_samples_are_proven_as_they_are_marked(counted: Counted) -> None:
    samples = rows("de/qr.jsonl")
    for row in samples:
        found = judge(row["qr"], KeyRing())
        assert (found.trust is Trust.SIGNED_FIRST_USE) is row["valid"], row
        assert (found.refusal is None) is row["valid"]
    valid = sum(row["valid"] for row in samples)
    counted("de", "signed", valid)
    counted("de", "forged and refused", len(samples) - valid)

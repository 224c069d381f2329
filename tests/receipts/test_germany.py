import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from programs.trust import Trust
from receipts.fiscal.frame import Operation, ReceiptMalformed
from receipts.fiscal.keyring import KeyRing, point_of
from receipts.fiscal.registry import judge
from tests.receipts.conftest import Counted
from tests.receipts.made import german
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
    ],
    ids=lambda value: getattr(value, "name", value),
)
@pytest.mark.parametrize("time_format", ["unixTime", "utcTime", "generalizedTime"])
def test_a_receipt_proves_itself_on_every_curve(curve: ec.EllipticCurve, algorithm: str, time_format: str) -> None:
    text = german(ec.generate_private_key(curve), algorithm=algorithm, time_format=time_format)

    found = judge(text, KeyRing())

    assert (found.trust, found.refusal) == (Trust.SIGNED_FIRST_USE, None)
    assert (found.receipt.total_minor, found.receipt.currency) == (2_142, "EUR")


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

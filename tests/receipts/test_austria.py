import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programs.trust import Trust
from receipts.fiscal.austria import detect
from receipts.fiscal.frame import Judged, Operation, ReceiptMalformed
from receipts.fiscal.keyring import KeyRing, point_of, read_keys
from receipts.fiscal.registry import judge
from tests.receipts.conftest import Counted
from tests.receipts.made import SERIAL, austrian, austrian_key, b64, compact
from tests.receipts.samples import FOLDER, document, needs_samples

KEY = austrian_key()
FIRST = austrian(KEY)
SECOND = austrian(KEY, number=2, before=FIRST)
PINNED = {("at", SERIAL): point_of(KEY.public_key())}


def kinds(found: Judged) -> dict[str, bool]:
    return {one.kind.value: one.ok for one in found.evidence}


def test_a_receipt_is_proven_by_its_pinned_key() -> None:
    found = judge(FIRST, KeyRing(PINNED))

    assert (found.trust, found.refusal) == (Trust.SIGNED, None)
    assert (found.receipt.total_minor, found.receipt.currency) == (1_250, "EUR")
    assert kinds(found)["signature"]


def test_without_a_key_the_second_receipt_proves_the_first_ones_signer() -> None:
    keys = KeyRing()

    first, second = judge(FIRST, keys), judge(SECOND, keys)

    assert (first.trust, second.trust) == (Trust.PLAUSIBLE, Trust.SIGNED_FIRST_USE)
    assert kinds(second)["chain"]


def test_a_forger_has_another_key() -> None:
    keys = KeyRing()
    judge(FIRST, keys)
    judge(SECOND, keys)

    forged = judge(austrian(austrian_key(), number=3, before=SECOND), keys)

    assert forged.refusal is not None
    assert forged.refusal.facts == {"evidence": ["first_use"]}
    assert judge(austrian(KEY, number=4), keys).trust is Trust.SIGNED_FIRST_USE


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(FIRST) - 1), st.characters(codec="ascii", categories=["L", "N", "P"]))
def test_whoever_changes_a_letter_changes_the_receipt_or_breaks_it(place: int, letter: str) -> None:
    changed = FIRST[:place] + letter + FIRST[place + 1 :]
    if changed == FIRST or (place == 0 and letter == "_"):
        return

    try:
        found = judge(changed, KeyRing(PINNED), code="at")
    except ReceiptMalformed:
        return

    assert found.refusal is not None or found.trust is not Trust.SIGNED


def test_the_line_for_machines_is_the_same_receipt() -> None:
    fields = FIRST.split("_")
    for place in (-4, -2, -1):
        fields[place] = base64.b32encode(base64.b64decode(fields[place])).decode()

    found = judge("_".join(fields), KeyRing(PINNED))

    assert found.receipt == judge(FIRST, KeyRing()).receipt
    assert found.trust is Trust.SIGNED


def test_what_a_till_exports_is_the_same_receipt() -> None:
    found = judge(compact(FIRST).decode(), KeyRing(PINNED))

    assert found.receipt == judge(FIRST, KeyRing()).receipt


def test_a_till_whose_device_is_down_is_believed_less() -> None:
    down = FIRST.rpartition("_")[0] + "_" + b64(b"Sicherheitseinrichtung ausgefallen")

    found = judge(down, KeyRing(PINNED))

    assert (found.trust, found.refusal) == (Trust.PLAUSIBLE, None)
    assert kinds(found)["device_down"] is False


@pytest.mark.parametrize(("mark", "operation"), [(b"STO", Operation.RETURN), (b"TRA", Operation.TRAINING)])
def test_cancellations_and_training_are_no_sales(mark: bytes, operation: Operation) -> None:
    assert judge(austrian(KEY, counter=mark), KeyRing()).receipt.operation is operation


def test_two_shops_may_give_their_tills_one_name() -> None:
    mine = judge(FIRST, KeyRing()).receipt
    theirs = judge(FIRST.replace(SERIAL, "99999999"), KeyRing()).receipt

    assert mine.identity != theirs.identity


@pytest.mark.parametrize(
    "text", [FIRST.replace("R1", "R9"), f"{FIRST}_more", FIRST[:-2], FIRST.replace("12,50", "1e1")]
)
def test_what_is_not_of_the_form_is_refused(text: str) -> None:
    assert detect(text)
    with pytest.raises(ReceiptMalformed):
        judge(text, KeyRing())


@needs_samples
@pytest.mark.parametrize("name", ["qr-code-rep.json", "ocr-code-rep.json"])
def test_the_official_samples_are_proven(name: str, counted: Counted) -> None:
    keys = read_keys((FOLDER / "at/asit_open/cryptographicMaterialContainer.json").read_bytes())

    found = [judge(text, keys) for text in document(f"at/asit_open/{name}")]

    signed = [one for one in found if one.trust is Trust.SIGNED]
    down = [one for one in found if kinds(one).get("device_down") is False]
    assert (len(found), len(signed), len(down)) == (80, 56, 24)
    assert all(kinds(one)["chain"] for one in found)
    counted("at", "signed", len(signed))
    counted("at", "while the device was down", len(down))


@needs_samples
def test_the_samples_of_one_till_are_proven_by_recovery_and_its_spoilt_one_is_not() -> None:
    keys = KeyRing()

    found = [judge(text, keys) for text in document("at/atrust_k10.json")["receipts"]]

    assert [one.trust for one in found[1:3]] == [Trust.SIGNED_FIRST_USE] * 2
    assert found[3].refusal is not None


@needs_samples
def test_a_sample_with_a_spoilt_field_is_refused() -> None:
    good, spoilt = document("at/misc_qr.json")

    assert judge(good, KeyRing()).refusal is None
    with pytest.raises(ReceiptMalformed):
        judge(spoilt, KeyRing())


def test_keys_are_read_from_a_file_of_either_kind() -> None:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    der = b64(KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    own = {"at": {SERIAL: der}}
    container = {"certificateOrPublicKeyMap": {SERIAL: {"signatureCertificateOrPublicKey": der}}}

    for said in (own, container):
        assert judge(FIRST, read_keys(json.dumps(said).encode())).trust is Trust.SIGNED

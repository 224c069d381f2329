import base64

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st

from programs.trust import Trust
from receipts.fiscal.austria import detect
from receipts.fiscal.certificates import point_of
from receipts.fiscal.frame import Judged, Operation, ReceiptMalformed
from receipts.fiscal.keyring import KeyRing, read_keys, signer_name
from receipts.fiscal.registry import judge
from tests.receipts.conftest import Counted
from tests.receipts.made import SERIAL, austrian, austrian_key, b64, b64url, compact, jws, plain
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


def test_one_receipt_in_several_spellings_proves_nothing_about_its_signer() -> None:
    keys = KeyRing()

    found = [judge(text, keys) for text in (FIRST, compact(FIRST).decode(), FIRST)]

    assert [one.trust for one in found] == [Trust.PLAUSIBLE] * 3


def test_a_forged_receipt_that_comes_first_shuts_no_genuine_one_out() -> None:
    keys = KeyRing()
    judge(austrian(austrian_key(), number=9), keys)

    found = [judge(text, keys) for text in (FIRST, SECOND, FIRST)]

    assert [one.refusal for one in found] == [None] * 3
    assert found[2].trust is Trust.SIGNED_FIRST_USE


def test_however_many_signers_come_under_one_number_the_ring_stays_small() -> None:
    keys = KeyRing()

    for number in range(1, 30):
        judge(austrian(austrian_key(), number=number), keys)

    assert len(keys.met("at", SERIAL)) <= 16


def test_whoever_changes_a_letter_of_what_a_till_exports_breaks_it() -> None:
    token = compact(FIRST).decode()

    for place in range(0, len(token), 3):
        for letter in ("A", "*", "", chr(ord(token[place]) ^ 1)):
            changed = token[:place] + letter + token[place + 1 :]
            try:
                found = judge(changed, KeyRing(PINNED), code="at")
            except ReceiptMalformed:
                continue
            assert changed == token or found.refusal or found.trust is not Trust.SIGNED, (place, letter)


def test_what_a_till_has_signed_with_a_blank_too_many_is_proven_as_it_was_signed() -> None:
    payload, _, _ = FIRST.rpartition("_")
    fields = payload.split("_")
    stray = "_".join((*fields[:-3], fields[-3] + "\n", *fields[-2:]))
    token = (jws(stray) + b"." + b64url(plain(KEY, jws(stray), SHA256(), 32))).decode()

    found = judge(token, KeyRing(PINNED))

    assert (found.trust, found.receipt.identity) == (Trust.SIGNED, judge(FIRST, KeyRing()).receipt.identity)


@pytest.mark.parametrize("serial", ["U:ATU12345678-K1", "-3667961875706356849", "0001A2B3C4D", "S:12 345/6789"])
def test_signers_have_numbers_or_names_of_closed_systems(serial: str) -> None:
    text = austrian(KEY, serial=serial.replace(" ", ""))
    found = judge(text, KeyRing({("at", signer_name("at", serial.replace(" ", ""))): PINNED["at", SERIAL]}))

    assert found.trust is Trust.SIGNED


@pytest.mark.parametrize("till", ["", "TI\0LL", "T" * 101, "T\u202e"])
def test_a_till_has_a_name_that_can_be_printed(till: str) -> None:
    with pytest.raises(ReceiptMalformed) as refused:
        judge(austrian(KEY, till=till), KeyRing(), code="at")

    assert refused.value.facts["field"] == "till"


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

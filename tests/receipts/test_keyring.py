import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from programs.trust import Trust
from receipts.fiscal.certificates import point_of
from receipts.fiscal.keyring import KeyRing, KeysUnreadable, read_keys
from receipts.fiscal.registry import judge
from receipts.inspection import Inspector, inspect
from tests.receipts.made import SERIAL, austrian, austrian_key, b64, compact, german

KEY, AUTHORITY_KEY = austrian_key(), austrian_key()
FIRST = austrian(KEY)
PUBLIC = KEY.public_key()
POINT = point_of(PUBLIC)


def issued(name: str, key: ec.EllipticCurvePublicKey, by: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    """A certificate with the number that our receipts name."""
    subject, issuer = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, said)]) for said in (name, "authority"))
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        issuer, subject, key, int(SERIAL, 16), now - timedelta(days=900), now - timedelta(days=1)
    )
    return builder.sign(by, SHA256())


OWN = issued("till", PUBLIC, AUTHORITY_KEY)
AUTHORITY = issued("authority", AUTHORITY_KEY.public_key(), AUTHORITY_KEY)


def der(one: x509.Certificate) -> str:
    return b64(one.public_bytes(Encoding.DER))


SPKI = PUBLIC.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    "spelled",
    [
        b64(SPKI),
        f"{b64(SPKI)[:64]}\n{b64(SPKI)[64:]}\n",
        SPKI.hex(),
        PUBLIC.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        der(OWN),
        OWN.public_bytes(Encoding.PEM).decode(),
        b64(POINT),
        POINT.hex(":").upper(),
        PUBLIC.public_bytes(Encoding.X962, PublicFormat.CompressedPoint).hex(),
    ],
    ids=["key", "lines", "hex", "PEM", "certificate", "PEM certificate", "point", "hex point", "compressed point"],
)
def test_a_key_is_read_in_every_spelling(spelled: str) -> None:
    keys = read_keys(json.dumps({"at": {SERIAL.upper(): spelled}}).encode())

    assert judge(FIRST, keys).trust is Trust.SIGNED


def test_keys_are_read_from_a_file_of_every_kind() -> None:
    container = {"certificateOrPublicKeyMap": {f"00{SERIAL}": {"signatureCertificateOrPublicKey": b64(SPKI)}}}
    pem = OWN.public_bytes(Encoding.PEM)

    for content in (json.dumps(container).encode(), b"\xef\xbb\xbf" + json.dumps(container).encode(), pem, pem * 2):
        assert judge(FIRST, read_keys(content)).trust is Trust.SIGNED


def test_a_key_on_another_curve_is_read_as_well() -> None:
    key = ec.generate_private_key(ec.BrainpoolP256R1())
    keys = read_keys(json.dumps({"de": {"TSE-1": b64(point_of(key.public_key()))}}).encode())

    assert judge(german(key), keys).trust is Trust.SIGNED


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        b"[" * 100_000,
        b'{"at": 1}',
        b'{"at": {"1": null}}',
        b'{"at": {"1": "AAAA"}}',
        b'{"at": {"1": "04"}}',
        b'{"certificateOrPublicKeyMap": {"1": 2}}',
        b'{"authorities": {}}',
        b'{"authorities": ["AAAA"]}',
        b"-----BEGIN CERTIFICATE-----",
        b'{"at": {"1": "-----BEGIN PUBLIC KEY-----"}}',
    ],
)
def test_what_holds_no_keys_says_so(content: bytes) -> None:
    with pytest.raises(KeysUnreadable):
        read_keys(content)


def test_an_authority_vouches_for_what_it_has_issued_and_for_nothing_else() -> None:
    forged = issued("till", PUBLIC, KEY)

    keys = read_keys(json.dumps({"at": {SERIAL: der(OWN)}, "authorities": [der(AUTHORITY)]}).encode())

    assert judge(FIRST, keys).trust is Trust.SIGNED
    with pytest.raises(KeysUnreadable, match="none of the authorities"):
        read_keys(json.dumps({"at": {SERIAL: der(forged)}, "authorities": [der(AUTHORITY)]}).encode())


def test_a_till_exports_its_certificate_which_counts_for_what_its_authority_is_worth() -> None:
    exported = {
        "Belege-Gruppe": [
            {
                "Signaturzertifikat": der(OWN),
                "Zertifizierungsstellen": [der(AUTHORITY)],
                "Belege-kompakt": [compact(FIRST).decode()],
            }
        ]
    }
    vouched_for = read_keys(json.dumps({"authorities": [der(AUTHORITY)]}).encode())

    found = [next(iter(inspect(json.dumps(exported).encode(), Inspector(keys)))) for keys in (KeyRing(), vouched_for)]

    assert [one.trust for one in found] == ["signed_first_use", "signed"]

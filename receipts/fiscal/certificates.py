"""Certificates and public keys in the spellings in which tills, authorities and people hand them on."""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)

PUBLIC_BYTES_MAX: Final = 8_192

_PEM: Final = "-----BEGIN "
_HEX: Final = re.compile(r"(?:[0-9a-fA-F]{2}[\s:]*){33,}", re.ASCII)
# A bare point does not say its curve; it lies on one of those that tills may use.
_CURVES: Final[tuple[ec.EllipticCurve, ...]] = (
    ec.SECP256R1(),
    ec.BrainpoolP256R1(),
    ec.SECP384R1(),
    ec.BrainpoolP384R1(),
    ec.BrainpoolP512R1(),
    ec.SECP521R1(),
)


def public_key(encoded: str | x509.Certificate, authorities: Iterable[x509.Certificate] = ()) -> EllipticCurvePublicKey:
    """The key in a certificate, in a public key or in a point: PEM, base64 or hexadecimal. Raises ValueError.

    A certificate has to be issued by one of the authorities, where there are any.
    """
    found = encoded if isinstance(encoded, x509.Certificate) else _certificate_or_key(encoded)
    if isinstance(found, x509.Certificate):
        trusted = list(authorities)
        if trusted and not is_issued(found, trusted):
            raise ValueError("none of the authorities has issued this certificate")
        return _elliptic(found.public_key())
    return _elliptic(found)


def certificate(encoded: str) -> x509.Certificate:
    """A certificate in PEM, base64 or hexadecimal. Raises ValueError."""
    found = _certificate_or_key(encoded)
    if not isinstance(found, x509.Certificate):
        raise ValueError("not a certificate")  # noqa: TRY004 - the file is wrong, not the program.
    return found


def is_issued(one: x509.Certificate, authorities: Iterable[x509.Certificate]) -> bool:
    """Whether one of the authorities has signed it; when it expires says nothing of what was signed before."""
    return any(_issues(authority, one) for authority in authorities)


def point_of(key: EllipticCurvePublicKey) -> bytes:
    """The uncompressed point of a key."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _elliptic(key: object) -> EllipticCurvePublicKey:
    if not isinstance(key, EllipticCurvePublicKey):
        raise ValueError("not a key of an elliptic curve")  # noqa: TRY004 - the file is wrong, not the program.
    return key


def _issues(authority: x509.Certificate, one: x509.Certificate) -> bool:
    try:
        one.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _certificate_or_key(encoded: str) -> object:
    text = encoded.strip()[:PUBLIC_BYTES_MAX]
    if text.startswith(_PEM):
        return _of_pem(text.encode())
    content = _unpacked(text)
    for read in (x509.load_der_x509_certificate, load_der_public_key):
        try:
            return read(content)
        except Exception:  # noqa: BLE001, S112 - the parsers raise more than their documentation names.
            continue
    return next(_keys_at(content), None)


def _of_pem(content: bytes) -> object:
    return x509.load_pem_x509_certificate(content) if b"CERTIFICATE" in content[:40] else load_pem_public_key(content)


def _keys_at(point: bytes) -> Iterator[EllipticCurvePublicKey]:
    for curve in _CURVES:
        try:
            yield EllipticCurvePublicKey.from_encoded_point(curve, point)
        except ValueError:
            continue


def _unpacked(text: str) -> bytes:
    if _HEX.fullmatch(text):
        return bytes.fromhex(text.replace(":", ""))
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error:
        raise ValueError("neither PEM nor base64 nor hexadecimal") from None

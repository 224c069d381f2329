"""Web push: a message that only its browser can open, and the proof of who sends it (RFC 8291, 8188, 8292)."""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from core import keys

# The order of P-256 (FIPS 186-4): a private key is a number below it, and not zero.
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_RECORD_BYTES: Final = 4096
_LAST_RECORD: Final = b"\x02"
# A push service takes no proof that lives for longer than a day.
_PROOF_HOURS: Final = 12

POINT_BYTES: Final = 65
AUTH_BYTES: Final = 16


def encrypted(
    message: bytes,
    *,
    receiver: bytes,
    auth: bytes,
    sender: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """The body of a push for the browser whose public point and secret these are; ValueError if it is no point.

    `sender` and `salt` are made for each message, and given by tests alone.
    """
    sender = sender or ec.generate_private_key(ec.SECP256R1())
    salt = salt or os.urandom(16)
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), receiver)
    ours = _point(sender.public_key())
    shared = sender.exchange(ec.ECDH(), theirs)
    material = _derived(shared, salt=auth, info=b"WebPush: info\0" + receiver + ours, length=32)
    key = _derived(material, salt=salt, info=b"Content-Encoding: aes128gcm\0", length=16)
    nonce = _derived(material, salt=salt, info=b"Content-Encoding: nonce\0", length=12)
    header = salt + _RECORD_BYTES.to_bytes(4) + bytes([len(ours)]) + ours
    return header + AESGCM(key).encrypt(nonce, message + _LAST_RECORD, None)


def proof(origin: str, *, contact: str, now: datetime) -> str:
    """The Authorization header for a push service: this installation sends it, and this is whom to write to."""
    claims = {"aud": origin, "exp": int((now + timedelta(hours=_PROOF_HOURS)).timestamp()), "sub": contact}
    signed = b".".join(encoded(msgspec.json.encode(part)).encode() for part in ({"typ": "JWT", "alg": "ES256"}, claims))
    r, s = decode_dss_signature(_own_key().sign(signed, ec.ECDSA(SHA256())))
    return f"vapid t={signed.decode()}.{encoded(r.to_bytes(32) + s.to_bytes(32))}, k={public_key()}"


def public_key() -> str:
    """The installation's public key, as browsers want it when they subscribe."""
    return encoded(_point(_own_key().public_key()))


def encoded(content: bytes) -> str:
    """Base64 for addresses, without padding."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """The bytes again; ValueError where it is something else."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _own_key() -> ec.EllipticCurvePrivateKey:
    """It follows from the pepper, so every process has it, and it outlives every master key."""
    return _key_of(keys.pseudonym("vapid", "web push"))


@lru_cache(maxsize=1)
def _key_of(seed: bytes) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(seed) % (_ORDER - 1) + 1, ec.SECP256R1())


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _derived(secret: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)

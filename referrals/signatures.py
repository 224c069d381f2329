"""Signatures: the P-256 keys of phones, and what a phone signs with its own."""

import hashlib
from typing import Annotated, Any, Literal, NoReturn

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from joserfc.util import urlsafe_b64decode
from msgspec import Meta

from core.refusals import Unauthorized, Unprocessable

FRESH_SECONDS = 300
COMPACT_LENGTH_MAX = 2048

_ALGORITHM = "ES256"
_COORDINATE = "^[A-Za-z0-9_-]{43}(?![\\s\\S])"
# The last moment that a signature may name, so that no number of a stranger's reaches the database's calendar.
_LAST_SECOND = 2**40

Coordinate = Annotated[str, Meta(pattern=_COORDINATE, description="32 bytes in base64url without padding.")]
Word = Annotated[str, Meta(max_length=120)]
Jwk = dict[str, str | list[str]]


class PublicKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A public P-256 key as a JWK (RFC 7517); a private member in it is refused, what platforms add is passed over."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: Coordinate
    y: Coordinate
    alg: Word | None = None
    use: Word | None = None
    kid: Word | None = None
    ext: bool | None = None
    key_ops: Annotated[list[Word], Meta(max_length=8)] | None = None


class KeyRefused(Unprocessable):
    slug = "key_refused"
    title = "This is not a public P-256 key: the point is not on the curve"


class ProofInvalid(Unauthorized):
    slug = "proof_invalid"
    title = "The proof by the key does not hold; the reason says why"


class Key(msgspec.Struct, frozen=True):
    """A checked public key: its RFC 7638 thumbprint, and the JWK with nothing but what makes the key."""

    thumbprint: str
    jwk: Jwk


class Signed(msgspec.Struct, frozen=True):
    """Claims whose signature holds, and the thumbprint of the key that made it."""

    thumbprint: str
    claims: dict[str, Any]

    def text(self, name: str) -> str:
        """A claim that has to be a text of modest length."""
        value = self.claims.get(name)
        if not isinstance(value, str) or not 1 <= len(value) <= COMPACT_LENGTH_MAX:
            invalid(name)
        return value

    @property
    def issued_at(self) -> int:
        """The second at which the phone says that it signed."""
        value = self.claims.get("iat")
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _LAST_SECOND:
            invalid("iat")
        return value


def checked(public_key: PublicKey) -> Key:
    """A key as it came, checked to be a point of the curve; KeyRefused if it is none."""
    jwk = _plain(public_key)
    try:
        return Key(ECKey.import_key(jwk).thumbprint(), jwk)
    except (JoseError, ValueError):
        raise KeyRefused from None


def read(compact: str, *, kind: str) -> Signed:
    """What a compact JWS says that carries its own public key: ES256 and one `typ`, nothing else."""
    if len(compact) > COMPACT_LENGTH_MAX or not compact.isascii():
        invalid("form")
    try:
        header = msgspec.json.decode(urlsafe_b64decode(compact.partition(".")[0].encode()), type=dict[str, Any])
        jwk = _own_key(header, kind=kind)
        key = ECKey.import_key(jwk)
        verified = jws.deserialize_compact(compact, key, algorithms=[_ALGORITHM])
        claims = msgspec.json.decode(verified.payload or b"", type=dict[str, Any])
        return Signed(key.thumbprint(), claims)
    except (JoseError, ValueError, TypeError, RecursionError, msgspec.MsgspecError):
        invalid("signature")


def invalid(reason: str, **facts: Any) -> NoReturn:
    """Refuse a proof for one reason: the part of it that is wrong."""
    raise ProofInvalid(detail=f"the proof's {reason} is not right", reason=reason, **facts)


def fingerprint(*parts: str) -> bytes:
    """A SHA-256 over parts that cannot run into each other."""
    return hashlib.sha256(msgspec.json.encode(parts)).digest()


def _own_key(header: dict[str, Any], *, kind: str) -> Jwk:
    if header.get("typ") != kind:
        invalid("typ")
    if header.get("alg") != _ALGORITHM or "crit" in header:
        invalid("alg")
    try:
        public_key = msgspec.convert(header.get("jwk"), PublicKey)
    except msgspec.ValidationError:
        invalid("jwk")
    return _plain(public_key)


def _plain(public_key: PublicKey) -> Jwk:
    return {"kty": public_key.kty, "crv": public_key.crv, "x": public_key.x, "y": public_key.y}

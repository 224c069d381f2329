"""The keys that receipts are proven by: pinned by hand, from certificates, or remembered from their first use."""

import base64
import binascii
from collections.abc import Mapping

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

PUBLIC_BYTES_MAX = 8_192


class KeysUnreadable(Exception):
    """A file of keys that holds something else; says what."""


class KeyRing:
    """Keys by format and signer. What was only recovered or met counts for less than what somebody pinned."""

    def __init__(
        self,
        pinned: Mapping[tuple[str, str], bytes] | None = None,
        met: Mapping[tuple[str, str], frozenset[bytes]] | None = None,
    ) -> None:
        self._pinned = dict(pinned or {})
        self._met = dict(met or {})
        self._links: set[tuple[str, str]] = set()

    def pinned(self, code: str, signer: str) -> bytes | None:
        """The key that somebody vouches for, as a point of its curve."""
        return self._pinned.get((code, signer))

    def narrow(self, code: str, signer: str, candidates: frozenset[bytes]) -> frozenset[bytes]:
        """The keys that can have made every signature of a signer so far, this one's candidates included.

        Empty where no key can; then nothing is remembered of it.
        """
        before = self._met.get((code, signer))
        left = candidates if before is None else before & candidates
        if left:
            self._met[code, signer] = left
        return left

    def knows(self, code: str, signer: str) -> bool:
        """Whether anything of the signer was met before."""
        return (code, signer) in self._met

    def all_pinned(self) -> Mapping[tuple[str, str], bytes]:
        """Every key that somebody vouches for, by format and signer."""
        return self._pinned

    def met(self, code: str, signer: str) -> frozenset[bytes]:
        """The keys that are left for a signer."""
        return self._met.get((code, signer), frozenset())

    def link(self, code: str, digest: str) -> None:
        """Remember what the receipt after this one has to name."""
        self._links.add((code, digest))

    def linked(self, code: str, digest: str) -> bool:
        return (code, digest) in self._links


def read_keys(content: bytes) -> KeyRing:
    """Pinned keys from JSON: `{"at": {"<serial>": "<certificate or key, base64 of DER>"}, "de": {"<client>": …}}`.

    The container that the Austrian test tool writes is read as well. Raises KeysUnreadable.
    """
    try:
        said = msgspec.json.decode(content)
    except msgspec.DecodeError as wrong:
        raise KeysUnreadable(f"no JSON: {wrong}") from None
    if not isinstance(said, dict):
        raise KeysUnreadable("an object with a member for each format is expected")
    container = said.get("certificateOrPublicKeyMap")
    if isinstance(container, dict):
        said = {"at": {serial: one.get("signatureCertificateOrPublicKey") for serial, one in container.items()}}
    pinned = {}
    for code, by_signer in said.items():
        if not isinstance(by_signer, dict):
            raise KeysUnreadable(f"{code}: an object with a member for each signer is expected")
        for signer, encoded in by_signer.items():
            pinned[code, signer_name(code, signer)] = point_in(signer, encoded)
    return KeyRing(pinned)


def signer_name(code: str, signer: str) -> str:
    """A signer as his format spells him."""
    return signer.lower() if code == "at" else signer


def point_in(signer: str, encoded: object) -> bytes:
    """The uncompressed point of a key or certificate that comes as base64 of DER. Raises KeysUnreadable."""
    try:
        der = base64.b64decode(str(encoded)[:PUBLIC_BYTES_MAX], validate=True)
        return point_of(_public_key(der))
    except (ValueError, binascii.Error) as wrong:
        raise KeysUnreadable(f"{signer}: {wrong}") from None


def _public_key(der: bytes) -> EllipticCurvePublicKey:
    key: object
    try:
        key = x509.load_der_x509_certificate(der).public_key()
    except ValueError:
        key = load_der_public_key(der)
    if not isinstance(key, EllipticCurvePublicKey):
        raise ValueError("not a key of an elliptic curve")  # noqa: TRY004 - the file is wrong, not the program.
    return key


def point_of(key: EllipticCurvePublicKey) -> bytes:
    """The uncompressed point of a key."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

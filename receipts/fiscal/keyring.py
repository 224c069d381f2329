"""The keys that receipts are proven by: pinned by hand, from certificates, or remembered from their first use."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from receipts.fiscal.certificates import certificate, is_issued, point_of, public_key

# Of a signer whose key nobody knows yet: what each of so many receipts may have been signed by.
_UNDECIDED_MAX: Final = 16
_PEM: Final = b"-----BEGIN CERTIFICATE"


class KeysUnreadable(Exception):
    """A file of keys that holds something else; says what."""


class KeyRing:
    """Keys by format and signer. What was only recovered or met counts for less than what somebody pinned."""

    def __init__(
        self,
        pinned: Mapping[tuple[str, str], bytes] | None = None,
        met: Mapping[tuple[str, str], frozenset[bytes]] | None = None,
        authorities: Sequence[x509.Certificate] = (),
    ) -> None:
        self._pinned = dict(pinned or {})
        self._met = dict(met or {})
        self._links: set[tuple[str, str]] = set()
        self._authorities = authorities

    def pinned(self, code: str, signer: str) -> bytes | None:
        """The key that somebody vouches for, as a point of its curve."""
        return self._pinned.get((code, signer))

    def narrow(self, code: str, signer: str, candidates: frozenset[bytes]) -> frozenset[bytes]:
        """The keys of a signer after one more receipt: one where two of them agree, several while none do.

        Empty where the key is known and this receipt has another; then nothing is remembered of it. What stands alone
        decides nothing: a forged receipt that comes first must not shut out the genuine ones.
        """
        before = self._met.get((code, signer), frozenset())
        left = before & candidates
        if len(before) != 1 and not left:
            left = before | candidates if len(before | candidates) <= _UNDECIDED_MAX else candidates
        elif len(left) > 1:
            # The same receipt again says nothing new, and must not forget what others have said.
            left = before
        if left:
            self._met[code, signer] = left
        return left

    def all_pinned(self) -> Mapping[tuple[str, str], bytes]:
        """Every key that somebody vouches for, by format and signer."""
        return self._pinned

    def met(self, code: str, signer: str) -> frozenset[bytes]:
        """The keys that are left for a signer."""
        return self._met.get((code, signer), frozenset())

    def meet(self, code: str, own: x509.Certificate, chain: Iterable[x509.Certificate] = ()) -> None:
        """Take note of the certificate that a till has exported with its receipts, and of those above it.

        An authority that somebody vouches for makes its key a pinned one; else it is as good as a key that was met.
        """
        signer = signer_name(code, f"{own.serial_number:x}")
        try:
            point = point_in(signer, own)
        except KeysUnreadable:
            return
        between = [one for one in chain if is_issued(one, self._authorities)]
        if is_issued(own, (*self._authorities, *between)):
            self._pinned.setdefault((code, signer), point)
        else:
            self._met.setdefault((code, signer), frozenset({point}))

    def link(self, code: str, digest: str) -> None:
        """Remember what the receipt after this one has to name."""
        self._links.add((code, digest))

    def linked(self, code: str, digest: str) -> bool:
        return (code, digest) in self._links


def read_keys(content: bytes) -> KeyRing:
    """Pinned keys from JSON: `{"at": {"<serial>": "<certificate or key>"}, "de": {"<client>": …}}`.

    With `"authorities": ["<certificate>", …]` only certificates of theirs are taken, and those that a till has exported
    are pinned if they are. Read as well are certificates of Austrian tills in PEM, and the container that the Austrian
    test tool writes. Raises KeysUnreadable.
    """
    if content.lstrip().startswith(_PEM):
        return KeyRing(_of_pem(content))
    try:
        said = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise KeysUnreadable(f"no JSON: {wrong}") from None
    if not isinstance(said, dict):
        raise KeysUnreadable("an object with a member for each format is expected")
    authorities = _authorities(said.pop("authorities", []))
    by_code = _of_container(said) or said
    pinned = {
        (code, signer_name(code, signer)): point_in(signer, encoded, authorities)
        for code, by_signer in by_code.items()
        for signer, encoded in _members(code, by_signer)
    }
    return KeyRing(pinned, authorities=authorities)


def signer_name(code: str, signer: str) -> str:
    """A signer as his format spells him: an Austrian serial is a hexadecimal number, however it is written."""
    return signer.lower().lstrip("0") if code == "at" else signer


def point_in(signer: str, encoded: object, authorities: Sequence[x509.Certificate] = ()) -> bytes:
    """The uncompressed point of a key or certificate, however it is spelled. Raises KeysUnreadable."""
    try:
        return point_of(public_key(encoded if isinstance(encoded, x509.Certificate) else str(encoded), authorities))
    except (ValueError, UnsupportedAlgorithm) as wrong:
        raise KeysUnreadable(f"{signer}: {wrong}") from None


def _of_pem(content: bytes) -> dict[tuple[str, str], bytes]:
    try:
        certificates = x509.load_pem_x509_certificates(content)
    except ValueError as wrong:
        raise KeysUnreadable(f"no certificates: {wrong}") from None
    named = {f"{one.serial_number:x}": one for one in certificates}
    return {("at", serial): point_in(serial, one) for serial, one in named.items()}


def _of_container(said: Mapping[str, Any]) -> dict[str, Any] | None:
    container = said.get("certificateOrPublicKeyMap")
    if not isinstance(container, dict):
        return None
    keys = {serial: dict(_members(serial, one)) for serial, one in container.items()}
    return {"at": {serial: one.get("signatureCertificateOrPublicKey") for serial, one in keys.items()}}


def _members(name: str, said: object) -> Iterable[tuple[str, Any]]:
    if not isinstance(said, dict):
        raise KeysUnreadable(f"{name}: an object with a member for each signer is expected")
    return said.items()


def _authorities(said: object) -> list[x509.Certificate]:
    if not isinstance(said, list):
        raise KeysUnreadable("authorities: a list of certificates is expected")
    try:
        return [certificate(str(one)) for one in said]
    except ValueError as wrong:
        raise KeysUnreadable(f"authorities: {wrong}") from None

"""Austria, RKSV: receipts signed one after another by the till, proven without a network.

The printed fields are the payload of a JWS with ES256; each names a hash of the receipt before it.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from receipts.fiscal import numbers, p256
from receipts.fiscal.frame import Evidence, EvidenceKind, FiscalFormat, Operation, Receipt, ReceiptMalformed
from receipts.fiscal.keyring import KeyRing, signer_name

CODE: Final = "at"
CURRENCY: Final = "EUR"

_MEANT: Final = re.compile(r"_?R[0-9]+-AT[0-9]+_", re.ASCII)
_HEAD: Final = re.compile(r"R1-AT[0-9]{1,3}", re.ASCII)
# A certificate's number, or what a closed system calls its owner and his key, which may have colons.
_SERIAL: Final = re.compile(r"[!-^`-~]{1,64}", re.ASCII)
_FIELD_COUNT: Final = 13
_TEST_PROVIDER: Final = "R1-AT100"
_JWS_HEADER: Final = base64.urlsafe_b64encode(b'{"alg":"ES256"}').rstrip(b"=")
_DEVICE_DOWN: Final = b"Sicherheitseinrichtung ausgefallen"
_CANCELLATION, _TRAINING = b"STO", b"TRA"
_SIGNATURE_BYTES: Final = 64
_CHAIN_BYTES: Final = 8


def detect(text: str) -> bool:
    plain = text.strip()
    return _MEANT.match(plain) is not None or plain.startswith(f"{_JWS_HEADER.decode()}.")


def parse(text: str) -> Receipt:
    """A receipt from its QR, from the line printed for machines that read letters, or from the JWS a till exports."""
    plain = text.strip()
    is_printed = _MEANT.match(plain) is not None
    said = plain if is_printed else _exported(plain)
    fields = said.removeprefix("_").split("_")
    if len(fields) != _FIELD_COUNT:
        raise ReceiptMalformed(field="fields", problem=f"not_{_FIELD_COUNT}")
    head, _, _, issued, *sums = fields[:9]
    serial = signer_name(CODE, fields[10])
    if _HEAD.fullmatch(head) is None or _SERIAL.fullmatch(fields[10]) is None or not serial:
        raise ReceiptMalformed(field="head", problem="unknown")
    till, number = (numbers.name(fields[place], field=field) for place, field in _NAMED)
    # The line for machines that read letters spells bytes in base32: its hash of eight bytes is longer.
    decode = _from_base32 if len(fields[11]) == len(base64.b32encode(bytes(_CHAIN_BYTES))) else _from_base64
    # Some tills have signed, and kept, more blanks than they print.
    counter, chain, signature = (
        decode(fields[place] if is_printed else fields[place].strip(), name) for place, name in _ENCODED
    )
    if len(chain) != _CHAIN_BYTES:
        raise ReceiptMalformed(field="chain", problem="length")
    if len(signature) != _SIGNATURE_BYTES and signature != _DEVICE_DOWN:
        raise ReceiptMalformed(field="signature", problem="length")
    amounts = [numbers.minor(one, field=f"sum{place}", negative=True) for place, one in enumerate(sums, start=1)]
    printed = "_".join(("", *fields[:9], _base64(counter), fields[10], _base64(chain)))
    signed = printed if is_printed else said.rpartition("_")[0]
    return Receipt(
        format=CODE,
        # A till's own name is its owner's choice: two shops may have the same, two signing keys never.
        identity=f"{CODE}:{serial}:{till}:{number}",
        currency=CURRENCY,
        total_minor=sum(amounts),
        issued_at=numbers.moment(issued, "%Y-%m-%dT%H:%M:%S", field="time"),
        operation=_operation(counter),
        numbers={"till": till, "number": number, "serial": serial, "chain": _base64(chain)},
        text=f"{signed}_{_base64(signature)}",
        is_test=head == _TEST_PROVIDER,
    )


_NAMED: Final = ((1, "till"), (2, "number"))
_ENCODED: Final = ((9, "counter"), (11, "chain"), (12, "signature"))


def verify(receipt: Receipt, keys: KeyRing) -> list[Evidence]:
    """The signature by a pinned key, or by the one key that can have made all signatures of its serial; the chain."""
    return [*_signature_evidence(receipt, keys), *_chain_evidence(receipt, keys)]


def _operation(counter: bytes) -> Operation:
    if counter == _CANCELLATION:
        return Operation.RETURN
    return Operation.TRAINING if counter == _TRAINING else Operation.SALE


def _signature_evidence(receipt: Receipt, keys: KeyRing) -> Iterator[Evidence]:
    if receipt.is_test:
        yield Evidence(EvidenceKind.TEST_DEVICE, ok=False, detail="the provider for trying tills out")
    payload, _, encoded = receipt.text.rpartition("_")
    signature = base64.b64decode(encoded)
    yield Evidence(EvidenceKind.RANGE, ok=True)
    if signature == _DEVICE_DOWN:
        yield Evidence(EvidenceKind.DEVICE_DOWN, ok=False, detail="the till's signing device was out of order")
        return
    signed = _JWS_HEADER + b"." + _base64url(payload.encode())
    serial = receipt.numbers["serial"]
    pinned = keys.pinned(CODE, serial)
    if pinned is not None:
        yield Evidence(EvidenceKind.SIGNATURE, _signs(pinned, signature, signed), f"by the key of {serial}")
        return
    candidates = p256.recovered(signature, sha256(signed).digest())
    left = keys.narrow(CODE, serial, candidates) if candidates else candidates
    # Any signature fits some key: only the one on which two receipts agree says whose it is.
    if len(left) <= 1:
        yield Evidence(EvidenceKind.FIRST_USE, bool(left), f"by the same key as others of {serial}")


def _chain_evidence(receipt: Receipt, keys: KeyRing) -> Iterator[Evidence]:
    """A link that is found proves that nothing is missing before it; one that is not found proves nothing."""
    chain, till = receipt.numbers["chain"], receipt.numbers["till"]
    if chain == _chain_value(till.encode()):
        yield Evidence(EvidenceKind.CHAIN, ok=True, detail="the first receipt of its till")
    elif keys.linked(CODE, chain):
        yield Evidence(EvidenceKind.CHAIN, ok=True, detail="follows a receipt that was seen")
    keys.link(CODE, _chain_value(compact(receipt)))


def _exported(token: str) -> str:
    """What a till exports is the printed text in another alphabet."""
    parts = token.encode("ascii", "replace").split(b".")
    try:
        header, payload, signature = (base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)) for part in parts)
        text = payload.decode()
    except (binascii.Error, ValueError):
        raise ReceiptMalformed(field="token", problem="not_compact") from None
    # Decoders pass over letters that mean nothing; a receipt has one spelling.
    if b".".join(map(_base64url, (header, payload, signature))) != b".".join(parts) or parts[0] != _JWS_HEADER:
        raise ReceiptMalformed(field="token", problem="not_compact")
    return f"{text}_{_base64(signature)}"


def links_of(receipt: Receipt) -> tuple[bytes, bytes]:
    """By what a receipt names the one before it, and by what the next one has to name it."""
    return base64.b64decode(receipt.numbers["chain"]), base64.b64decode(_chain_value(compact(receipt)))


def linked(link: bytes) -> tuple[str, str]:
    """A link as a ring of keys remembers it."""
    return CODE, _base64(link)


def compact(receipt: Receipt) -> bytes:
    """The receipt as the compact JWS that the till has kept of it."""
    payload, _, encoded = receipt.text.rpartition("_")
    return b".".join((_JWS_HEADER, _base64url(payload.encode()), _base64url(base64.b64decode(encoded))))


def _chain_value(before: bytes) -> str:
    return _base64(sha256(before).digest()[:_CHAIN_BYTES])


def _signs(point: bytes, signature: bytes, signed: bytes) -> bool:
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    try:
        key = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
        key.verify(encode_dss_signature(r, s), signed, ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def _from_base64(text: str, field: str) -> bytes:
    """The bytes of a field, which have one spelling only."""
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        found = None
    if found is None or _base64(found) != text:
        raise ReceiptMalformed(field=field, problem="not_base64")
    return found


def _from_base32(text: str, field: str) -> bytes:
    try:
        found = base64.b32decode(text)
    except (binascii.Error, ValueError):
        found = None
    if found is None or base64.b32encode(found).decode() != text:
        raise ReceiptMalformed(field=field, problem="not_base32")
    return found


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _base64url(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


FORMAT = FiscalFormat(CODE, CURRENCY, detect, parse, verify)

"""Germany, KassenSichV: the QR of DSFinV-K, whose signature covers a log message that is rebuilt from it (TR-03153).

The key stands in the QR itself, so a signature proves that nothing was changed; whose key it is, pinning tells.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final
from zoneinfo import ZoneInfo

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import (
    SHA3_224,
    SHA3_256,
    SHA3_384,
    SHA3_512,
    SHA224,
    SHA256,
    SHA384,
    SHA512,
    HashAlgorithm,
)
from cryptography.hazmat.primitives.serialization import load_der_public_key

from receipts.fiscal import numbers
from receipts.fiscal.certificates import point_of
from receipts.fiscal.frame import Evidence, EvidenceKind, FiscalFormat, Operation, Receipt, ReceiptMalformed
from receipts.fiscal.keyring import KeyRing

CODE: Final = "de"
CURRENCY: Final = "EUR"

_HEAD_FIELDS, _TAIL_FIELDS = 3, 8
_TIME_ZONE: Final = ZoneInfo("Europe/Berlin")
_RECEIPT_PROCESS: Final = "Kassenbeleg-V1"
# The law is of 2020.
_YEARS: Final = range(2000, 2050)
_OPERATIONS: Final = {
    "Beleg": Operation.SALE,
    "AVRechnung": Operation.SALE,
    "AVBelegstorno": Operation.RETURN,
    "AVTraining": Operation.TRAINING,
}
_ALGORITHMS: Final[dict[str, tuple[HashAlgorithm, int]]] = {
    "ecdsa-plain-SHA224": (SHA224(), 2),
    "ecdsa-plain-SHA256": (SHA256(), 3),
    "ecdsa-plain-SHA384": (SHA384(), 4),
    "ecdsa-plain-SHA512": (SHA512(), 5),
    "ecdsa-plain-SHA3-224": (SHA3_224(), 8),
    "ecdsa-plain-SHA3-256": (SHA3_256(), 9),
    "ecdsa-plain-SHA3-384": (SHA3_384(), 10),
    "ecdsa-plain-SHA3-512": (SHA3_512(), 11),
}
_CURVES: Final[dict[int, tuple[ec.EllipticCurve, ...]]] = {
    65: (ec.SECP256R1(), ec.BrainpoolP256R1()),
    97: (ec.SECP384R1(), ec.BrainpoolP384R1()),
    129: (ec.BrainpoolP512R1(),),
    133: (ec.SECP521R1(),),
}
_TIME_FORMATS: Final = frozenset(
    {"unixTime", "utcTime", "utcTimeWithSeconds", "generalizedTime", "generalizedTimeWithMilliseconds"}
)
_PAYMENT: Final = re.compile(r"(-?[0-9.,]+):(?:Bar|Unbar)(?::([A-Z]{3}))?", re.ASCII)
_ALGORITHM_ARC: Final = bytes.fromhex("04007f000701010401")
_TRANSACTION_LOG: Final = bytes.fromhex("060904007f000703070101")


def detect(text: str) -> bool:
    return text.strip().startswith("V0;")


def parse(text: str) -> Receipt:
    """A receipt from its QR; the data of the process may hold semicolons of its own."""
    fields = text.strip().split(";")
    if len(fields) < _HEAD_FIELDS + 1 + _TAIL_FIELDS:
        raise ReceiptMalformed(field="fields", problem="too_few")
    client, process = numbers.name(fields[1], field="client"), fields[2]
    data = ";".join(fields[_HEAD_FIELDS:-_TAIL_FIELDS])
    transaction, counter, started, logged, algorithm, time_format, signature, key = fields[-_TAIL_FIELDS:]
    if algorithm not in _ALGORITHMS or time_format not in _TIME_FORMATS:
        raise ReceiptMalformed(field="algorithm", problem="unknown")
    _bytes(signature, "signature")
    fingerprint = sha256(_keys(_bytes(key, "key"))[0][1]).hexdigest()[:32]
    number = numbers.whole(transaction, field="transaction", least=0, most=2**64)
    signed_as = numbers.whole(counter, field="counter", least=0, most=2**64)
    _time(started, "start")
    kind, total_minor, currency = _data(process, data)
    return Receipt(
        format=CODE,
        identity=f"{CODE}:{fingerprint}:{number}:{signed_as}",
        currency=currency,
        total_minor=total_minor,
        # When it was begun is printed beside it and signed by nobody.
        issued_at=_time(logged, "log").astimezone(_TIME_ZONE).replace(tzinfo=None, microsecond=0),
        operation=Operation.RETURN if kind is Operation.SALE and total_minor < 0 else kind,
        numbers={"client": client, "transaction": str(number), "counter": str(signed_as), "key": fingerprint},
        text=text.strip(),
    )


def verify(receipt: Receipt, keys: KeyRing) -> list[Evidence]:
    """The signature by the key that the receipt itself carries, and whether its till had that key before."""
    return list(_evidence(receipt, keys))


def _evidence(receipt: Receipt, keys: KeyRing) -> Iterator[Evidence]:
    fields = receipt.text.split(";")
    message = log_message(fields)
    signature, candidates = _bytes(fields[-2], "signature"), _keys(_bytes(fields[-1], "key"))
    algorithm = _ALGORITHMS[fields[-4]][0]
    signs = any(_signs(key, signature, message, algorithm) for key, _ in candidates)
    point, client = candidates[0][1], receipt.numbers["client"]
    if _time(fields[-6], "start") > _time(fields[-5], "log"):
        yield Evidence(EvidenceKind.ORDER, ok=False, detail="begun after it was signed")
    pinned = keys.pinned(CODE, client)
    if pinned is not None:
        yield Evidence(EvidenceKind.KEY, pinned == point, f"the key of {client}")
        yield Evidence(EvidenceKind.SIGNATURE, signs, "over the log message")
        return
    yield Evidence(EvidenceKind.FIRST_USE, signs, "over the log message, by the key in it")
    if signs:
        same = bool(keys.narrow(CODE, client, frozenset({point})))
        yield Evidence(EvidenceKind.KEY, same, f"the key with which {client} was met")


def log_message(fields: Sequence[str]) -> bytes:
    """What the security device has signed, rebuilt from the fields of the QR (TR-03153, the log of a transaction)."""
    client, process = fields[1:_HEAD_FIELDS]
    data = ";".join(fields[_HEAD_FIELDS:-_TAIL_FIELDS])
    transaction, counter, _, logged, algorithm, time_format, _, key = fields[-_TAIL_FIELDS:]
    point = _keys(_bytes(key, "key"))[0][1]
    oid = _element(0x06, _ALGORITHM_ARC + bytes([_ALGORITHMS[algorithm][1]]))
    return b"".join(
        (
            _element(0x02, b"\x02"),
            _TRANSACTION_LOG,
            _element(0x80, b"FinishTransaction"),
            _element(0x81, client.encode()),
            _element(0x82, data.encode()),
            _element(0x83, process.encode()),
            _element(0x85, _integer(int(transaction))),
            _element(0x04, sha256(point).digest()),
            _element(0x30, oid),
            _element(0x02, _integer(int(counter))),
            _log_time(_time(logged, "log"), time_format),
        )
    )


def _log_time(logged: datetime, time_format: str) -> bytes:
    if time_format == "unixTime":
        return _element(0x02, _integer(int(logged.timestamp())))
    if time_format == "generalizedTime":
        return _element(0x18, logged.strftime("%Y%m%d%H%M%SZ").encode())
    if time_format == "generalizedTimeWithMilliseconds":
        return _element(0x18, f"{logged:%Y%m%d%H%M%S}.{logged.microsecond // 1000:03d}Z".encode())
    return _element(0x17, logged.strftime("%y%m%d%H%M%SZ").encode())


def _element(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + content


def _integer(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1)


def _data(process: str, data: str) -> tuple[Operation, int, str]:
    """What was done, for how much, in which currency; other processes than receipts have no sum."""
    if process != _RECEIPT_PROCESS:
        return Operation.OTHER, 0, CURRENCY
    parts = data.split("^")
    if len(parts) != 3:
        raise ReceiptMalformed(field="data", problem="parts")
    kind, sums, payments = parts
    total_minor = sum(_amount(one) for one in sums.split("_"))
    paid = [_PAYMENT.fullmatch(one) for one in payments.split("_")] if payments else []
    if None in paid:
        raise ReceiptMalformed(field="payments", problem="unknown")
    return _OPERATIONS.get(kind, Operation.OTHER), total_minor, _currency(filter(None, paid), total_minor)


def _currency(payments: Iterable[re.Match[str]], total_minor: int) -> str:
    """Sums are in euros, even of what was paid in francs; unless it was all paid in another and comes to the sum."""
    paid_minor: dict[str, int] = {}
    for one in payments:
        paid_minor[one[2] or CURRENCY] = paid_minor.get(one[2] or CURRENCY, 0) + _amount(one[1])
    [(currency, amount_minor), *others] = paid_minor.items() or [(CURRENCY, 0)]
    return currency if not others and amount_minor == total_minor else CURRENCY


def _amount(text: str) -> int:
    # Some tills write a thousand as 1,000.00.
    return numbers.minor(re.sub(r",(?=[0-9]{3}(?:[.,]|$))", "", text), field="sums", negative=True)


def _time(text: str, field: str) -> datetime:
    moment = numbers.moment(text, "%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%SZ", field=field)
    # A UTCTime has two digits for the year: of another century it would be signed alike.
    if moment.year not in _YEARS:
        raise ReceiptMalformed(field=field, problem="out_of_range")
    return moment.replace(tzinfo=UTC)


def _keys(encoded: bytes) -> list[tuple[ec.EllipticCurvePublicKey, bytes]]:
    """The keys that these bytes can mean, with the point of each: a bare point does not say its curve."""
    found = []
    for curve in _CURVES.get(len(encoded), ()):
        try:
            found.append((ec.EllipticCurvePublicKey.from_encoded_point(curve, encoded), encoded))
        except ValueError:
            continue
    if not found:
        try:
            key = load_der_public_key(encoded)
        except Exception:  # noqa: BLE001 - the parser raises more than its documentation names.
            key = None
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise ReceiptMalformed(field="key", problem="unknown")
        found.append((key, point_of(key)))
    return found


def _signs(key: ec.EllipticCurvePublicKey, signature: bytes, message: bytes, algorithm: HashAlgorithm) -> bool:
    half = (key.curve.key_size + 7) // 8
    if len(signature) == 2 * half:
        signature = encode_dss_signature(int.from_bytes(signature[:half]), int.from_bytes(signature[half:]))
    try:
        key.verify(signature, message, ec.ECDSA(algorithm))
    except (InvalidSignature, ValueError):
        return False
    return True


def _bytes(text: str, field: str) -> bytes:
    """The bytes of a field, which have one spelling only."""
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not found or base64.b64encode(found).decode() != text:
        raise ReceiptMalformed(field=field, problem="not_base64")
    return found


FORMAT = FiscalFormat(CODE, CURRENCY, detect, parse, verify)

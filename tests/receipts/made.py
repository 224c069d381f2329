"""Receipts of our own making, signed by our own keys, so that every format is proven without anybody's samples."""

import base64
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA3_256, SHA256, SHA384, SHA512, HashAlgorithm

from receipts.fiscal.certificates import point_of
from receipts.fiscal.germany import log_message

SERIAL = "1a2b3c4d"
_HASHES: dict[str, HashAlgorithm] = {
    "SHA256": SHA256(),
    "SHA384": SHA384(),
    "SHA512": SHA512(),
    "SHA3-256": SHA3_256(),
}
RUSSIAN = "t=20260320T2303&s=5803.00&fn=7384440300007971&i=141637&fp=4087570038&n=1"
KAZAKH = "http://consumer.oofd.kz/?i=3718502959&f=010103560410&s=4930.00&t=20260705T025119"


def austrian_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def austrian(
    key: ec.EllipticCurvePrivateKey,
    *,
    number: int = 1,
    before: str | None = None,
    amount: str = "12,50",
    counter: bytes = b"\x01\x02\x03\x04\x05",
    till: str = "TILL-1",
    serial: str = SERIAL,
) -> str:
    """A receipt of a till; `before` is the text of the one that it follows."""
    link = sha256(till.encode() if before is None else compact(before)).digest()[:8]
    sums = f"{amount}_0,00_0,00_0,00_0,00"
    payload = f"_R1-AT1_{till}_{number}_2026-03-20T10:00:0{number % 10}_{sums}_{b64(counter)}_{serial}_{b64(link)}"
    return f"{payload}_{b64(plain(key, jws(payload), SHA256(), 32))}"


def compact(text: str) -> bytes:
    payload, _, signature = text.rpartition("_")
    return jws(payload) + b"." + b64url(base64.b64decode(signature))


def jws(payload: str) -> bytes:
    return b".".join(map(b64url, (b'{"alg":"ES256"}', payload.encode())))


def german(
    key: ec.EllipticCurvePrivateKey,
    *,
    client: str = "TSE-1",
    data: str = "Beleg^21.42_0.00_0.00_0.00_0.00^21.42:Unbar",
    time_format: str = "unixTime",
    algorithm: str = "ecdsa-plain-SHA256",
    transaction: int = 7,
    process: str = "Kassenbeleg-V1",
) -> str:
    """The QR of a receipt, signed as a security device does."""
    half = (key.curve.key_size + 7) // 8
    times = f"2026-08-23T14:36:27.000Z;2026-08-23T14:36:33.000Z;{algorithm};{time_format}"
    point = b64(point_of(key.public_key()))
    unsigned = f"V0;{client};{process};{data};{transaction};31;{times};{{}};{point}"
    hashed = _HASHES[algorithm.removeprefix("ecdsa-plain-")]
    signature = plain(key, log_message(unsigned.format("").split(";")), hashed, half)
    return unsigned.format(b64(signature))


def plain(key: ec.EllipticCurvePrivateKey, message: bytes, hashed: HashAlgorithm, half: int) -> bytes:
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashed)))
    return r.to_bytes(half) + s.to_bytes(half)


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def b64url(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def element(tag: int, value: bytes) -> bytes:
    """A tag of a fiscal drive's document."""
    return tag.to_bytes(2, "little") + len(value).to_bytes(2, "little") + value


def number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8 or 1, "little")


def raw_document(*lines: bytes, total: int = 5500, kind: int = 3, operation: int = 1, more: bytes = b"") -> bytes:
    """A fiscal drive's document with these lines."""
    body = b"".join(
        (
            element(1041, b"9251440300109733"),
            element(1018, b"5047085094  "),
            element(1040, (96304).to_bytes(4, "little")),
            element(1012, (1596384720).to_bytes(4, "little")),
            element(1077, b"\x31\x04" + (3341119416).to_bytes(4)),
            element(1054, bytes([operation])),
            element(1020, number(total)),
            *lines,
            more,
        )
    )
    return element(kind, body)


def raw_line(name: str = "Котёл", amount: int = 5500, *, payment: int = 4, more: bytes = b"") -> bytes:
    """A line of such a document: one piece."""
    return element(
        1059,
        element(1030, name.encode("cp866"))
        + element(1079, number(amount))
        + element(1023, b"\x03" + number(1000))
        + element(1043, number(amount))
        + element(1214, bytes([payment]))
        + element(1212, b"\x01")
        + more,
    )

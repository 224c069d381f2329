"""P-256: the keys that can have made a signature, recovered from the signature alone (SEC 1, 4.1.6)."""

from typing import Final

P: Final = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
N: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B: Final = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
G: Final = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
_BYTES: Final = 32

Point = tuple[int, int] | None


def recovered(signature: bytes, digest: bytes) -> frozenset[bytes]:
    """The points, uncompressed, under which `r ‖ s` of 64 bytes signs a SHA-256 digest; at most four, usually two."""
    r, s = int.from_bytes(signature[:_BYTES]), int.from_bytes(signature[_BYTES:])
    if len(signature) != 2 * _BYTES or not (0 < r < N and 0 < s < N):
        return frozenset()
    inverse, hashed = pow(r, -1, N), int.from_bytes(digest)
    found = set()
    for x in range(r, P, N):
        for point in _points_at(x):
            key = _add(_times(s * inverse % N, point), _times(-hashed * inverse % N, G))
            if key is not None:
                found.add(b"\x04" + key[0].to_bytes(_BYTES) + key[1].to_bytes(_BYTES))
    return frozenset(found)


def _points_at(x: int) -> list[tuple[int, int]]:
    square = (x * x * x - 3 * x + B) % P
    y = pow(square, (P + 1) // 4, P)
    return [(x, y), (x, P - y)] if y * y % P == square else []


def _add(left: Point, right: Point) -> Point:
    if left is None or right is None:
        return left or right
    (x1, y1), (x2, y2) = left, right
    if x1 == x2:
        if (y1 + y2) % P == 0:
            return None
        slope = (3 * x1 * x1 - 3) * pow(2 * y1, -1, P) % P
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, P) % P
    x = (slope * slope - x1 - x2) % P
    return x, (slope * (x1 - x) - y1) % P


def _times(factor: int, point: Point) -> Point:
    total: Point = None
    while factor:
        if factor & 1:
            total = _add(total, point)
        point = _add(point, point)
        factor >>= 1
    return total

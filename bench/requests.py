"""Requests as bytes, as an installer's phone would send them."""

from collections.abc import Iterable, Sequence
from uuid import uuid4

import msgspec


def scans(codes: Iterable[str], tokens: Sequence[str]) -> list[bytes]:
    """One scan a request; the agents take turns."""
    return [
        post("/v1/scans", tokens[place % len(tokens)], msgspec.json.encode({"code": code}), key=code)
        for place, code in enumerate(codes)
    ]


def queues(codes: Sequence[str], tokens: Sequence[str], *, size: int) -> list[bytes]:
    """So many scans a request, as a phone sends them after a day without a network."""
    return [
        post(
            "/v1/scans/batch",
            tokens[place % len(tokens)],
            msgspec.json.encode({"scans": [{"id": code, "code": code} for code in codes[first : first + size]]}),
        )
        for place, first in enumerate(range(0, len(codes), size))
    ]


def orders(verb: str, codes: Sequence[str], token: str) -> list[bytes]:
    """An order of three lines for each code, as a till sends it."""
    return [post(f"/v1/orders/{verb}", token, msgspec.json.encode(_order(code)), key=uuid4().hex) for code in codes]


def _order(code: str) -> dict[str, object]:
    lines = [
        {"ref": str(place), "sku": f"BENCH-{place}", "quantity": place, "amount_minor": 33_333 * place}
        for place in range(1, 4)
    ]
    return {"order_ref": uuid4().hex, "codes": [code], "lines": lines, "rounding_minor": 1}


def post(path: str, token: str, body: bytes, *, key: str = "") -> bytes:
    """One request as it goes over the wire, on a connection that stays open."""
    idempotency = f"idempotency-key: {key}\r\n" if key else ""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n{idempotency}"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body

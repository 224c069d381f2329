"""A push service: it speaks RFC 8030 over a real socket, opens what it gets as a browser would, and fails on demand."""

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from core.webpush import decoded

AUTH = bytes(range(16))


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


class Browser:
    """A browser that has subscribed: its key never leaves it."""

    def __init__(self, key: ec.EllipticCurvePrivateKey | None = None, auth: bytes = AUTH) -> None:
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        self.auth = auth

    def subscription(self, endpoint: str, **details: object) -> dict[str, Any]:
        """What its page sends to the API."""
        keys = {"p256dh": _text(_point(self.key.public_key())), "auth": _text(self.auth)}
        return {"endpoint": endpoint, "keys": keys} | details

    def opened(self, body: bytes) -> bytes:
        """A message in the clear, by RFC 8291 and RFC 8188 read from the receiver's side."""
        salt, size = body[:16], body[20]
        sender, sealed = body[21 : 21 + size], body[21 + size :]
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        shared = self.key.exchange(ec.ECDH(), theirs)
        info = b"WebPush: info\0" + _point(self.key.public_key()) + sender
        secret = HKDF(SHA256(), 32, self.auth, info).derive(shared)
        key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(secret)
        nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(secret)
        return AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")[:-1]


class PushService:
    """What has arrived, by the path that it was sent to; `answers` are given first, then 201."""

    def __init__(self) -> None:
        self.origin = ""
        self.arrived: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.hangs = False

    def claims(self, headers: dict[str, str]) -> dict[str, Any]:
        """What the sender claims of himself; InvalidSignature if it is not proven by his key."""
        fields = dict(part.strip().split("=", 1) for part in headers["authorization"].removeprefix("vapid ").split(","))
        head, body, signature = fields["t"].split(".")
        raw = decoded(signature)
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(fields["k"]))
        signed = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        key.verify(signed, f"{head}.{body}".encode(), ec.ECDSA(SHA256()))
        claims: dict[str, Any] = msgspec.json.decode(decoded(body))
        return claims

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)
            }
            body = await reader.readexactly(int(headers["content-length"]))
            if self.hangs:
                await asyncio.sleep(3_600)
            self.arrived.append((head[0].split()[1], headers, body))
            status, extra = self.answers.pop(0) if self.answers else (201, {})
            lines = [f"HTTP/1.1 {status} so", "Content-Length: 0", "Connection: close"]
            lines += [f"{name}: {value}" for name, value in extra.items()]
            writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
            await writer.drain()
        finally:
            writer.close()


@asynccontextmanager
async def push_service() -> AsyncIterator[PushService]:
    """A push service that runs."""
    service = PushService()
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0)
    service.origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield service
    finally:
        server.close()

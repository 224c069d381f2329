"""Opaque tokens: a prefix that scanners of leaked secrets know, 30 random characters, a checksum; stored as a hash."""

import hashlib
import secrets
import zlib
from typing import Literal

Prefix = Literal["npa", "npp", "nps"]

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM_LENGTH = 30
_SUM_LENGTH = 6


def new(prefix: Prefix) -> str:
    """A token: `npa_` for a device, `npp_` for a key, `nps_` for a session; 178 bits of chance and a CRC-32."""
    body = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_LENGTH))
    return f"{prefix}_{body}{_checksum(prefix, body)}"


def well_formed(token: str, prefix: Prefix) -> bool:
    """Whether this can be a token at all; a typo or rubbish costs no look into the database."""
    body = token[len(prefix) + 1 : -_SUM_LENGTH]
    return (
        token.startswith(f"{prefix}_")
        and len(body) == _RANDOM_LENGTH
        and token.isascii()
        and token[-_SUM_LENGTH:] == _checksum(prefix, body)
    )


def digest(token: str) -> bytes:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).digest()


def _checksum(prefix: str, body: str) -> str:
    number = zlib.crc32(f"{prefix}_{body}".encode())
    letters = []
    for _ in range(_SUM_LENGTH):
        number, remainder = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[remainder])
    return "".join(reversed(letters))

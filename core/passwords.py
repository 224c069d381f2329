"""Passwords and PINs: peppered, stretched by scrypt under a salt of their own, and never kept as they are."""

import hashlib
import hmac
import os
import secrets
import unicodedata

from core import keys

# 16 MB and some tens of milliseconds a try.
_COST, _BLOCK, _PARALLEL = 2**14, 8, 1
_MEMORY_MAX = 32 * 2**20
_SALT_BYTES = 16
_VERSION = b"\x01"
_PURPOSE = "password of staff"
# No letter or digit that is easily taken for another.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP_LETTERS = 4, 4


def stretched(password: str) -> bytes:
    """What is kept of a password: version, salt, hash. It takes a while; call it off the event loop."""
    salt = os.urandom(_SALT_BYTES)
    return _VERSION + salt + _hash(password, salt)


def matches(password: str, kept: bytes | None) -> bool:
    """Whether this is the password; with nothing kept it is not, and that takes as long."""
    known = kept or bytes(1 + 2 * _SALT_BYTES)
    salt, expected = known[1 : 1 + _SALT_BYTES], known[1 + _SALT_BYTES :]
    return hmac.compare_digest(_hash(password, salt), expected) and kept is not None


def generate() -> str:
    """A password that can be read out: four groups of four letters, 79 bits of chance."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP_LETTERS)) for _ in range(_GROUPS))


def _hash(password: str, salt: bytes) -> bytes:
    # The pepper is not in the database: a copy of it alone gives away not even a PIN of four digits.
    peppered = keys.pseudonym(unicodedata.normalize("NFKC", password), _PURPOSE)
    return hashlib.scrypt(peppered, salt=salt, n=_COST, r=_BLOCK, p=_PARALLEL, maxmem=_MEMORY_MAX, dklen=32)

"""Recipients: printers for whose public key an order is encrypted (age, X25519), so that nobody else can open it."""

import io
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

try:
    import pyrage
except ImportError:
    pyrage = None

from core.refusals import Unprocessable

# Each encryption that is under way has a thread of its own, which a slow reader keeps waiting.
AT_ONCE: Final = 4
PIECE_BYTES: Final = 1 << 16

_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="encrypt")


class RecipientWrong(Unprocessable):
    slug = "recipient_wrong"
    title = "This is no age public key: age1 and 58 more letters and digits"


class EncryptionMissing(Unprocessable):
    slug = "encryption_missing"
    title = "This installation cannot encrypt for printers: its extra `printer` is not installed"


def check(recipient: str) -> None:
    """RecipientWrong unless this is a public key, EncryptionMissing where nothing can be encrypted for it."""
    _known(recipient)


def encrypted(plain: Iterator[bytes], *, recipient: str) -> Iterator[bytes]:
    """The same bytes as an age file, piece by piece as they are read; whoever stops reading stops the encryption."""
    key = _known(recipient)
    # The pipe holds little, so that what is encrypted waits for whoever reads, and memory stays as it is.
    reading, writing = os.pipe()
    done = _threads.submit(_encrypt, plain, writing, key)
    try:
        while piece := os.read(reading, PIECE_BYTES):
            yield piece
    finally:
        os.close(reading)
    done.result()


def _encrypt(plain: Iterator[bytes], writing: int, key: Any) -> None:
    with os.fdopen(writing, "wb") as target:
        pyrage.encrypt_io(io.BufferedReader(_Joined(plain), PIECE_BYTES), target, [key])


class _Joined(io.RawIOBase):
    """An iterator's chunks as a file to read from."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        size = min(len(target), len(self._rest))
        target[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def _known(recipient: str) -> Any:
    if pyrage is None:
        raise EncryptionMissing
    try:
        return pyrage.x25519.Recipient.from_str(recipient)
    except pyrage.RecipientError:
        raise RecipientWrong from None

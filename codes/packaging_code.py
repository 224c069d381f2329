"""A packaging code: batch, index and role enciphered into sixteen symbols, so that nothing is stored before a scan."""

from collections.abc import Callable
from enum import StrEnum
from functools import cached_property
from typing import ClassVar, Final

from msgspec import Struct

from codes.alphabet import ALPHABET, SYMBOL_BITS, VALUES, check_symbol
from codes.cipher import Blocks, aes_blocks, confirm_tag, decipher, encipher

TEXT_LENGTH: Final = 16
SERIES_COUNT: Final = 1 << 5
BATCH_COUNT: Final = 1 << 20
INDEX_COUNT: Final = 1 << 32

# A permutation of 70 bits looks like chance only while the codes made with its key stay well below 2^35.
SERIES_CAPACITY: Final = 1 << 34

_BODY_SYMBOLS: Final = 14
BODY_BITS: Final = SYMBOL_BITS * _BODY_SYMBOLS
BATCH_SHIFT: Final = 32
TAG_SHIFT: Final = 52


class Role(StrEnum):
    """The inner code is hidden and pays; its outer twin is there for everybody to see, and never does."""

    INNER = "I"
    OUTER = "O"


_ROLE_BYTES: Final = {role: ord(role) for role in Role}


class SeriesKey(Struct, frozen=True, dict=True):
    """The key of a series. Keep it: AES is set up at its first use, for one thread."""

    series: int
    secret: bytes

    @cached_property
    def aes(self) -> Blocks:
        return aes_blocks(self.secret)

    def __repr__(self) -> str:
        return f"SeriesKey(series={self.series})"


class BatchKey(Struct, frozen=True, dict=True):
    """The key of a batch, which cannot meet another series than its own. Keep it, as its series' key."""

    series_key: SeriesKey
    batch: int
    secret: bytes

    @cached_property
    def aes(self) -> Blocks:
        return aes_blocks(self.secret)

    def __repr__(self) -> str:
        return f"BatchKey(series={self.series_key.series}, batch={self.batch})"


class PackagingCode(Struct, frozen=True):
    # What only codes have that somebody else made.
    key_hash: ClassVar[None] = None
    item_keys: ClassVar[tuple[str, ...]] = ()

    series: int
    batch: int
    index: int
    role: Role

    @property
    def code_key(self) -> bytes:
        """The same for both twins, so that whichever is scanned first locks the item."""
        return (self.batch << BATCH_SHIFT | self.index).to_bytes(8, "big")


def key_bounds(batch: int, first: int, stop: int) -> tuple[bytes, bytes]:
    """The code keys between which those of the indexes `first` up to `stop` are, the last one left out."""
    base = batch << BATCH_SHIFT
    return (base | first).to_bytes(8, "big"), (base + stop).to_bytes(8, "big")


class Deciphered(Struct, frozen=True):
    """What a text says of itself, before the batch has confirmed it."""

    batch: int
    index: int
    role: Role
    tag: int


def encode(key: BatchKey, *, index: int, role: Role) -> str:
    role_byte = _ROLE_BYTES[role]
    tag = confirm_tag(key.aes, batch=key.batch, index=index, role=role_byte)
    plain = tag << TAG_SHIFT | key.batch << BATCH_SHIFT | index
    text = ALPHABET[key.series_key.series] + _symbols(encipher(key.series_key.aes, plain, role=role_byte))
    return text + check_symbol(text)


def decode(text: str, key: SeriesKey, *, role: Role) -> Deciphered:
    """Read a text of the key's own series; any text at all reads as something, so have it confirmed."""
    plain = decipher(key.aes, body_of(text), role=_ROLE_BYTES[role])
    return Deciphered(
        batch=plain >> BATCH_SHIFT & BATCH_COUNT - 1,
        index=plain & INDEX_COUNT - 1,
        role=role,
        tag=plain >> TAG_SHIFT,
    )


def confirms(key: BatchKey, said: Deciphered) -> bool:
    return confirm_tag(key.aes, batch=key.batch, index=said.index, role=_ROLE_BYTES[said.role]) == said.tag


def verify(
    text: str, *, series_key: Callable[[int], SeriesKey | None], batch_key: Callable[[int], BatchKey | None]
) -> PackagingCode | None:
    """The code behind a text that `readings` gave, or nothing.

    How many codes a batch has is not known here: whoever asks has to refuse an index beyond its end.
    """
    series = series_key(VALUES[text[0]])
    if series is None:
        return None
    for role in Role:
        said = decode(text, series, role=role)
        batch = batch_key(said.batch)
        if batch is not None and batch.series_key.series == series.series and confirms(batch, said):
            return PackagingCode(series.series, said.batch, said.index, role)
    return None


def _symbols(body: int) -> str:
    return "".join([ALPHABET[body >> shift & 31] for shift in _SHIFTS])


def body_of(text: str) -> int:
    """The enciphered part of a text, without its series and its check symbol."""
    return int(text[1:-1].translate(_DIGITS), 32)


_SHIFTS: Final = tuple(SYMBOL_BITS * place for place in reversed(range(_BODY_SYMBOLS)))

# Python reads base 32 by itself, only with other symbols, and twice as fast as a loop.
_DIGITS: Final = str.maketrans(ALPHABET, "0123456789ABCDEFGHIJKLMNOPQRSTUV")

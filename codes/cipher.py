"""LR70, a permutation of 70 bits under a key and a role, and the 18 bits by which a batch confirms its own codes."""

from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK_BYTES: Final = 16
ROUNDS: Final = 10
HALF_BITS: Final = 35
HALF_MASK: Final = (1 << HALF_BITS) - 1
TAG_BITS: Final = 18
TAG_MASK: Final = (1 << TAG_BITS) - 1

# The round's number is the last byte of a block's first half, the role the last byte of its second half.
ROUND_SHIFT: Final = 56
ROLE_SHIFT: Final = 120

_ROUND_MARKS: Final = tuple(number << ROUND_SHIFT for number in range(ROUNDS))

Blocks = Callable[[bytes], bytes]


def aes_blocks(key: bytes) -> Blocks:
    """AES-128 over whole blocks, set up once. Not for two threads at a time: the second one raises a RuntimeError."""
    # Each block is unlike every other by its round, its role and its counter, which is why ECB is safe here.
    return Cipher(algorithms.AES128(key), modes.ECB()).encryptor().update  # noqa: S305


def encipher(aes: Blocks, body: int, *, role: int) -> int:
    tail = role << ROLE_SHIFT
    left, right = body >> HALF_BITS, body & HALF_MASK
    for mark in _ROUND_MARKS:
        left, right = right, left ^ _round(aes, mark | right | tail)
    return left << HALF_BITS | right


def decipher(aes: Blocks, body: int, *, role: int) -> int:
    tail = role << ROLE_SHIFT
    left, right = body >> HALF_BITS, body & HALF_MASK
    for mark in reversed(_ROUND_MARKS):
        left, right = right ^ _round(aes, mark | left | tail), left
    return left << HALF_BITS | right


def confirm_tag(aes: Blocks, *, batch: int, index: int, role: int) -> int:
    """What only the holder of the batch's key can compute; the role is in it, so an outer code betrays no inner one."""
    block = index | batch << 64 | role << ROLE_SHIFT
    return int.from_bytes(aes(block.to_bytes(BLOCK_BYTES, "little")), "little") & TAG_MASK


def _round(aes: Blocks, block: int) -> int:
    return int.from_bytes(aes(block.to_bytes(BLOCK_BYTES, "little")), "little") & HALF_MASK

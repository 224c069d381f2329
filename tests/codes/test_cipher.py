import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.cipher import aes_blocks, confirm_tag, decipher, encipher

INNER, OUTER = 0x49, 0x4F
KEY = bytes(range(16))
BODIES = st.integers(0, 2**70 - 1)


@given(key=st.binary(min_size=16, max_size=16), body=BODIES, role=st.sampled_from([INNER, OUTER]))
def test_what_was_enciphered_is_deciphered(key: bytes, body: int, role: int) -> None:
    aes = aes_blocks(key)

    enciphered = encipher(aes, body, role=role)

    assert 0 <= enciphered < 2**70
    assert decipher(aes, enciphered, role=role) == body


@pytest.mark.parametrize(
    ("body", "role", "enciphered"),
    [
        (0, INNER, 0x1C2D4B45BA6CFB7442),
        (0, OUTER, 0x19E3F451AC4BFF73E4),
        (2**70 - 1, INNER, 0x15A156A92DB9A04998),
        (0x123456789ABCDEF01, INNER, 0x1093CDA9704713908),
    ],
)
def test_the_permutation_never_changes(body: int, role: int, enciphered: int) -> None:
    assert encipher(aes_blocks(KEY), body, role=role) == enciphered


def test_one_bit_changes_half_of_all_bits() -> None:
    aes = aes_blocks(KEY)
    changed = [
        (encipher(aes, body, role=INNER) ^ encipher(aes, body ^ 1 << bit, role=INNER)).bit_count()
        for body in range(0, 2**70, 2**66)
        for bit in range(70)
    ]

    assert 34.5 < sum(changed) / len(changed) < 35.5
    assert min(changed) > 12


def test_the_tag_depends_on_all_it_confirms() -> None:
    aes = aes_blocks(KEY)

    tags = {
        confirm_tag(aes, batch=5, index=7, role=INNER),
        confirm_tag(aes, batch=5, index=7, role=OUTER),
        confirm_tag(aes, batch=5, index=8, role=INNER),
        confirm_tag(aes, batch=6, index=7, role=INNER),
        confirm_tag(aes_blocks(bytes(16)), batch=5, index=7, role=INNER),
    }

    assert len(tags) == 5
    assert max(tags) < 2**18

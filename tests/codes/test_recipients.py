from collections.abc import Iterator

import pyrage
import pytest
from pyrage import x25519

from codes.recipients import RecipientWrong, check, encrypted


@pytest.fixture
def printer() -> x25519.Identity:
    return x25519.Identity.generate()


def test_only_the_recipient_opens_what_is_encrypted_for_him(printer: x25519.Identity) -> None:
    plain = [bytes([number]) * 70_001 for number in range(20)]

    sealed = b"".join(encrypted(iter(plain), recipient=str(printer.to_public())))

    assert pyrage.decrypt(sealed, [printer]) == b"".join(plain)
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(sealed, [x25519.Identity.generate()])


def test_whoever_stops_reading_stops_the_encryption(printer: x25519.Identity) -> None:
    taken: list[int] = []

    def plain() -> Iterator[bytes]:
        for number in range(10_000):
            taken.append(number)
            yield bytes(65_536)

    pieces = encrypted(plain(), recipient=str(printer.to_public()))
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]

    assert len(taken) < 100


def test_a_file_that_breaks_off_is_no_file(printer: x25519.Identity) -> None:
    def plain() -> Iterator[bytes]:
        yield bytes(100_000)
        raise OSError("the rest is missing")

    with pytest.raises(pyrage.EncryptError):
        list(encrypted(plain(), recipient=str(printer.to_public())))


@pytest.mark.parametrize("text", ["", "age1", "ssh-ed25519 AAAA", "AGE-SECRET-KEY-1", "age1" + "q" * 58])
def test_what_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(RecipientWrong):
        check(text)

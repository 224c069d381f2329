"""Item keys: frozen, because what they name was stored under them."""

from collections.abc import Iterator

import pytest

from core import keys
from referrals import item_keys


@pytest.fixture(autouse=True)
def _pepper() -> Iterator[None]:
    before = keys._pepper
    keys.use_pepper(bytes(range(32)))
    yield
    if before is not None:
        keys.use_pepper(before)


def test_the_hash_of_a_code_is_for_ever() -> None:
    digest = item_keys.hasher()(item_keys.named(item_keys.CODE, "ABC234XYZ"))

    assert digest.hex() == "c91f24ab1e26c56bf95d62f54bc1766c38f8eb3cb1ccf969d579d026f009ddf9"


def test_the_key_of_a_marking_is_for_ever() -> None:
    key = item_keys.of_marking("04601234567893", "5Nd<kQ8")

    assert key == "gtin+serial:7504d328dc3618aa5fcd7cbd1111244de15046da979dcea00dcd0af4e6da04d9"


def test_another_pepper_makes_another_hash() -> None:
    before = item_keys.of_marking("04601234567893", "A")
    keys.use_pepper(bytes(32))

    assert item_keys.of_marking("04601234567893", "A") != before

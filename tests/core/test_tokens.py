import pytest

from core import tokens
from core.tokens import Prefix


@pytest.mark.parametrize("prefix", ["npa", "npp"])
def test_a_token_is_well_formed_and_new_each_time(prefix: Prefix) -> None:
    made = {tokens.new(prefix) for _ in range(1_000)}

    assert len(made) == 1_000
    assert all(tokens.well_formed(token, prefix) for token in made)
    assert {len(token) for token in made} == {40}


def test_a_token_is_not_of_another_kind() -> None:
    assert not tokens.well_formed(tokens.new("npa"), "npp")


def test_one_wrong_character_anywhere_is_noticed() -> None:
    token = tokens.new("npa")
    typos = [token[:place] + ("x" if token[place] != "x" else "y") + token[place + 1 :] for place in range(len(token))]

    assert not any(tokens.well_formed(typo, "npa") for typo in typos)


def test_two_swapped_characters_are_noticed() -> None:
    token = tokens.new("npa")
    swaps = {token[:place] + token[place + 1] + token[place] + token[place + 2 :] for place in range(4, len(token) - 1)}

    assert not any(tokens.well_formed(swap, "npa") for swap in swaps - {token})


@pytest.mark.parametrize("rubbish", ["", "npa_", "npa", "Bearer", "npa_" + "я" * 36, "npa_" + "a" * 35, "\0" * 40])
def test_rubbish_is_no_token(rubbish: str) -> None:
    assert not tokens.well_formed(rubbish, "npa")


def test_what_is_kept_of_a_token_is_a_hash() -> None:
    token = tokens.new("npp")

    assert len(tokens.digest(token)) == 32
    assert tokens.digest(token) != tokens.digest(tokens.new("npp"))
    assert token.encode() not in tokens.digest(token)

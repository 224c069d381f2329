import hashlib
import re
import unicodedata

import pytest
from mnemonic import Mnemonic

from tests.house.tree import ROOT
from tests.recovery_keys import Language, WordsWrong, key_of_qr, key_of_words, new_qr, new_words, words_of

DOCUMENT = (ROOT / "docs/recovery.md").read_text()
LANGUAGES: list[Language] = ["ru", "en"]


def documented() -> list[tuple[str, str]]:
    """The rows of the table of test vectors: what is kept, and the thumbprint."""
    rows = re.findall(r"^\| (.+?) \| `([A-Za-z0-9_-]{43})` \|$", DOCUMENT, re.MULTILINE)
    return [
        (re.sub(r"(\w+) ×11, (\w+).*", lambda two: f"{two[1]} " * 11 + two[2], kept).strip("`"), print_)
        for kept, print_ in rows
    ]


@pytest.mark.parametrize(("kept", "thumbprint"), documented())
def test_the_documented_vectors_hold(kept: str, thumbprint: str) -> None:
    key = key_of_qr(kept) if ":" in kept else key_of_words(kept, "en" if kept.isascii() else "ru")

    assert key.thumbprint() == thumbprint


@pytest.mark.parametrize(("list_name", "name"), [("russian", "Russian"), ("english", "English")])
def test_the_lists_are_the_documented_ones(list_name: str, name: str) -> None:
    words = [unicodedata.normalize("NFC", word) for word in Mnemonic(list_name).wordlist]

    digest = hashlib.sha256("\n".join(words).encode()).hexdigest()

    assert f"| {name} | `{digest}` |" in DOCUMENT
    assert len({word[:4] for word in words}) == 2048


@pytest.mark.parametrize("language", LANGUAGES)
def test_twelve_words_make_the_same_key_again(language: Language) -> None:
    words = new_words(language)

    assert len(words.split()) == 12
    assert key_of_words(words, language).thumbprint() == key_of_words(words, language).thumbprint()


def test_how_a_person_writes_his_words_does_not_matter() -> None:
    words = words_of(bytes.fromhex("77c2b00716cec7213839159e404db50d"), "ru")
    key = key_of_words(words, "ru")

    written = ["  " + words.upper().replace(" ", "\n  "), unicodedata.normalize("NFD", words), words.replace("е", "ё")]

    assert "й" in words
    assert {key_of_words(one, "ru").thumbprint() for one in written} == {key.thumbprint()}


@pytest.mark.parametrize("spoilt", ["абзац " * 12, "абзац " * 11, "слово " * 12, ""])
def test_a_wrong_word_is_found_on_the_phone(spoilt: str) -> None:
    with pytest.raises(WordsWrong):
        key_of_words(spoilt, "ru")


def test_no_two_recoveries_are_alike() -> None:
    keys = {key_of_words(new_words("ru"), "ru").thumbprint() for _ in range(5)}
    keys |= {key_of_qr(new_qr()).thumbprint() for _ in range(5)}

    assert len(keys) == 10

"""The reference of docs/recovery.md: from twelve words, or from the secret of a QR, to a key pair."""

import secrets
import unicodedata
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import cache
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc.jwk import ECKey
from mnemonic import Mnemonic

Language = Literal["ru", "en"]

QR_PREFIX = "naparnik-recovery:1:"

_LISTS = {"ru": "russian", "en": "english"}
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class WordsWrong(ValueError):
    """A word is not of the list, or the words do not belong together: one was misread or misplaced."""


def new_words(language: Language) -> str:
    """Twelve words that carry 128 bits of chance and 4 bits of checksum."""
    return words_of(secrets.token_bytes(16), language)


def words_of(entropy: bytes, language: Language) -> str:
    """The words of an entropy."""
    return unicodedata.normalize("NFC", _list(language).to_mnemonic(entropy))


def key_of_words(words: str, language: Language) -> ECKey:
    """The key of twelve words as a person types them: spaces, capitals, ё and the form of й do not matter."""
    plain = unicodedata.normalize("NFC", words).lower().replace("ё", "е")
    typed = unicodedata.normalize("NFKD", " ".join(plain.split()))
    if not _list(language).check(typed):
        raise WordsWrong
    return key_of_seed(Mnemonic.to_seed(typed))


def new_qr() -> str:
    """The text of a new recovery QR: 32 bytes of chance."""
    return QR_PREFIX + urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")


def key_of_qr(text: str) -> ECKey:
    """The key of a recovery QR."""
    secret = text.removeprefix(QR_PREFIX)
    return key_of_seed(urlsafe_b64decode(secret + "=" * (-len(secret) % 4)))


def key_of_seed(seed: bytes) -> ECKey:
    """A P-256 key from a seed: 16 bytes more than the scalar has, so that taking the remainder favours no key."""
    stretched = HKDF(algorithm=SHA256(), length=48, salt=None, info=b"naparnik recovery P-256").derive(seed)
    scalar = int.from_bytes(stretched, "big") % (_ORDER - 1) + 1
    return ECKey.import_key(derive_private_key(scalar, SECP256R1()))


@cache
def _list(language: Language) -> Mnemonic:
    """The package's list, in the normal form in which the package itself looks words up."""
    words = Mnemonic(_LISTS[language]).wordlist
    return Mnemonic(_LISTS[language], wordlist=[unicodedata.normalize("NFKD", word) for word in words])

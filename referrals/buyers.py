"""Buyers: whoever pays at a till, by a word that tells him from others, which is made into keys and then dropped."""

import msgspec

from core import customer_peppers, keys


class Buyer(msgspec.Struct, frozen=True):
    """A buyer by his phone, his card or any other word; nothing shows it, and nothing keeps it."""

    word: str

    def __repr__(self) -> str:
        return "Buyer(…)"

    @property
    def keys(self) -> tuple[str, ...]:
        """Who he is in the database, under each version of the pepper that is known here, the current one first."""
        return customer_peppers.pseudonyms(self.word)

    @property
    def fingerprint(self) -> str:
        """What two requests for the same buyer have in common, whichever versions there are; kept for some days."""
        return keys.pseudonym(self.word, customer_peppers.FIRST_PURPOSE).hex()

"""Trust: how far a receipt is proven, the weakest first; a campaign says from where on it pays."""

from enum import StrEnum


class Trust(StrEnum):
    """From a text that can be read to goods that the issuer has named."""

    PARSED = "parsed"
    PLAUSIBLE = "plausible"
    DIGEST = "digest"
    SIGNED_FIRST_USE = "signed_first_use"
    SIGNED = "signed"
    ISSUER_CONFIRMED = "issuer_confirmed"
    ITEMS_CONFIRMED = "items_confirmed"

    @property
    def rank(self) -> int:
        return _RANKS[self]


_RANKS = {trust: rank for rank, trust in enumerate(Trust)}

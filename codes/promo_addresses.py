"""Promo addresses: where the phone's camera takes whoever looks at a promo code. Pure."""

from urllib.parse import quote


def promo_address(origin: str, text: str) -> str:
    """The page of a promo code, in capitals, which a QR packs closer; so it does with Cyrillic letters as percents."""
    return f"{origin.upper()}/P/{quote(text)}"

"""The words of a promo code's page that no handout has, in Russian and English."""

from typing import Final

from msgspec import Struct

from referrals.words import Language


class PageWords(Struct, frozen=True):
    """One language's words."""

    at_the_till: str
    bars: str
    no_offer: str
    no_offer_text: str


PAGE_WORDS: Final[dict[Language, PageWords]] = {
    "ru": PageWords(
        at_the_till="Покажите на кассе",
        bars="Штрихкод {digits}",
        no_offer="Такого промокода сейчас нет",
        no_offer_text="Проверьте, нет ли опечатки, или спросите у того, кто дал вам промокод.",
    ),
    "en": PageWords(
        at_the_till="Show this at the till",
        bars="Barcode {digits}",
        no_offer="There is no such promo code now",
        no_offer_text="Look for a typing mistake, or ask whoever gave you the code.",
    ),
}

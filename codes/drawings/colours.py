"""Colours: the maker's own, as long as phones and scanners with a red lamp still tell dark from light. Pure."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from core.refusals import Unprocessable

Colour = Annotated[str, Meta(pattern="^#[0-9A-Fa-f]{6}(?![\\s\\S])")]

# Of the light that white paper gives back: grade B of ISO/IEC 15415.
_CONTRAST_MIN: Final = 0.55
# How much red, green and blue each add to what an eye or a camera sees.
_EYE: Final = (0.2126, 0.7152, 0.0722)
_RED_LAMP: Final = (1.0, 0.0, 0.0)


class WeakContrast(Unprocessable):
    slug = "weak_contrast"
    title = "The two colours are too close, or the darker one is not the symbol's"


class Ink(Struct, frozen=True, forbid_unknown_fields=True):
    """What modules and letters are printed in, and on what."""

    dark: Colour = "#000000"
    light: Colour = "#FFFFFF"


BLACK_ON_WHITE: Final = Ink()


def check(ink: Ink) -> None:
    """WeakContrast unless the ink is dark on light, for a camera and under the red lamp of a warehouse's scanner."""
    contrast = min(_reflected(ink.light, eye) - _reflected(ink.dark, eye) for eye in (_EYE, _RED_LAMP))
    if contrast < _CONTRAST_MIN:
        raise WeakContrast(contrast=round(contrast, 2), contrast_min=_CONTRAST_MIN)


def rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue


def _reflected(colour: str, eye: tuple[float, float, float]) -> float:
    """The share of white's light that a colour gives back."""
    return sum(share * _linear(value / 255) for share, value in zip(eye, rgb(colour), strict=True))


def _linear(value: float) -> float:
    """A colour's value as sRGB writes it, as an amount of light."""
    return float(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)

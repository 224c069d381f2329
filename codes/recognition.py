"""Recognition: whether a text that stands beside others on a photo is a code of ours, by its form alone. Pure."""

from typing import Literal

from codes.promo_text import number_of, shown
from codes.readings import readings
from core.refusals import DomainError

Ours = Literal["packaging", "promo"]


def ours(text: str) -> Ours | None:
    """A packaging code or a promo code as we print them; None for everything else."""
    if shown(text) != text or number_of(text) is not None:
        return "promo"
    try:
        readings(text)
    except DomainError:
        return None
    return "packaging"

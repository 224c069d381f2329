"""GTIN: a product's number in the shops of the world, 8, 12, 13 or 14 digits of which the last checks the others."""

LENGTHS = (8, 12, 13, 14)


def padded(text: str) -> str | None:
    """The number as 14 digits, the form in which all lengths compare; None if it is no GTIN."""
    digits = text.replace(" ", "").replace("-", "")
    if len(digits) not in LENGTHS or not (digits.isascii() and digits.isdigit()):
        return None
    number = digits.zfill(14)
    weighed = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(number))
    return number if weighed % 10 == 0 else None

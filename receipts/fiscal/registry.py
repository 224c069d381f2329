"""The registry of formats: whose a text is, and what is to be thought of it."""

import re
from string import whitespace
from typing import Final

from receipts.fiscal import austria, germany, kazakhstan, russia
from receipts.fiscal.frame import FiscalFormat, Judged, Receipt, ReceiptMalformed, judged
from receipts.fiscal.keyring import KeyRing

FORMATS: Final[dict[str, FiscalFormat]] = {
    one.code: one for one in (russia.FORMAT, kazakhstan.FORMAT, austria.FORMAT, germany.FORMAT)
}
TEXT_MAX: Final = 8_192
# What people and programs leave around a code: blanks, marks of byte order, quotation marks, brackets of addresses.
_AROUND: Final = f"{whitespace}\xa0\ufeff\u200b\u2060\"'`<>«»“”„"
# Scanners on a cable say first what kind of symbol they have read.
_SYMBOLOGY: Final = re.compile(r"^\](?:Q[0-6]|d[0-6])", re.ASCII)


def format_of(text: str) -> FiscalFormat | None:
    """The format that a text is meant as; None where it is no receipt at all."""
    plain = _trimmed(text)
    return next((one for one in FORMATS.values() if one.detect(plain)), None)


def parse(text: str, *, code: str | None = None) -> Receipt:
    """The receipt that a text is; ReceiptMalformed where it is none. `code` is the format, where that is known."""
    found = FORMATS.get(code) if code else format_of(text)
    if found is None or len(text) > TEXT_MAX:
        raise ReceiptMalformed(field="text", problem="too_long" if len(text) > TEXT_MAX else "no_receipt")
    return found.parse(_trimmed(text))


def judge(text: str, keys: KeyRing, *, code: str | None = None) -> Judged:
    """Read a text as a receipt and weigh it; ReceiptMalformed where it is none."""
    receipt = parse(text, code=code)
    return judged(receipt, FORMATS[receipt.format].verify(receipt, keys))


def _trimmed(text: str) -> str:
    """The text without what stands around it; nothing of one that is longer than any code."""
    return _SYMBOLOGY.sub("", text.strip(_AROUND)) if len(text) <= TEXT_MAX else ""

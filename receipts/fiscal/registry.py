"""The registry of formats: whose a text is, and what is to be thought of it."""

from typing import Final

from receipts.fiscal import austria, germany, kazakhstan, russia
from receipts.fiscal.frame import FiscalFormat, Judged, ReceiptMalformed, judged
from receipts.fiscal.keyring import KeyRing

FORMATS: Final[dict[str, FiscalFormat]] = {
    one.code: one for one in (russia.FORMAT, kazakhstan.FORMAT, austria.FORMAT, germany.FORMAT)
}
TEXT_MAX: Final = 8_192


def format_of(text: str) -> FiscalFormat | None:
    """The format that a text is meant as; None where it is no receipt at all."""
    if len(text) > TEXT_MAX:
        return None
    return next((one for one in FORMATS.values() if one.detect(text)), None)


def judge(text: str, keys: KeyRing, *, code: str | None = None) -> Judged:
    """Read a text as a receipt and weigh it; ReceiptMalformed where it is none."""
    found = FORMATS.get(code) if code else format_of(text)
    if found is None or len(text) > TEXT_MAX:
        raise ReceiptMalformed(problem="no_receipt")
    receipt = found.parse(text)
    return judged(receipt, found.verify(receipt, keys))

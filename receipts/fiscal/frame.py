"""The frame of a fiscal format: what a receipt says, what proves it, and how far it can be trusted."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from core.refusals import BadRequest, Unprocessable
from programs.trust import Trust

if TYPE_CHECKING:
    from receipts.fiscal.keyring import KeyRing


class ReceiptMalformed(BadRequest):
    """Facts: `field` that is wrong where one is, and `problem` in a word."""

    slug = "malformed"
    title = "This cannot be read as a receipt"


class ReceiptUnverified(Unprocessable):
    """Facts: `evidence`, the kinds of proof that failed."""

    slug = "receipt_unverified"
    title = "What this receipt says does not hold together"


class ReceiptOfTestDevice(Unprocessable):
    slug = "receipt_of_test_device"
    title = "This receipt comes from a till that is being tried out"


class Operation(StrEnum):
    """What the till did; only a sale can ever pay, a return takes back."""

    SALE = "sale"
    RETURN = "return"
    EXPENSE = "expense"
    EXPENSE_RETURN = "expense_return"
    TRAINING = "training"
    OTHER = "other"


class EvidenceKind(StrEnum):
    """What was looked at."""

    RANGE = "range"
    CHECK_DIGIT = "check_digit"
    ARITHMETIC = "arithmetic"
    CONSISTENT = "consistent"
    DIGEST = "digest"
    SIGNATURE = "signature"
    FIRST_USE = "first_use"
    KEY = "key"
    CHAIN = "chain"
    DEVICE_DOWN = "device_down"
    SERIES = "series"
    ORDER = "order"
    TEST_DEVICE = "test_device"
    PRICE = "price"
    SELLER = "seller"
    NEIGHBOUR = "neighbour"


# What makes a receipt worth a second look and proves nothing against it.
_SOFT = frozenset(
    {
        EvidenceKind.SERIES,
        EvidenceKind.ORDER,
        EvidenceKind.TEST_DEVICE,
        EvidenceKind.DEVICE_DOWN,
        EvidenceKind.PRICE,
        EvidenceKind.SELLER,
        EvidenceKind.NEIGHBOUR,
    }
)

# What a proof that holds is worth.
_PROVES = {
    EvidenceKind.RANGE: Trust.PLAUSIBLE,
    EvidenceKind.CHECK_DIGIT: Trust.PLAUSIBLE,
    EvidenceKind.ARITHMETIC: Trust.PLAUSIBLE,
    EvidenceKind.DIGEST: Trust.DIGEST,
    EvidenceKind.FIRST_USE: Trust.SIGNED_FIRST_USE,
    EvidenceKind.SIGNATURE: Trust.SIGNED,
}


class Evidence(msgspec.Struct, frozen=True):
    """One proof: its kind, whether it holds, and what was seen."""

    kind: EvidenceKind
    ok: bool
    detail: str = ""


class Payment(StrEnum):
    """How a line was settled; a bonus is for goods that were handed over and paid in full."""

    FULL = "full"
    PREPAYMENT = "prepayment"
    ADVANCE = "advance"
    CREDIT = "credit"
    CREDIT_PAYMENT = "credit_payment"


class ReceiptLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Some goods on a receipt: amounts in minor units, `quantity` as it was weighed or counted."""

    name: str
    quantity: Decimal | None = None
    price_minor: int | None = None
    amount_minor: int
    gtin: str | None = None
    serial: str | None = None
    payment: Payment = Payment.FULL
    # The tax number of whoever really sells, where a marketplace prints the receipt.
    seller: str | None = None
    is_goods: bool = True


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What a fiscal document says. `identity` is the same for every spelling of it; `issued_at` is the till's clock.

    `text` is what a signature covers, in the format's own spelling; it holds nobody's name.
    """

    format: str
    identity: str
    currency: str
    total_minor: int
    # Some sources leave it out; who takes receipts in asks for it.
    issued_at: datetime | None
    operation: Operation
    numbers: dict[str, str]
    text: str = ""
    lines: tuple[ReceiptLine, ...] = ()
    seller: str | None = None
    # Only whether there is one: a company that buys is treated as the program's jurisdiction says.
    has_buyer_tax_number: bool = False
    # What the till has printed of the order that was paid: its shop and its reference.
    order: tuple[str, str] | None = None
    is_test: bool = False
    # What it was found to agree or disagree with itself about while it was read.
    agreements: tuple[Evidence, ...] = ()


class FiscalFormat(msgspec.Struct, frozen=True):
    """One country's format as functions: `detect` whether a text is meant as one, `parse` it, `verify` what it says."""

    code: str
    currency: str
    detect: Callable[[str], bool]
    parse: Callable[[str], Receipt]
    verify: Callable[[Receipt, "KeyRing"], list[Evidence]]


class Judged(msgspec.Struct, frozen=True):
    """A receipt with everything that was found for and against it."""

    receipt: Receipt
    evidence: tuple[Evidence, ...]
    trust: Trust
    refusal: ReceiptUnverified | ReceiptOfTestDevice | None


def judged(receipt: Receipt, evidence: Sequence[Evidence]) -> Judged:
    """How far the evidence carries; one hard proof that fails refuses the receipt."""
    failed = [one.kind.value for one in evidence if not one.ok and one.kind not in _SOFT]
    if failed:
        return Judged(receipt, tuple(evidence), Trust.PARSED, ReceiptUnverified(evidence=failed))
    proven = [_PROVES[one.kind] for one in evidence if one.ok and one.kind in _PROVES]
    # The test till of another country is refused by whoever takes receipts in; a Russian one says so by its number.
    is_trial = any(one.kind is EvidenceKind.TEST_DEVICE and not one.ok for one in evidence) and receipt.format == "ru"
    trust = max(proven, key=lambda one: one.rank, default=Trust.PARSED)
    return Judged(receipt, tuple(evidence), trust, ReceiptOfTestDevice() if is_trial else None)

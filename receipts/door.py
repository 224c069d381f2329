"""The door: what no receipt may be, whoever brings it: a trial, not a sale, too old, from the future. Pure."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from core.refusals import DomainError, Unprocessable
from core.settings import Settings
from receipts.fiscal.frame import Judged, Operation, Payment, Receipt, ReceiptOfTestDevice, ReceiptUnverified

# A till's clock has no zone, and is never a whole day ahead of the world's.
AHEAD_MAX: Final = timedelta(days=1)
TAKEN: Final = frozenset({Operation.SALE, Operation.RETURN})


class ReceiptTooOld(Unprocessable):
    slug = "receipt_too_old"
    title = "This receipt is older than what is taken"


class ReceiptInFuture(Unprocessable):
    slug = "receipt_in_future"
    title = "This receipt says that it was printed later than now"


class ReceiptNotASale(Unprocessable):
    slug = "receipt_not_a_sale"
    title = "Only what was sold to a buyer counts"


class ReceiptNotSettled(Unprocessable):
    slug = "receipt_not_settled"
    title = "Nothing on this receipt was handed over and paid in full"


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What is taken: how old, how many of an agent, a till and a shop in a day, and whether trials are."""

    age_days_max: int = 30
    agent_day_max: int = 20
    till_day_max: int = 100
    shop_day_max: int = 1_000
    takes_trials: bool = False


def policy_of(settings: Settings) -> Policy:
    """The policy that an installation's settings say."""
    return Policy(
        age_days_max=settings.receipt_age_days,
        agent_day_max=settings.receipts_per_agent_day,
        till_day_max=settings.receipts_per_till_day,
        shop_day_max=settings.receipts_per_shop_day,
        takes_trials=settings.environment != "production",
    )


def objection(found: Judged, policy: Policy, *, now: datetime) -> DomainError | None:
    """Why this receipt is not taken at all, if it is not."""
    receipt = found.receipt
    if isinstance(found.refusal, ReceiptUnverified):
        return found.refusal
    if receipt.is_test and not policy.takes_trials:
        return ReceiptOfTestDevice()
    if receipt.operation not in TAKEN:
        return ReceiptNotASale(operation=receipt.operation.value)
    return _untimely(receipt, policy, now=now) or _unsettled(receipt)


def _untimely(receipt: Receipt, policy: Policy, *, now: datetime) -> DomainError | None:
    clock = now.replace(tzinfo=None)
    if receipt.issued_at is None or receipt.issued_at > clock + AHEAD_MAX:
        return ReceiptInFuture(field="t")
    if receipt.issued_at < clock - timedelta(days=policy.age_days_max):
        return ReceiptTooOld(field="t", days_max=policy.age_days_max)
    return None


def _unsettled(receipt: Receipt) -> DomainError | None:
    """A prepayment pays nothing: the receipt for the goods themselves will come, and pays once."""
    pays = [line for line in receipt.lines if line.is_goods and line.payment is Payment.FULL]
    return ReceiptNotSettled() if receipt.lines and not pays else None

"""Why a campaign pays nothing: the part of the public refusal slugs that rules, budgets and limits give."""

from enum import StrEnum


class Reason(StrEnum):
    """Ordered from the most distant miss to the nearest, which is the one worth telling."""

    EXPIRED = "expired"
    NOT_STARTED = "not_started"
    STOPPED = "stopped"
    NOT_ACTIVE = "not_active"
    NOT_ELIGIBLE_PRODUCT = "not_eligible_product"
    NOT_ELIGIBLE_SEGMENT = "not_eligible_segment"
    RECEIPT_UNVERIFIED = "receipt_unverified"
    MIN_AMOUNT = "min_amount"
    SELF_PURCHASE = "self_purchase"
    GIVEN_AS_DISCOUNT = "given_as_discount"
    STACKING_CONFLICT = "stacking_conflict"
    GOODS_RETURNED = "goods_returned"
    PURCHASE_PAID = "purchase_paid"
    LIMIT_CODE = "limit_code"
    LIMIT_CUSTOMER = "limit_customer"
    LIMIT_SHOP = "limit_shop"
    LIMIT_AGENT = "limit_agent"
    LIMIT_CAMPAIGN = "limit_campaign"
    BUDGET_EXHAUSTED = "budget_exhausted"


NEARNESS = {reason: rank for rank, reason in enumerate(Reason)}

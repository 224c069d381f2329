"""Facts: everything about one activity that a rule may look at, complete in itself and stored as JSON."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from programs.tells import EVERYTHING, Tells
from programs.trust import Trust


class ActivityKind(StrEnum):
    """What an agent did; each campaign waits for one of these."""

    CODE_SCANNED = "code_scanned"
    PROMO_REDEEMED = "promo_redeemed"
    RECEIPT_MATCHED = "receipt_matched"
    UNIT_REGISTERED = "unit_registered"
    FRIEND_CONVERTED = "friend_converted"
    COURSE_PASSED = "course_passed"


class Line(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Some pieces of one product, and what they cost where the evidence says so."""

    product_id: UUID | None
    sku: str
    quantity: int
    amount_minor: int | None = None
    currency: str | None = None


class CrewMember(msgspec.Struct, frozen=True, gc=False):
    """One of several who did the work together; shares are weights between the members."""

    agent_id: UUID
    share_basis_points: int


class Facts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One activity. What arrived later than it, or was computed from it, has no place here."""

    activity_id: UUID
    kind: ActivityKind
    program_id: UUID
    agent_id: UUID
    occurred_at: datetime
    accepted_at: datetime
    purchase_id: UUID | None = None
    # The activity to which this one adds goods that turned out later; their standing is the first one's.
    part_of: UUID | None = None
    lines: tuple[Line, ...] = ()
    shop_id: UUID | None = None
    region: str | None = None
    # Where the goods were meant to be sold, which is not always where they were.
    territory: str | None = None
    channel: str | None = None
    batch: int | None = None
    code_id: UUID | None = None
    customer_key: str | None = None
    customer_agent_id: UUID | None = None
    seller_agent_id: UUID | None = None
    partner_agent_id: UUID | None = None
    crew: tuple[CrewMember, ...] = ()
    segments: frozenset[str] = frozenset()
    tier: str | None = None
    is_self_purchase: bool = False
    # No proof but the customer's own key tells whose purchase it is: his agent's window over him was still open.
    is_repeat: bool = False
    # How many orders of this customer the program knew before, and how many of them came back whole.
    customer_orders: int | None = None
    customer_returned: int = 0
    # How far the receipt behind it is proven.
    trust: Trust | None = None
    # Another proof of a purchase that the standing has counted already.
    is_further_proof: bool = False
    # The goods had come back to their shop, and nobody had shown since that they were sold again.
    goods_returned: bool = False
    # How much of it its agent may know, by the campaign that had the sale, as it was then.
    tells: Tells = EVERYTHING


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Facts)


def encode_facts(facts: Facts) -> bytes:
    """JSON, the same bytes for the same facts."""
    return _encoder.encode(facts)


def decode_facts(stored: bytes | str) -> Facts:
    """Facts as they were stored; fields that a newer version wrote are passed over."""
    return _decoder.decode(stored)

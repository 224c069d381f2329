"""Slips: what a till gave without a network, signed with its own key as a compact JWS (RFC 7515, EdDSA). Pure."""

import base64
import binascii
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from codes.customers import Customer
from codes.orders import CODES_MAX, LINES_MAX, AskedCode, AskedLine, Order
from core.refusals import Unprocessable
from core.text import Key
from core.times import Moment

SLIP_LETTERS_MAX: Final = 100_000
# So far ahead a till's clock may go; it is then believed to be our own.
SKEW: Final = timedelta(minutes=5)
SIGNATURE_BYTES: Final = 64


class SlipUnreadable(Unprocessable):
    slug = "slip_unreadable"
    title = "This is no slip"


class SlipForged(Unprocessable):
    slug = "slip_forged"
    title = "The slip is not signed by a terminal of this shop that may still sign"


class SlipAhead(Unprocessable):
    """Facts: the slip's time (`at`) and ours (`now`)."""

    slug = "slip_ahead"
    title = "The till's clock is ahead of ours"


class SlipTooLate(Unprocessable):
    """Facts: `until`, when it would have been taken last."""

    slug = "slip_too_late"
    title = "The slip has come too late"


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    alg: Literal["EdDSA"]
    kid: UUID


class Slip(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An order that was paid offline: the till's number for the slip, its time, and the discount that it gave."""

    seq: Annotated[int, Meta(ge=1, le=2**53)]
    order_ref: Key
    codes: Annotated[tuple[AskedCode, ...], Meta(min_length=1, max_length=CODES_MAX)]
    lines: Annotated[tuple[AskedLine, ...], Meta(min_length=1, max_length=LINES_MAX)]
    at: Moment
    expires_at: Moment
    discount_minor: Annotated[int, Meta(ge=0, le=10**15)]
    rounding_minor: Annotated[int, Meta(ge=1, le=100_000)] = 1
    customer: Customer | None = None

    @property
    def order(self) -> Order:
        """The order as checkout takes it."""
        return Order(self.order_ref, self.codes, self.lines, self.rounding_minor)


class SignedSlip(msgspec.Struct, frozen=True):
    """A slip with what proves it: the terminal that it names, what was signed, the signature."""

    terminal_id: UUID
    slip: Slip
    signed: bytes
    signature: bytes


def read(text: str) -> SignedSlip:
    """A slip as it was sent; nothing is proven yet. SlipUnreadable."""
    try:
        head, body, signature = text.split(".")
        signed = SignedSlip(
            terminal_id=_header.decode(_decoded(head)).kid,
            slip=_slip.decode(_decoded(body)),
            signed=f"{head}.{body}".encode("ascii"),
            signature=_decoded(signature),
        )
    except (ValueError, msgspec.MsgspecError, RecursionError) as broken:
        raise SlipUnreadable(detail=str(broken)[:200]) from None
    if len(signed.signature) != SIGNATURE_BYTES:
        raise SlipUnreadable
    return signed


def refuse_untimely(slip: Slip, *, window: timedelta, now: datetime) -> None:
    """SlipAhead or SlipTooLate for what no clock that may be trusted could have made."""
    if slip.at > now + SKEW:
        raise SlipAhead(at=slip.at, now=now)
    until = min(slip.at + window, slip.expires_at)
    if now > until:
        raise SlipTooLate(until=until)


def _decoded(part: str) -> bytes:
    """Base64url without padding, and only as everybody writes it: other letters for the same bytes are refused."""
    try:
        found = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except binascii.Error as broken:
        raise ValueError("not base64url") from broken
    if base64.urlsafe_b64encode(found).rstrip(b"=").decode() != part:
        raise ValueError("not base64url as it is written")
    return found


_header = msgspec.json.Decoder(_Header)
_slip = msgspec.json.Decoder(Slip)

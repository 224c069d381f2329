"""Orders: what a till asks for codes, what was looked up for it, the prices that it gets and what the agent is paid."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from codes import promo_text
from codes.promo_codes import Found
from core.refusals import Unprocessable
from core.text import Key
from programs.decision import Decision, Demand
from programs.facts import ActivityKind, Facts, Line
from programs.installation import DiscountForm
from programs.pledges import merged
from programs.pricing import Pieces
from referrals.attributions import Attributed, Given
from referrals.known_customers import Known
from referrals.segments import NO_SEGMENTS

LINES_MAX = 500
CODES_MAX = 10

# As it was typed, scanned or pasted: whatever is no code gives nothing, and nothing but a NUL is unreadable.
AskedCode = Annotated[str, Meta(min_length=1, max_length=500, pattern="^[^\\u0000]*(?![\\s\\S])")]


class AskedLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of an order: pieces of one product, by SKU or GTIN, and what they cost after the till's own discounts."""

    ref: Key
    sku: Key
    quantity: Annotated[int, Meta(ge=1, le=100_000)]
    amount_minor: Annotated[int, Meta(ge=0, le=10**12)]
    min_amount_minor: Annotated[int, Meta(ge=0, le=10**12)] = 0
    discountable: bool = True


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order as a till knows it; `rounding_minor` is the step of its prices.

    Without codes it is an order of a customer who is known, or who came by a `link`. A `seller` who is an agent himself
    is named by a code of his.
    """

    order_ref: Key
    codes: Annotated[tuple[AskedCode, ...], Meta(max_length=CODES_MAX)]
    lines: Annotated[tuple[AskedLine, ...], Meta(min_length=1, max_length=LINES_MAX)]
    rounding_minor: Annotated[int, Meta(ge=1, le=100_000)] = 1
    # Left out where there is none, so that what is compared with an order of yesterday's has the same bytes.
    link: AskedCode | UnsetType = UNSET
    seller: AskedCode | UnsetType = UNSET

    @property
    def shown(self) -> tuple[str, ...]:
        """Everything in it that may be a code by which its customer came."""
        return self.codes if self.link is UNSET or self.link in self.codes else (*self.codes, self.link)

    @property
    def whose(self) -> str | None:
        """Whose it probably is, as far as can be told without asking anybody: its first code, however it is spelled."""
        return promo_text.skeleton(promo_text.shown(self.shown[0])) if self.shown else None


class Asked(msgspec.Struct, frozen=True):
    """An order with everything that was looked up for it."""

    order: Order
    id: UUID
    shop_id: UUID
    program_id: UUID
    products: Mapping[str, UUID]
    codes: Mapping[str, Found]
    customer: Known | None
    occurred_at: datetime
    now: datetime
    currency: str
    region: str | None
    discount_form: DiscountForm
    # What those who may have the sale are in, as far as a campaign of theirs looks at that.
    segments: Mapping[UUID, frozenset[str]] = {}

    def live(self, text: str) -> Found | None:
        """The code that a text means; one of another program, paused or archived is to a till as if there were none."""
        code = self.codes.get(text)
        return code if code and code.state == "active" and code.program_id == self.program_id else None

    def facts(self, code: Found, amounts_minor: Sequence[int], *, is_repeat: bool = False) -> Facts:
        """The order as one code's campaign sees it, its lines at these prices."""
        seller = None if self.order.seller is UNSET else self.codes.get(self.order.seller)
        lines = zip(self.order.lines, amounts_minor, strict=True)
        facts = Facts(
            activity_id=self.id,
            kind=ActivityKind.PROMO_REDEEMED,
            program_id=self.program_id,
            agent_id=code.agent_id,
            occurred_at=self.occurred_at,
            accepted_at=self.now,
            lines=tuple(
                Line(self.products.get(line.sku), line.sku, line.quantity, amount_minor, self.currency)
                for line, amount_minor in lines
            ),
            shop_id=self.shop_id,
            region=self.region,
            code_id=code.id,
            seller_agent_id=seller.agent_id if seller and seller.program_id == self.program_id else None,
            is_repeat=is_repeat,
            segments=self.segments.get(code.agent_id, NO_SEGMENTS),
        )
        return facts if self.customer is None else _with_customer(facts, self.customer)


def _with_customer(facts: Facts, known: Known) -> Facts:
    return msgspec.structs.replace(
        facts,
        customer_key=known.key,
        customer_agent_id=known.confirmed_owner,
        customer_orders=known.orders,
        customer_returned=known.returned,
        is_self_purchase=facts.agent_id in known.owners,
    )


class LinePrice(msgspec.Struct, frozen=True):
    """The final price of a line, and the prices of its pieces, which sum to it."""

    ref: str
    amount_minor: int
    discount_minor: int
    final_minor: int
    pieces: tuple[Pieces, ...]


class CodeAnswer(msgspec.Struct, frozen=True):
    """What became of one code: the discount that it gives, or why it gives none; whether it has the sale."""

    code: str
    discount_minor: int
    reason: str | None = None
    attribution: str | None = None


class Evaluated(msgspec.Struct, frozen=True):
    """An order as it would be redeemed now; nothing of it is given where every code was refused."""

    lines: tuple[LinePrice, ...]
    codes: tuple[CodeAnswer, ...]
    final_minor: int
    discount_minor: int
    currency: str
    discount_form: DiscountForm
    # What of the discounts the shop bears itself.
    shop_minor: int
    code: Found | None
    attributed: Attributed | None
    # Why the customer's own window, where one is open, does not give the sale.
    window_reason: str | None
    facts: Facts | None
    decision: Decision
    given: tuple[Given, ...]
    # What of the discounts the maker pays, by campaign, with the limits that each use counts for.
    discounts: tuple[Demand, ...]

    @property
    def demands(self) -> tuple[Demand, ...]:
        """Everything that has to have room before the order may be promised anything, once for each budget."""
        return tuple(merged((*self.discounts, *(award.demand for award in self.decision.awards))))


class LineRefsRepeated(Unprocessable):
    """Facts: the `refs` that stand at more than one line."""

    slug = "line_refs_repeated"
    title = "Two lines of the order have one reference"


def refuse_repeated(order: Order) -> None:
    """LineRefsRepeated where a return could not say which of two lines it means."""
    counted = Counter(line.ref for line in order.lines)
    if repeated := [ref for ref, times in counted.items() if times > 1]:
        raise LineRefsRepeated(refs=repeated)

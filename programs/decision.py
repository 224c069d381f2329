"""Decision: what the campaigns say to an activity, in terms that accruals, budgets and limits can be made from."""

from functools import cached_property
from uuid import UUID

import msgspec

from core.ids import derived
from programs.effects import Beneficiary
from programs.reasons import NEARNESS, Reason
from programs.rules import LimitScope


class LimitDemand(msgspec.Struct, frozen=True, dict=True):
    """One use of a limit: whose, in which period, and how much the limit allows."""

    campaign_id: UUID
    scope: LimitScope
    subject: str
    period_key: str
    max_count: int | None
    max_minor: int | None

    @cached_property
    def id(self) -> UUID:
        """The one id that the use of a limit by a subject in a period can have."""
        return derived(b"limit", str(self.campaign_id), self.scope, self.period_key, self.subject)


class Demand(msgspec.Struct, frozen=True):
    """What an award asks of its campaign's budget and limits."""

    campaign_id: UUID
    asset: str
    amount_minor: int
    limits: tuple[LimitDemand, ...] = ()
    # A return that leaves something of the purchase gives money back and keeps the use counted: its count is 0.
    count: int = 1


class Grant(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An amount for one beneficiary; (activity, campaign, effect, beneficiary's id) names it for ever."""

    campaign_id: UUID
    version: int
    effect: int
    beneficiary: Beneficiary
    beneficiary_agent_id: UUID
    asset: str
    amount_minor: int
    wait_seconds: int
    expires_after_days: int | None
    debt_share_basis_points: int
    # What the rule came to before other proofs of the purchase were set against it, where that was more.
    worth_minor: int | None = None
    # What its agent gave up of it for the customer's discount: it has left the amount already.
    given_minor: int = 0


class Award(msgspec.Struct, frozen=True):
    """What one campaign pays: all of it or nothing."""

    campaign_id: UUID
    version: int
    grants: tuple[Grant, ...]
    demand: Demand


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """A campaign that pays nothing, and why."""

    campaign_id: UUID
    version: int | None
    reason: Reason


class Decision(msgspec.Struct, frozen=True):
    """All answers, in the order in which the campaigns were asked."""

    awards: tuple[Award, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    # What would have been paid if other proofs of the purchase, or goods that came back, had not been before it.
    claimed: tuple[tuple[Award, Reason], ...] = ()

    @property
    def grants(self) -> tuple[Grant, ...]:
        return tuple(grant for award in self.awards for grant in award.grants)

    @property
    def reason(self) -> Reason | None:
        """Nothing if something is paid; else the reason of the campaign that came nearest to paying."""
        if self.awards:
            return None
        reasons = (refusal.reason for refusal in self.refusals)
        return max(reasons, key=NEARNESS.__getitem__, default=Reason.NOT_ELIGIBLE_PRODUCT)

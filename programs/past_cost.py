"""Past cost: rules played over the purchases of a past year, to see what they would have cost month by month. Pure."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from core.money import percent
from programs.campaign import BEGINNING, Campaign, CampaignState, CampaignVersion, prepare
from programs.decide import decide
from programs.decision import Award, Demand
from programs.discounts import AnyDiscount, OrderLine
from programs.effects import rate_of
from programs.facts import Facts
from programs.limits import demands_of
from programs.periods import Period, first_day
from programs.pledges import merged
from programs.pricing import Offer, priced
from programs.reasons import Reason
from programs.rules import Eligibility, LimitScope, Rules
from programs.seats import Seats, budget_id, seat
from programs.standing import Standing

PLAYED = UUID(int=0)
A_YEAR = timedelta(days=365)


class Past(msgspec.Struct, frozen=True):
    """A purchase of the past; `lines` are its prices before any discount of ours, where it was made at a till."""

    facts: Facts
    lines: tuple[OrderLine, ...] = ()


class Cost(msgspec.Struct):
    """What some purchases would have cost: how many there were, how many were given something, and how much.

    `shop_minor` is what of the discounts the shops would have borne.
    """

    purchases: int = 0
    given: int = 0
    bonus_minor: int = 0
    discount_minor: int = 0
    shop_minor: int = 0

    def add(self, other: "Cost") -> None:
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class PastCost(msgspec.Struct, frozen=True, kw_only=True):
    """What rules would have cost from one day to another, if every purchase of their kind had come under them.

    The days on which the campaign is to run are left aside; `same_days` is the part of the year that they were. The
    budgets hold nothing back either: `…_out_on` are the days on which they would have been used up.
    """

    since: date
    until: date
    asset: str
    currency: str
    whole: Cost
    months: dict[date, Cost]
    same_days: Cost | None
    participants: int
    refusals: dict[Reason, int]
    bonus_out_on: date | None
    discount_out_on: date | None


class Play:
    """Rules on their way through the past, the earliest purchase first.

    It remembers what each agent has bought only where the rules look at that.
    """

    def __init__(
        self, rules: Rules, *, zone: ZoneInfo, currency: str, since: date, until: date, caps: Mapping[str, int]
    ) -> None:
        self._rules, self._zone, self._currency, self._caps = rules, zone, currency, caps
        self._since, self._until = since, until
        self._campaign = _as_if_it_had_always_run(rules, zone)
        self._version: CampaignVersion = self._campaign.versions[0]
        self._counts_customers = any(limit.scope is LimitScope.CUSTOMER for limit in rules.limits)
        self._budgets = {budget_id(PLAYED, asset): Seats() for asset in (rules.asset, currency)}
        self._limits: dict[UUID, Seats] = {}
        self._standings: dict[UUID, Standing] = {}
        self._nothing = Standing(zone, currency)
        self._participants: set[UUID] = set()
        self._refusals: Counter[Reason] = Counter()
        self._months: dict[date, Cost] = {}
        self._season = _season(rules.eligibility, since=since, until=until)
        self._same_days = Cost()
        self._out_on: dict[str, date] = {}

    def add(self, past: Past) -> None:
        """Play one purchase of the kind that the rules wait for."""
        facts = past.facts
        standing = self._standing(facts)
        cost = self._given(past, standing)
        if self._version.needs_standing:
            standing.add(facts)
        if isinstance(cost, Reason):
            self._refusals[cost] += 1
            cost = Cost(purchases=1)
        else:
            self._participants.add(facts.agent_id)
        day = facts.accepted_at.astimezone(self._zone).date()
        self._months.setdefault(first_day(Period.MONTH, day), Cost()).add(cost)
        if self._season and self._season[0] <= day <= self._season[1]:
            self._same_days.add(cost)
        self._look_at_budgets(day)

    def cost(self) -> PastCost:
        """What it has come to."""
        whole = Cost()
        for month in self._months.values():
            whole.add(month)
        return PastCost(
            since=self._since,
            until=self._until,
            asset=self._rules.asset,
            currency=self._currency,
            whole=whole,
            months=dict(sorted(self._months.items())),
            same_days=self._same_days if self._season else None,
            participants=len(self._participants),
            refusals=dict(self._refusals),
            bonus_out_on=self._out_on.get(self._rules.asset),
            discount_out_on=self._out_on.get(self._currency) if self._rules.discounts else None,
        )

    def _given(self, past: Past, standing: Standing) -> Cost | Reason:
        facts, off = past.facts, self._discounts(past)
        if isinstance(reason := self._objection(facts, standing), Reason):
            return reason
        discount_minor = 0
        if past.lines:
            lines = priced(past.lines, [Offer(PLAYED, off)])
            discount_minor = sum(line.discount_minor for line in lines)
            facts = _at_prices(facts, [line.final_minor for line in lines])
        decision = decide(facts, [self._campaign], standing)
        if not decision.awards and not discount_minor:
            return decision.reason or Reason.MIN_AMOUNT
        shop_minor = percent(discount_minor, self._rules.funding.shop_basis_points)
        bonus_minor = sum(award.demand.amount_minor for award in decision.awards)
        bonus_minor -= min(bonus_minor, self._agents_share(discount_minor))
        demands = self._demands(facts, standing, decision.awards, bonus_minor, discount_minor - shop_minor)
        for demand in demands:
            for limit in demand.limits:
                self._limits.setdefault(limit.id, Seats())
        [refused] = seat([demands], self._budgets, self._limits)
        return refused.reason if refused else Cost(1, 1, bonus_minor, discount_minor, shop_minor)

    def _demands(
        self, facts: Facts, standing: Standing, awards: tuple[Award, ...], bonus_minor: int, maker_minor: int
    ) -> list[Demand]:
        """What it asks of budgets and limits, a use counted once."""
        limits = awards[0].demand.limits if awards else tuple(demands_of(self._version, facts, standing))
        bonus = Demand(PLAYED, self._rules.asset, bonus_minor, limits)
        return merged([bonus, Demand(PLAYED, self._currency, maker_minor)])

    def _objection(self, facts: Facts, standing: Standing) -> Reason | None:
        """Why a till would give nothing, by the prices before the discount."""
        if facts.is_repeat and self._rules.attribution is None:
            return Reason.NOT_ACTIVE
        if facts.customer_key is None and self._counts_customers:
            return Reason.LIMIT_CUSTOMER
        if facts.is_self_purchase and self._rules.self_purchase == "deny":
            return Reason.SELF_PURCHASE
        for condition in self._version.conditions:
            if not condition.holds(facts, standing).holds:
                return condition.why_not(facts, standing)
        return None

    def _discounts(self, past: Past) -> tuple[AnyDiscount, ...]:
        if past.facts.is_self_purchase and self._rules.self_purchase == "bonus_only":
            return ()
        return self._rules.repeated.discounts if past.facts.is_repeat else self._rules.discounts

    def _agents_share(self, discount_minor: int) -> int:
        """What of a discount the agent would have paid out of his bonus."""
        rate = rate_of(self._currency, asset=self._rules.asset, rates=self._rules.rates)
        return percent(discount_minor, self._rules.funding.agent_basis_points) * rate.minor // rate.per

    def _standing(self, facts: Facts) -> Standing:
        if not self._version.needs_standing:
            return self._nothing
        return self._standings.setdefault(facts.agent_id, Standing(self._zone, self._currency))

    def _look_at_budgets(self, day: date) -> None:
        for asset, cap_minor in self._caps.items():
            seats = self._budgets.get(budget_id(PLAYED, asset))
            if seats is not None and seats.added_minor > cap_minor:
                self._out_on.setdefault(asset, day)


def _season(eligibility: Eligibility, *, since: date, until: date) -> tuple[date, date] | None:
    """The days that the campaign's own were a year before, where they are a part of the year that is played."""
    first, last = (eligibility.starts_on or until) - A_YEAR, eligibility.ends_on
    return None if last is None or first < since or last - A_YEAR >= until else (first, last - A_YEAR)


def _at_prices(facts: Facts, finals: list[int]) -> Facts:
    lines = tuple(
        msgspec.structs.replace(line, amount_minor=final) for line, final in zip(facts.lines, finals, strict=True)
    )
    return msgspec.structs.replace(facts, lines=lines)


def _as_if_it_had_always_run(rules: Rules, zone: ZoneInfo) -> Campaign:
    """The same rules without the days on which they are to be in force."""
    always: Eligibility = msgspec.structs.replace(rules.eligibility, starts_on=None, ends_on=None)
    version = prepare(
        msgspec.structs.replace(rules, eligibility=always),
        campaign_id=PLAYED,
        version=1,
        effective_from=BEGINNING,
        zone=zone,
    )
    return Campaign(
        id=PLAYED,
        program_id=PLAYED,
        name="",
        state=CampaignState.ACTIVE,
        versions=(version,),
        activated_at=BEGINNING,
    )

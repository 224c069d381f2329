"""A world of shops, agents and customers, in which orders meet in budgets and limits, and what became of them."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import asyncpg

from codes import promo_codes
from core.db import fetch, fetch_value, transaction
from programs import revision
from programs.discounts import AmountOff, AnyDiscount, PercentOff
from programs.effects import Fixed, Percent
from programs.periods import Period
from programs.rules import Funding, Limit, LimitScope
from referrals.buyers import Buyer
from tests.codes.checkout_model import Basket, Bound, Goods, History, Sale, Terms
from tests.codes.tills import a_promo_campaign, a_shop, owed, spent, wallet
from tests.packs import an_agent
from tests.programs.stored import a_product, a_program

CUSTOMERS = ("ann", "bob", "cid", None)
# How long ago a till without a network may have sold something; campaigns run for longer than that.
DAYS_AGO_MAX = 2
AGENTS = 3
SHOPS = 2

TERMS = (
    Terms("plain", off_basis_points=700, bonus_basis_points=300, bounds=(Bound("customer", 3, daily=True),)),
    Terms(
        "tight",
        off_basis_points=1_250,
        off_minor_max=9_000,
        bonus_minor=555,
        shop_basis_points=3_333,
        bounds=(Bound("campaign", 25), Bound("shop", 9, daily=True), Bound("agent", 12)),
    ),
    Terms(
        "poor",
        off_minor=4_321,
        bonus_basis_points=777,
        bounds=(Bound("code", 9), Bound("customer", 30)),
        discounts_max=40_000,
        bonuses_max=60_000,
        returns_restore_uses=False,
    ),
    Terms("short", off_basis_points=333, bonus_basis_points=1_000, bonuses_max=30_000),
)


class World:
    """One program; whoever lives in it has orders of his own and meets the others in budgets and limits."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.history = History()
        self._moment = 0
        self._shops: list[UUID] = []
        self._codes: list[tuple[Terms, UUID, str]] = []
        self._campaigns: dict[str, UUID] = {}
        self._today = datetime.now(UTC)
        self.sales: list[Sale] = []

    async def begin(self, database_owner_url: str) -> None:
        """The clocks stand at noon, so that no day ends meanwhile."""
        now = await fetch_value("SELECT now()")
        # The zones of this family are named for what one adds to be in Greenwich.
        zone = f"Etc/GMT{now.hour - 12:+d}"
        self._today = now.astimezone(ZoneInfo(zone))
        program_id = await a_program(asset="BON", time_zone=zone)
        await a_product(program_id)
        self._shops = [await a_shop(program_id) for _ in range(SHOPS)]
        agents = [await an_agent() for _ in range(AGENTS)]
        for terms in TERMS:
            campaign_id = await a_promo_campaign(
                program_id,
                budget_minor=terms.bonuses_max,
                discount_budget_minor=terms.discounts_max,
                **_rules(terms),
            )
            self._campaigns[terms.name] = campaign_id
            for agent_id in agents:
                made = await promo_codes.create(agent_id, campaign_id=campaign_id)
                self._codes.append((terms, agent_id, made.text))
        await _age_campaigns(database_owner_url)

    @property
    def today(self) -> str:
        return self._today.isoformat()

    def tick(self) -> int:
        self._moment += 1
        return self._moment

    def new_basket(self, chance: random.Random) -> Basket:
        terms, agent_id, code = chance.choice(self._codes)
        ago = chance.choice((0, 0, 0, *range(1, DAYS_AGO_MAX + 1)))
        return Basket(
            ref=str(uuid4()),
            terms=terms,
            code=code,
            agent=agent_id,
            shop=chance.choice(self._shops),
            customer=chance.choice(CUSTOMERS),
            day=(self._today - timedelta(days=ago)).isoformat(),
            goods=tuple(_goods(chance) for _ in range(chance.randint(1, 3))),
            step_minor=chance.choice((1, 1, 50, 100)),
        )

    async def wrong(self) -> list[str]:
        """Everything in which history and books are not as the model says."""
        found = self.history.impossible()
        for terms in TERMS:
            for asset, what in (("RUB", "discounts"), ("BON", "bonuses")):
                said = self.history.balance((terms.name, what))
                if (kept := await spent(self._campaigns[terms.name], asset)) != said:
                    found.append(f"{terms.name}: {kept} {asset} are spent and should be {said}")
        return found + await self._wrong_uses() + await self._wrong_money()

    async def _wrong_uses(self) -> list[str]:
        rows = await fetch(
            "SELECT campaign_id, scope, subject, period_key, used_count FROM limit_use WHERE campaign_id = ANY($1)",
            list(self._campaigns.values()),
        )
        kept = {tuple(row.values())[:-1]: row["used_count"] for row in rows if row["used_count"]}
        said: dict[tuple[Any, ...], int] = {}
        for resource in self.history.resources():
            match resource:
                case (str() as name, "uses", Bound() as bound, subject, day):
                    campaign_id = self._campaigns[name]
                    if bound.scope == "customer":
                        subject = Buyer(str(subject)).keys[0]
                    key = (campaign_id, bound.scope, str(subject or campaign_id), str(day)[:10] if day else "all")
                    said[key] = self.history.balance(resource)
        said = {key: count for key, count in said.items() if count}
        # A code is counted by its id, which the model does not know.
        without_codes = [{key: count for key, count in one.items() if key[1] != "code"} for one in (kept, said)]
        return [] if without_codes[0] == without_codes[1] else [f"limits are {kept}, and should be {said}"]

    async def _wrong_money(self) -> list[str]:
        found = []
        for agent_id in {agent_id for _, agent_id, _ in self._codes}:
            said = sum(sale.bonus_minor for sale in self.sales if sale.basket.agent == agent_id)
            if (has := (await wallet(agent_id)).available_minor) != said:
                found.append(f"an agent has {has} and should have {said}")
        for shop_id in self._shops:
            said = sum(sale.owed_minor for sale in self.sales if sale.basket.shop == shop_id)
            if (due := await owed(shop_id)) != said:
                found.append(f"a shop is owed {due} and should be {said}")
        return found


def _goods(chance: random.Random) -> Goods:
    amount_minor = chance.choice((99, 3_333, 25_000, 100_000)) * chance.randint(1, 3)
    least_minor = chance.choice((0, 0, 0, amount_minor * 97 // 100, amount_minor + 5))
    return Goods(chance.randint(1, 4), amount_minor, least_minor, discountable=chance.random() < 0.8)


def _rules(terms: Terms) -> dict[str, Any]:
    off: AnyDiscount = (
        AmountOff(amount_minor=terms.off_minor)
        if terms.off_minor
        else PercentOff(basis_points=terms.off_basis_points, cap_minor=terms.off_minor_max)
    )
    pays = (
        Fixed(amount_minor=terms.bonus_minor) if terms.bonus_minor else Percent(basis_points=terms.bonus_basis_points)
    )
    return {
        "discounts": (off,),
        "effects": (pays,),
        "funding": Funding(shop_basis_points=terms.shop_basis_points),
        "limits": tuple(
            Limit(LimitScope(bound.scope), Period.DAY if bound.daily else Period.ALL, max_count=bound.uses_max)
            for bound in terms.bounds
        ),
        "returns_restore": "budget_and_limits" if terms.returns_restore_uses else "budget",
    }


async def _age_campaigns(database_owner_url: str) -> None:
    """Let the campaigns have begun long enough ago for whatever tills have sold since."""
    owner = await asyncpg.connect(database_owner_url)
    try:
        for column in ("campaign.activated_at", "campaign_version.effective_from"):
            table, _, name = column.partition(".")
            await owner.execute(f"UPDATE {table} SET {name} = {name} - make_interval(days => $1)", DAYS_AGO_MAX + 1)
    finally:
        await owner.close()
    async with transaction():
        await revision.bump("rules")

"""Tills: shops with campaigns for promo codes, agents who made one, and the orders that customers bring."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import msgspec

from codes import checkout, promo_codes
from codes.orders import AskedLine, Order
from codes.promo_orders import OrderView
from core.db import fetch_value
from programs.budgets import top_up
from programs.discounts import AnyDiscount, PercentOff
from programs.effects import Effect, Percent
from programs.facts import ActivityKind
from programs.shops import NewShop, put_shop
from referrals.buyers import Buyer
from tests.packs import an_agent
from tests.programs.stored import BY, a_campaign, a_product, a_program
from wallets import statement
from wallets.statement import Balance

PLENTY_MINOR = 10**12
ASSET = "BON"


class Till(msgspec.Struct, frozen=True):
    """A shop of a program whose campaign gives 5 % off and 3 % to the agent, and one agent with a code."""

    program_id: UUID
    shop_id: UUID
    campaign_id: UUID
    agent_id: UUID
    code: str


async def a_till(
    *,
    discounts: Sequence[AnyDiscount] = (PercentOff(basis_points=500),),
    effects: Sequence[Effect] = (Percent(basis_points=300),),
    budget_minor: int = PLENTY_MINOR,
    discount_budget_minor: int = PLENTY_MINOR,
    **rules: Any,
) -> Till:
    program_id = await a_program(asset=ASSET)
    await a_product(program_id)
    shop_id = await a_shop(program_id)
    campaign_id = await a_promo_campaign(
        program_id,
        budget_minor=budget_minor,
        discount_budget_minor=discount_budget_minor,
        discounts=tuple(discounts),
        effects=tuple(effects),
        **rules,
    )
    agent_id = await an_agent()
    made = await promo_codes.create(agent_id, campaign_id=campaign_id)
    return Till(program_id, shop_id, campaign_id, agent_id, made.text)


async def a_promo_campaign(
    program_id: UUID, *, budget_minor: int = PLENTY_MINOR, discount_budget_minor: int = PLENTY_MINOR, **rules: Any
) -> UUID:
    """A running campaign for promo codes; a rouble of the price is a bonus unit."""
    plain: dict[str, Any] = {
        "trigger": ActivityKind.PROMO_REDEEMED,
        "asset": ASSET,
        "wait_seconds": 0,
        "rates": {"RUB": {"asset_minor": 1, "currency_minor": 1}},
    }
    campaign_id = await a_campaign(program_id, budget_minor=budget_minor, **(plain | rules))
    if discount_budget_minor and "discounts" in rules:
        await top_up(campaign_id, asset="RUB", amount_minor=discount_budget_minor, by=BY)
    return campaign_id


async def a_shop(program_id: UUID) -> UUID:
    shop, _ = await put_shop(program_id, NewShop(code=f"S-{uuid4().hex[:6]}", name="Тёплый дом"), by=BY)
    return shop.id


def an_order(*codes: str, ref: str | None = None, amount_minor: int = 100_000, quantity: int = 1) -> Order:
    """An order of one line unless it is made otherwise."""
    line = AskedLine("1", "K-24", quantity, amount_minor)
    return Order(ref or str(uuid4()), codes, (line,))


async def redeemed(till: Till, order: Order | None = None, *, customer: str | Buyer | None = None) -> OrderView:
    """A customer by his word, whatever it is that tells him from others."""
    buyer = Buyer(customer) if isinstance(customer, str) else customer
    return await checkout.redeem(order or an_order(till.code), shop_id=till.shop_id, customer=buyer)


async def wallet(agent_id: UUID) -> Balance:
    """What the agent has; all zero where he has nothing."""
    found = await statement.balances(agent_id)
    return found[0] if found else Balance(ASSET, 0, 0, 0, 0, None, None)


async def owed(shop_id: UUID) -> int:
    """What the maker owes the shop."""
    found: int = await fetch_value(
        "SELECT coalesce(sum(balance_minor), 0)::bigint FROM v_accounts WHERE kind = 'shop_payable' AND owner = $1",
        str(shop_id),
    )
    return found


async def spent(campaign_id: UUID, asset: str) -> int:
    found: int = await fetch_value(
        "SELECT spent_minor FROM budget WHERE campaign_id = $1 AND asset = $2", campaign_id, asset
    )
    return found

"""Checkout: orders quoted and redeemed one a request, among 1, 10 and 100 live campaigns, beside an empty endpoint."""

from collections.abc import Callable, Sequence
from itertools import cycle, islice
from uuid import UUID

import msgspec

from bench import requests, stock
from bench.figures import Figure, Target, at_most
from bench.installation import Installation
from bench.load import Address, Measured, closed
from bench.rounds import in_turn
from codes import promo_codes
from core import access
from core.access import Role
from programs.budgets import top_up
from programs.discounts import PercentOff
from programs.effects import Percent, Rate
from programs.facts import ActivityKind
from programs.rules import Limit, LimitScope
from programs.shops import NewShop, put_shop

# So many tills at the same moment keep a process busy; how long an order takes is told by one alone.
CONNECTIONS = 8
_ORDERS = 300
_ORDERS_ALONE = 150
_ROUNDS = 3
_AGENTS = 200
_CAMPAIGNS = (1, 10, 100)
_CURRENCY = "RUB"


class Round(msgspec.Struct, frozen=True):
    """The same requests by many tills at once, and by one alone."""

    crowd: Measured
    alone: Measured


async def measure(installation: Installation) -> list[Figure]:
    """No worker runs: a till's order needs none."""
    return [figure for campaigns in _CAMPAIGNS for figure in await _among(installation, campaigns)]


async def _among(installation: Installation, campaigns: int) -> list[Figure]:
    database = await installation.database(f"checkout_{campaigns}")
    async with database.opened():
        till, codes = await _stock(campaigns)

    async def ask(address: Address, verb: str, status: int) -> Round:
        def sent(count: int) -> list[bytes]:
            return requests.orders(verb, list(islice(cycle(codes), count)), till)

        return await _round(address, sent, status)

    async def nothing(address: Address) -> Round:
        return await _round(address, lambda count: requests.scans(codes[:1] * count, [till]), 201)

    async with database.api() as ours, database.api("bench.empty", "dressed") as empty:
        await ask(ours, "redemptions", 201)
        quoted, redeemed, bare = await in_turn(
            lambda: ask(ours, "quote", 200),
            lambda: ask(ours, "redemptions", 201),
            lambda: nothing(empty),
            rounds=_ROUNDS,
        )
    return [
        *_figures(f"quote an order, {campaigns} live campaigns", quoted, bare),
        *_figures(f"redeem an order, {campaigns} live campaigns", redeemed, bare),
    ]


async def _round(address: Address, sent: Callable[[int], list[bytes]], status: int) -> Round:
    crowd = await closed(address, sent(_ORDERS), connections=CONNECTIONS)
    alone = await closed(address, sent(_ORDERS_ALONE), connections=1)
    return Round(crowd.expect(status), alone.expect(status))


async def _stock(campaigns: int) -> tuple[str, list[str]]:
    """A till's key, and a code of each agent; agents and campaigns take turns."""
    program_id = await stock.program()
    for place in range(1, 4):
        await stock.product(program_id, f"BENCH-{place}")
    shop, _ = await put_shop(program_id, NewShop("BENCH", "Bench"), by=stock.WHO)
    _, till = await access.create(role=Role.terminal, name="bench", shop_id=shop.id, by=stock.WHO)
    offered = [await _campaign(program_id) for _ in range(campaigns)]
    agents = await stock.agents(_AGENTS)
    codes = [
        (await promo_codes.create(agent_id, campaign_id=campaign_id)).text
        for agent_id, campaign_id in zip(agents.ids, cycle(offered), strict=False)
    ]
    return till, codes


async def _campaign(program_id: UUID) -> UUID:
    campaign_id = await stock.campaign(
        program_id,
        trigger=ActivityKind.PROMO_REDEEMED,
        effects=(Percent(basis_points=300),),
        discounts=(PercentOff(basis_points=500),),
        rates={_CURRENCY: Rate(asset_minor=1, currency_minor=1)},
        limits=(Limit(LimitScope.CODE, max_count=10**6),),
        wait_seconds=14 * 86_400,
    )
    await top_up(campaign_id, asset=_CURRENCY, amount_minor=stock.BUDGET_MINOR, by=stock.WHO)
    return campaign_id


def _figures(what: str, ours: Sequence[Round], bare: Sequence[Round]) -> list[Figure]:
    against = "an empty endpoint in our middleware"

    def milliseconds(percent: int, target: Target) -> Figure:
        return Figure(
            what=f"{what}: its p{percent}, alone",
            unit="ms",
            ours=[one.alone.percentile_ms(percent) for one in ours],
            against=against,
            theirs=[one.alone.percentile_ms(percent) for one in bare],
            target=target,
        )

    rate = Figure(
        what=what,
        unit="orders/s",
        ours=[one.crowd.rate for one in ours],
        against=against,
        theirs=[one.crowd.rate for one in bare],
    )
    return [rate, milliseconds(50, at_most(5)), milliseconds(99, at_most(25))]

"""Checkout: orders quoted and redeemed one a request, among 1, 10 and 100 live campaigns, beside an empty endpoint."""

from collections.abc import Sequence
from itertools import cycle, islice
from uuid import UUID

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

# As many tills as ask at the same moment.
CONNECTIONS = 8
_ORDERS = 400
_ROUNDS = 3
_AGENTS = 200
_CAMPAIGNS = (1, 10, 100)
_CURRENCY = "RUB"


async def measure(installation: Installation) -> list[Figure]:
    """No worker runs: a till's order needs none."""
    return [figure for campaigns in _CAMPAIGNS for figure in await _among(installation, campaigns)]


async def _among(installation: Installation, campaigns: int) -> list[Figure]:
    database = await installation.database(f"checkout_{campaigns}")
    async with database.opened():
        till, codes = await _stock(campaigns)

    async def ask(address: Address, verb: str, status: int) -> Measured:
        sent = requests.orders(verb, list(islice(cycle(codes), _ORDERS)), till)
        return (await closed(address, sent, connections=CONNECTIONS)).expect(status)

    async def nothing(address: Address) -> Measured:
        sent = requests.scans(codes[:1] * _ORDERS, [till])
        return (await closed(address, sent, connections=CONNECTIONS)).expect(201)

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
        *_figures(f"redeem an order, {campaigns} live campaigns", redeemed, bare, most_ms=150),
    ]


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


def _figures(what: str, ours: Sequence[Measured], bare: Sequence[Measured], *, most_ms: float = 50) -> list[Figure]:
    def milliseconds(percent: int, target: Target | None = None) -> Figure:
        return Figure(
            what=f"{what}: p{percent} at {CONNECTIONS} connections",
            unit="ms",
            ours=[one.percentile_ms(percent) for one in ours],
            against="an empty endpoint in our middleware",
            theirs=[one.percentile_ms(percent) for one in bare],
            target=target,
        )

    rate = Figure(
        what=what,
        unit="orders/s",
        ours=[one.rate for one in ours],
        against="an empty endpoint in our middleware",
        theirs=[one.rate for one in bare],
    )
    return [rate, milliseconds(50), milliseconds(99, at_most(most_ms))]

"""Checkout: orders quoted and redeemed one a request, among 1, 10 and 100 live campaigns, and among 100,000 codes.

Beside them an empty endpoint, and pgbench with the statements that a redemption sends.
"""

from collections.abc import Callable, Sequence
from itertools import cycle, islice
from uuid import UUID

import msgspec

from bench import pgbench, requests, stock
from bench.figures import Figure, Target, at_most
from bench.installation import Database, Installation
from bench.load import Address, Measured, closed
from bench.rounds import in_turn
from codes import promo_codes
from core import access
from core.access import Role
from core.db import execute, fetch
from programs.budgets import top_up
from programs.discounts import PercentOff
from programs.effects import Percent, Rate
from programs.facts import ActivityKind
from programs.rules import Limit, LimitScope
from programs.seats import budget_id
from programs.shops import NewShop, put_shop
from wallets import accounts

# So many tills at the same moment keep a process busy; how long an order takes is told by one alone.
CONNECTIONS = 8
_ORDERS = 300
_ORDERS_ALONE = 150
_ROUNDS = 3
_AGENTS = 200
# Live campaigns, and with how many live codes they are measured one after the other.
_WORLDS = {1: (_AGENTS,), 10: (_AGENTS,), 100: (_AGENTS, 100_000)}
_PGBENCH_ORDERS = 800
_CURRENCY = "RUB"


class Round(msgspec.Struct, frozen=True):
    """The same requests by many tills at once, and by one alone."""

    crowd: Measured
    alone: Measured


async def measure(installation: Installation) -> list[Figure]:
    """No worker runs: a till's order needs none."""
    figures = []
    for campaigns, sizes in _WORLDS.items():
        database = await installation.database(f"checkout_{campaigns}")
        async with database.opened():
            till, codes = await _stock(campaigns)
        for live_codes in sizes:
            async with database.opened():
                await _more_codes(live_codes)
            figures += await _among(database, till, codes, what=f"{campaigns} campaigns, {live_codes:,} codes")
    return figures


async def _among(database: Database, till: str, codes: list[str], *, what: str) -> list[Figure]:
    async def ask(address: Address, verb: str, status: int) -> Round:
        def sent(count: int) -> list[bytes]:
            return requests.orders(verb, list(islice(cycle(codes), count)), till)

        return await _round(address, sent, status)

    async def nothing(address: Address) -> Round:
        return await _round(address, lambda count: requests.scans(codes[:1] * count, [till]), 201)

    async with database.api() as ours, database.api("bench.empty", "dressed") as empty:
        await ask(ours, "redemptions", 201)
        async with database.opened():
            script = await _script()

        async def statements() -> Round:
            crowd = await pgbench.run(database, "redeem", clients=CONNECTIONS, transactions=_PGBENCH_ORDERS, **script)
            return Round(crowd, await pgbench.run(database, "redeem", clients=1, transactions=_ORDERS_ALONE, **script))

        quoted, redeemed, bare, alone = await in_turn(
            lambda: ask(ours, "quote", 200),
            lambda: ask(ours, "redemptions", 201),
            lambda: nothing(empty),
            statements,
            rounds=_ROUNDS,
        )
    return [
        *_figures(f"quote, {what}", quoted, bare, against="an empty endpoint in our middleware"),
        *_figures(f"redeem, {what}", redeemed, bare, against="an empty endpoint in our middleware"),
        *_figures(f"redeem, {what}", redeemed, alone, against="pgbench, the same statements"),
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


async def _more_codes(count: int) -> None:
    """Live codes of the same agents and campaigns until there are so many."""
    await execute(
        """INSERT INTO promo_code (id, agent_id, campaign_id, program_id, text, skeleton, number)
           SELECT gen_random_uuid(), agent_id, campaign_id, program_id, 'MORE' || n, 'MORE-' || n, 10^9::bigint + n
           FROM generate_series((SELECT count(*) + 1 FROM promo_code), $1::int) AS n
           JOIN (SELECT *, row_number() OVER (ORDER BY id) AS place FROM promo_code) AS code
               ON place = 1 + n % (SELECT count(*) FROM promo_code)""",
        count,
    )


async def _script() -> dict[str, str]:
    """What pgbench says again and again: the documents of an order that was redeemed, under agents it can count."""
    await execute(
        """INSERT INTO agent (id, alias, alias_en)
           SELECT lpad(to_hex(n), 32, '0')::uuid, 'Пётр', 'Peter' FROM generate_series(1, $1::int) AS n
           ON CONFLICT DO NOTHING""",
        _AGENTS,
    )
    await execute(
        """INSERT INTO account (id, kind, owner_id, asset)
           SELECT lpad(to_hex(n), 32, '0')::uuid, 'agent_pending', lpad(to_hex(n), 32, '0')::uuid, 'BON'
           FROM generate_series(1, $1::int) AS n ON CONFLICT DO NOTHING""",
        _AGENTS,
    )
    [row] = await fetch(
        """SELECT o.program_id AS program, o.shop_id AS shop, o.promo_code_id AS code, code.skeleton,
                  code.campaign_id AS campaign, o."order", o.priced, o.decision, activity.facts, attribution.claims,
                  (SELECT facts FROM journal_entry WHERE activity_id = o.id ORDER BY id LIMIT 1) AS told,
                  ARRAY(SELECT id FROM product)::text AS products,
                  (SELECT id FROM limit_use WHERE subject = o.promo_code_id::text) AS use
           FROM promo_order o JOIN promo_code code ON code.id = promo_code_id JOIN activity ON activity.id = o.id
           JOIN attribution ON attribution.activity_id = o.id LIMIT 1"""
    )
    campaign_id = row["campaign"]
    places = {
        "discounts": budget_id(campaign_id, _CURRENCY),
        "bonuses": budget_id(campaign_id, "BON"),
        "discount_account": accounts.campaign(campaign_id, _CURRENCY).id,
        "bonus_account": accounts.campaign(campaign_id, "BON").id,
        "shop_account": accounts.shop(row["shop"], _CURRENCY).id,
    }
    texts = {name: value if isinstance(value, str) else str(value) for name, value in (dict(row) | places).items()}
    # A colon before a word is a variable of pgbench's.
    return {name: text.replace('":', '": ').replace("'", "''") for name, text in texts.items()}


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


def _figures(what: str, ours: Sequence[Round], bare: Sequence[Round], *, against: str) -> list[Figure]:
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

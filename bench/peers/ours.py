"""Our side: a till that quotes and redeems orders of one line; the agent is credited, the shop owed its discount."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import cycle, islice
from uuid import UUID, uuid4

import msgspec

from bench import stock
from bench.installation import Database
from bench.load import Address
from bench.peers.asking import Ask
from codes import promo_codes
from codes.promo_codes import LIVE_PER_AGENT_MAX
from core import access
from core.access import Role
from core.db import fetch_value
from programs.budgets import top_up
from programs.discounts import PercentOff
from programs.effects import Percent, Rate
from programs.facts import ActivityKind
from programs.rules import Limit, LimitScope
from programs.shops import NewShop, put_shop

_CURRENCY = "RUB"
_LINE = {"ref": "1", "sku": "BENCH-1", "quantity": 1, "amount_minor": 33_333}


class Ours:
    """Several API processes and a worker over one database."""

    name = "Naparnik"

    def __init__(self, address: Address, program_id: UUID, till: str) -> None:
        self.address = address
        self._program_id = program_id
        self._till = till

    async def code_of_many_uses(self) -> str:
        [code] = await self._codes(1, uses_max=10**6)
        return code

    async def codes_of_one_use(self, count: int) -> list[str]:
        return await self._codes(count, uses_max=1)

    async def validations(self, codes: Sequence[str]) -> list[Ask]:
        return [self._ask("quote", code) for code in codes]

    async def redemptions(self, codes: Sequence[str]) -> list[Ask]:
        return [self._ask("redemptions", code) for code in codes]

    async def redeemed(self) -> int:
        found: int = await fetch_value("SELECT count(*) FROM promo_order WHERE redeemed_at IS NOT NULL")
        return found

    def _ask(self, verb: str, code: str) -> Ask:
        order = {"order_ref": uuid4().hex, "codes": [code], "lines": [_LINE], "rounding_minor": 1}
        return Ask(f"/v1/orders/{verb}", self._till, msgspec.Raw(msgspec.json.encode(order)), uuid4().hex)

    async def _codes(self, count: int, *, uses_max: int) -> list[str]:
        campaign_id = await stock.campaign(
            self._program_id,
            trigger=ActivityKind.PROMO_REDEEMED,
            effects=(Percent(basis_points=300),),
            discounts=(PercentOff(basis_points=500),),
            rates={_CURRENCY: Rate(asset_minor=1, currency_minor=1)},
            limits=(Limit(LimitScope.CODE, max_count=uses_max),),
            wait_seconds=14 * 86_400,
        )
        await top_up(campaign_id, asset=_CURRENCY, amount_minor=stock.BUDGET_MINOR, by=stock.WHO)
        agents = await stock.agents(-(-count // LIVE_PER_AGENT_MAX))
        return [
            (await promo_codes.create(agent_id, campaign_id=campaign_id)).text
            for agent_id in islice(cycle(agents.ids), count)
        ]


@asynccontextmanager
async def running(database: Database, *, processes: int) -> AsyncIterator[Ours]:
    """Our side from its start to its end."""
    async with database.opened(), database.api(processes=processes) as address:
        with database.process("cli", "worker"):
            program_id = await stock.program()
            await stock.product(program_id)
            shop, _ = await put_shop(program_id, NewShop("BENCH", "Bench"), by=stock.WHO)
            _, till = await access.create(role=Role.terminal, name="bench", shop_id=shop.id, by=stock.WHO)
            yield Ours(address, program_id, till)

"""Goods with serial numbers, what proves their purchase, and the returns of them: as the rooms above hand them in."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from core.db import fetch, fetch_value, transaction
from core.ids import uuid7
from programs import capacity
from programs.decide import decide, decide_again
from programs.decision import Decision
from programs.effects import PerItem
from programs.facts import ActivityKind, Facts, Line, decode_facts
from programs.purchases import Left
from programs.snapshot import current_snapshot
from referrals import activities, joints, purchase_returns, purchases, settling, standings
from referrals.activities import Evidence
from referrals.item_keys import of_marking, of_order
from referrals.purchase_returns import Change
from tests.packs import ASSET, PLENTY_MINOR
from tests.programs.stored import a_campaign, a_product, a_program

GTIN = "04601234567893"
SCAN, RECEIPT, ORDER = ActivityKind.CODE_SCANNED, ActivityKind.RECEIPT_MATCHED, ActivityKind.PROMO_REDEEMED
RATES = {SCAN: 100, RECEIPT: 75, ORDER: 130}
PRICE_MINOR = 1_000


class Market(msgspec.Struct):
    """A program that pays for each good by each kind of proof, and whatever was proven so far."""

    program_id: UUID
    product_id: UUID
    campaigns: dict[ActivityKind, UUID]

    async def scan(self, agent_id: UUID, serial: str) -> UUID:
        return await self._accept(SCAN, agent_id, [serial], [of_marking(GTIN, serial)])

    async def receipt(self, agent_id: UUID, *serials: str, order: str | None = None, unmarked: int = 0) -> UUID:
        keys = [of_marking(GTIN, serial) for serial in serials]
        goods = [*serials, *([""] * unmarked)]
        return await self._accept(RECEIPT, agent_id, goods, keys + ([of_order("S-1", order)] if order else []))

    async def order(self, agent_id: UUID, ref: str, *, count: int = 1) -> UUID:
        """A redemption, settled as it arrives."""
        snapshot = await current_snapshot(age_seconds_max=0)
        async with transaction() as now:
            facts = self._facts(ORDER, agent_id, count, now)
            held = await settling.standings_of([agent_id], self.program_id, snapshot)
            decision = decide(facts, snapshot.index.candidates(facts), held[agent_id])
            evidence = Evidence(facts, f"order:{facts.activity_id}", (of_order("S-1", ref),))
            spared = await settling.settle(evidence, decision, snapshot=snapshot, told=(), now=now)
            await capacity.take([[award.demand for award in decision.awards]])
            await capacity.give_back(list(spared))
        return facts.activity_id

    async def _accept(self, kind: ActivityKind, agent_id: UUID, goods: Sequence[str], keys: Sequence[str]) -> UUID:
        async with transaction() as now:
            facts = self._facts(kind, agent_id, len(goods), now)
            await activities.accept([Evidence(facts, f"test:{facts.activity_id}", tuple(sorted(keys)))])
        return facts.activity_id

    def _facts(self, kind: ActivityKind, agent_id: UUID, count: int, now: Any) -> Facts:
        return Facts(
            activity_id=uuid7(),
            kind=kind,
            program_id=self.program_id,
            agent_id=agent_id,
            occurred_at=now,
            accepted_at=now,
            lines=tuple(Line(self.product_id, "K-24", 1, PRICE_MINOR, "RUB") for _ in range(count)),
        )

    async def bring_back(self, *serials: str, left_of: dict[UUID, int]) -> None:
        """Goods come back by their serials; how many goods are left of each receipt that held them."""
        keys = [of_marking(GTIN, serial) for serial in serials]
        async with transaction() as now:
            scans = await joints.scans_of([self.program_id], keys)
            await joints.take_back_keys([self.program_id], keys, at=now)
            changes = [await self._change(activity_id, left) for activity_id, left in left_of.items()]
            changes += [Change(scan_id, Decision()) for scan_id in {one.activity_id for one in scans}]
            demands = await purchase_returns.take_back(changes, key=uuid7(), now=now)
            await capacity.give_back(demands)

    async def take_order_back(self, order_id: UUID, *, left: int) -> None:
        async with transaction() as now:
            change = await self._change(order_id, left)
            await capacity.give_back(await purchase_returns.take_back([change], key=uuid7(), now=now))

    async def _change(self, activity_id: UUID, left: int) -> Change:
        snapshot = await current_snapshot(age_seconds_max=0)
        facts = decode_facts(await fetch_value("SELECT facts FROM activity WHERE id = $1", activity_id))
        remaining = msgspec.structs.replace(facts, lines=facts.lines[:left])
        versions = await purchases.versions_of(activity_id)
        met = await standings.met([facts], snapshot)
        decision = (
            decide_again(remaining, snapshot.campaigns, met[activity_id], versions=versions)
            if left and versions
            else Decision()
        )
        return Change(activity_id, decision, Left(left * PRICE_MINOR, len(facts.lines) * PRICE_MINOR))


async def a_market(**rules: Any) -> Market:
    """Each scan pays 100, each good on a receipt 75 and in an order 130, unless told otherwise by its kind's name."""
    program_id = await a_program(asset=ASSET)
    product_id = await a_product(program_id)
    campaigns = {}
    for kind, rate in RATES.items():
        plain: dict[str, Any] = {"budget_minor": PLENTY_MINOR, "asset": ASSET, "wait_seconds": 0}
        plain |= {"trigger": kind, "effects": (PerItem(amount_minor=rate),)} | rules.get(kind.value, {})
        campaigns[kind] = await a_campaign(program_id, **plain)
    return Market(program_id, product_id, campaigns)


async def paid(activity_ids: Iterable[UUID]) -> list[int]:
    """What each proof has of its bonus now."""
    rows = await fetch(
        """SELECT activity_id, sum(amount_minor - clawed_minor)::bigint AS minor FROM accrual
           WHERE state = 'credited' AND activity_id = ANY($1) GROUP BY activity_id""",
        list(activity_ids),
    )
    found = {row["activity_id"]: row["minor"] for row in rows}
    return [found.get(activity_id, 0) for activity_id in activity_ids]

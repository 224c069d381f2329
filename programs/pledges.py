"""Pledges: money of campaigns that is promised to an order before it is paid out, and what a shop is owed of it."""

from collections.abc import Callable, Sequence
from uuid import UUID

from core.ids import derived
from programs.decision import Demand
from wallets import accounts
from wallets.accounts import Account
from wallets.ledger import Transfer, post

Place = Callable[[Demand], Account]


def _budget(demand: Demand) -> Account:
    return accounts.campaign(demand.campaign_id, demand.asset)


def _held(demand: Demand) -> Account:
    return accounts.held(demand.campaign_id, demand.asset)


async def hold(key: UUID, demands: Sequence[Demand], *, order_id: UUID) -> None:
    """Set aside in the ledger what was taken from the budgets; joins the caller's transaction.

    An order that was let go may be held again, under another key.
    """
    await _move("hold", key, demands, _budget, _held, order_id=order_id)


async def free(key: UUID, demands: Sequence[Demand], *, order_id: UUID) -> None:
    """Undo a hold: to be paid out now, or given back; joins the caller's transaction."""
    await post(freeing(key, demands, order_id=order_id))


def freeing(key: UUID, demands: Sequence[Demand], *, order_id: UUID) -> list[Transfer]:
    """What undoes a hold, to be posted with what is paid out of it."""
    return _transfers("unhold", key, demands, _held, _budget, order_id=order_id)


def owing(order_id: UUID, demands: Sequence[Demand], *, shop_id: UUID) -> list[Transfer]:
    """What tells that the shop has given these discounts, and that the maker owes them to it."""

    def owed(demand: Demand) -> Account:
        return accounts.shop(shop_id, demand.asset)

    return _transfers("discount", order_id, demands, _budget, owed, order_id=order_id)


async def owe_shop(order_id: UUID, demands: Sequence[Demand], *, shop_id: UUID) -> None:
    """Post what the shop is owed; joins the caller's transaction."""
    await post(owing(order_id, demands, shop_id=shop_id))


async def owe_shop_less(return_id: UUID, demands: Sequence[Demand], *, shop_id: UUID, order_id: UUID) -> None:
    """Goods came back, and with them a part of what the shop was owed; joins the caller's transaction."""

    def owed(demand: Demand) -> Account:
        return accounts.shop(shop_id, demand.asset)

    await _move("undiscount", return_id, demands, owed, _budget, order_id=order_id)


async def _move(
    kind: str, key: UUID, demands: Sequence[Demand], debit: Place, credit: Place, *, order_id: UUID
) -> None:
    await post(_transfers(kind, key, demands, debit, credit, order_id=order_id))


def _transfers(
    kind: str, key: UUID, demands: Sequence[Demand], debit: Place, credit: Place, *, order_id: UUID
) -> list[Transfer]:
    return [
        Transfer(
            kind=kind,
            reference=derived(kind.encode(), str(key), str(demand.campaign_id), demand.asset),
            debit=debit(demand),
            credit=credit(demand),
            amount_minor=demand.amount_minor,
            cause=f"order:{order_id}",
        )
        for demand in merged(demands)
        if demand.amount_minor
    ]


def merged(demands: Sequence[Demand]) -> list[Demand]:
    """One demand for each campaign and asset: a discount in roubles and a bonus in roubles share a budget."""
    found: dict[tuple[UUID, str], Demand] = {}
    for demand in demands:
        place = demand.campaign_id, demand.asset
        before = found.get(place, Demand(*place, 0, count=0))
        found[place] = Demand(
            *place,
            before.amount_minor + demand.amount_minor,
            before.limits + demand.limits,
            max(before.count, demand.count),
        )
    return [found[place] for place in sorted(found)]

"""A wallet as anybody would write it down on paper: nothing but lots, spends and a debt."""

from uuid import UUID

import msgspec


class Lot(msgspec.Struct):
    id: UUID
    amount: int
    left: int
    share: int
    days: int | None
    clawed: int = 0
    expired: int = 0
    owed: int = 0
    released: int | None = None
    dead: bool = False

    @property
    def order(self) -> tuple[bool, int, int, UUID]:
        """Who expires first is spent first; of those that never do, the oldest."""
        if self.days is None:
            return True, 0, 0, self.id
        return False, self.days, self.released or 0, self.id


class Spend(msgspec.Struct):
    id: UUID
    parts: list[tuple[Lot, int]]
    state: str = "reserved"

    @property
    def amount(self) -> int:
        return sum(amount for _, amount in self.parts)


class Wallet:
    """What should be there after each step."""

    def __init__(self) -> None:
        self.lots: list[Lot] = []
        self.spends: list[Spend] = []
        self.debt = 0
        self._releases = 0

    def purse(self) -> tuple[int, int, int, int]:
        pending = sum(lot.left for lot in self.lots if lot.released is None)
        available = sum(lot.left for lot in self.lots if lot.released is not None)
        return pending, available, sum(one.amount for one in self.spends if one.state == "reserved"), self.debt

    def release(self, lot: Lot) -> None:
        self._releases += 1
        lot.released = self._releases
        repaid = min(self.debt, lot.left * lot.share // 10_000)
        lot.left -= repaid
        self.debt -= repaid

    def free(self) -> list[Lot]:
        spendable = [lot for lot in self.lots if lot.released is not None and not lot.dead and lot.left]
        return sorted(spendable, key=lambda lot: lot.order)

    def reserve(self, spend_id: UUID, amount: int) -> bool:
        if sum(lot.left for lot in self.free()) < amount:
            return False
        self.spends.append(Spend(spend_id, _take(self.free(), amount)))
        return True

    def settle(self, spend: Spend, state: str) -> bool:
        was = "captured" if state == "refunded" else "reserved"
        if spend.state != was:
            return False
        spend.state = state
        if state != "captured":
            for lot, amount in spend.parts:
                lot.left += amount
        return True

    def claw_back(self, lot: Lot, amount: int) -> None:
        lot.clawed += amount
        amount -= sum(part for _, part in _take([lot], amount))
        lapsed = min(lot.expired, amount)
        lot.expired -= lapsed
        taken = _take([other for other in self.free() if other is not lot], amount - lapsed)
        lot.owed += amount - lapsed - sum(part for _, part in taken)
        self.debt += amount - lapsed - sum(part for _, part in taken)

    def expire(self, lot: Lot) -> None:
        lot.dead = lot.dead or lot.released is not None
        for one in sorted(self.lots, key=lambda one: one.id):
            if one.dead:
                repaid = min(one.left, one.owed, self.debt)
                one.owed -= repaid
                self.debt -= repaid
                one.expired += one.left - repaid
                one.left = 0


def _take(lots: list[Lot], amount: int) -> list[tuple[Lot, int]]:
    parts = []
    for lot in lots:
        part = min(lot.left, amount)
        if part:
            lot.left -= part
            amount -= part
            parts.append((lot, part))
    return parts

"""The model: what everybody has to have, kept in plain Python by whoever tells the service what to do. Pure."""

from dataclasses import dataclass, field
from uuid import UUID

from tests.driver import Agent, Campaign, Wallet
from tests.wallets import plain

WHOLE_SHARE = 10_000
NOT_YET_KNOWN = UUID(int=0)


@dataclass(eq=False)
class Purse:
    """An agent's money, on paper."""

    agent: Agent
    paper: plain.Wallet = field(default_factory=plain.Wallet)

    @property
    def wallet(self) -> Wallet:
        """How his wallet has to look once everything is settled."""
        return Wallet(*self.paper.purse())

    @property
    def available_minor(self) -> int:
        return self.wallet.available_minor

    def receive(self, claim: "Claim", amount_minor: int) -> plain.Lot:
        """A bonus, which pays his debt first."""
        lot = plain.Lot(claim.accrual_id, amount_minor, amount_minor, WHOLE_SHARE, claim.pot.days)
        self.paper.lots.append(lot)
        self.paper.release(lot)
        return lot

    def lose(self, lot: plain.Lot) -> int:
        """A clawback of a whole bonus; how much of it did not become a debt."""
        owed_before_minor = self.paper.debt
        self.paper.claw_back(lot, lot.amount)
        return lot.amount - (self.paper.debt - owed_before_minor)


@dataclass(eq=False)
class Pot:
    """A campaign's money, and whom it still owes; its bonuses live for so many days, or for ever."""

    campaign: Campaign
    bonus_minor: int
    left_minor: int
    cap_minor: int
    days: int | None = None
    paused: bool = False
    owed: list["Claim"] = field(default_factory=list)

    @property
    def in_turn(self) -> bool:
        """Whether it matters who comes first: to the last of a budget, or to what is spent first."""
        return self.left_minor < 20 * self.bonus_minor or self.days is not None

    def pay(self, claim: "Claim") -> None:
        """A paused campaign pays nothing for good; an empty one pays when it is filled up."""
        if self.paused:
            return
        if self.left_minor < self.bonus_minor:
            self.owed.append(claim)
            return
        self.left_minor -= self.bonus_minor
        claim.lot = claim.purse.receive(claim, self.bonus_minor)

    def fill(self, amount_minor: int) -> None:
        """More money, and everybody who was denied for want of it is asked about again."""
        self.cap_minor += amount_minor
        self.left_minor += amount_minor
        owed, self.owed = self.owed, []
        for claim in owed:
            self.pay(claim)


@dataclass(eq=False)
class Claim:
    """A code that somebody has claimed, and the bonus for it if there is one."""

    code: str
    key: str
    scan_id: str
    purse: Purse
    pot: Pot
    # Which of two lots that never expire is spent first goes by these, as soon as they are known.
    accrual_id: UUID = NOT_YET_KNOWN
    lot: plain.Lot | None = None

    @property
    def left_to_take_back_minor(self) -> int:
        return self.lot.amount - self.lot.clawed if self.lot else 0

    def take_back(self) -> int:
        """All of what was paid for it; what did not become a debt is the campaign's to spend again."""
        assert self.lot is not None
        self.pot.left_minor += self.purse.lose(self.lot)
        return self.lot.amount

    def expire(self) -> None:
        """Its last day is over."""
        assert self.lot is not None
        self.purse.paper.expire(self.lot)


@dataclass(eq=False)
class Order:
    """A spend and how far it is."""

    spend_id: str
    purse: Purse
    spend: plain.Spend

    def settle(self, state: str) -> bool:
        """Bring it to its next state; whether money came back after its last day, which is gone again at once."""
        assert self.purse.paper.settle(self.spend, state)
        lapsed = [lot for lot, _ in self.spend.parts if lot.dead and lot.left]
        for lot in lapsed:
            self.purse.paper.expire(lot)
        return bool(lapsed)

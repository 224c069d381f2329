"""The model: what everybody has to have, kept in plain Python by whoever tells the service what to do. Pure."""

from dataclasses import dataclass, field

from tests.driver import Agent, Campaign, Wallet


@dataclass(eq=False)
class Purse:
    """An agent's money."""

    agent: Agent
    available_minor: int = 0
    reserved_minor: int = 0
    debt_minor: int = 0

    @property
    def wallet(self) -> Wallet:
        """How his wallet has to look once everything is settled."""
        return Wallet(0, self.available_minor, self.reserved_minor, self.debt_minor)

    def receive(self, amount_minor: int) -> None:
        """A bonus pays his debt first."""
        repaid_minor = min(self.debt_minor, amount_minor)
        self.debt_minor -= repaid_minor
        self.available_minor += amount_minor - repaid_minor

    def lose(self, amount_minor: int) -> int:
        """A clawback takes what is there and makes a debt of the rest; how much was there."""
        taken_minor = min(self.available_minor, amount_minor)
        self.available_minor -= taken_minor
        self.debt_minor += amount_minor - taken_minor
        return taken_minor


@dataclass(eq=False)
class Pot:
    """A campaign's money, and whom it still owes."""

    campaign: Campaign
    bonus_minor: int
    left_minor: int
    cap_minor: int
    paused: bool = False
    owed: list["Claim"] = field(default_factory=list)

    @property
    def scarce(self) -> bool:
        """Whether it matters who comes first."""
        return self.left_minor < 20 * self.bonus_minor

    def pay(self, claim: "Claim") -> None:
        """A paused campaign pays nothing for good; an empty one pays when it is filled up."""
        if self.paused:
            return
        if self.left_minor < self.bonus_minor:
            self.owed.append(claim)
            return
        self.left_minor -= self.bonus_minor
        claim.paid_minor = self.bonus_minor
        claim.purse.receive(self.bonus_minor)

    def fill(self, amount_minor: int) -> None:
        """More money, and everybody who was denied for want of it is asked about again."""
        self.cap_minor += amount_minor
        self.left_minor += amount_minor
        owed, self.owed = self.owed, []
        for claim in owed:
            self.pay(claim)


@dataclass(eq=False)
class Claim:
    """A code that somebody has claimed."""

    code: str
    key: str
    scan_id: str
    purse: Purse
    pot: Pot
    paid_minor: int = 0

    def take_back(self) -> int:
        """All of what was paid for it; what was still there is the campaign's to spend again."""
        amount_minor, self.paid_minor = self.paid_minor, 0
        self.pot.left_minor += self.purse.lose(amount_minor)
        return amount_minor


@dataclass(eq=False)
class Order:
    """A spend and how far it is."""

    spend_id: str
    purse: Purse
    amount_minor: int
    state: str = "reserved"

    def capture(self) -> None:
        self.purse.reserved_minor -= self.amount_minor
        self.state = "captured"

    def release(self) -> None:
        self.purse.reserved_minor -= self.amount_minor
        self.purse.available_minor += self.amount_minor
        self.state = "released"

    def refund(self) -> None:
        self.purse.available_minor += self.amount_minor
        self.state = "refunded"

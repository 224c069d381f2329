"""A universe: a program of its own in which chance does one thing after the other, to the service and to the model."""

import random
from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID, uuid4

from codes.alphabet import ALPHABET, check_symbol
from tests.calls import until
from tests.driver import Driver
from tests.installation import Installation
from tests.torture.asking import Asking
from tests.torture.model import Claim, Order, Pot, Purse
from tests.torture.patience import again_until_it_works, sure, sure_of_each, written_by_hand

PLENTY_MINOR = 10**9
# How a bonus is that nobody can spend yet, and one that nobody can spend at all.
ON_ITS_WAY = frozenset({"waiting", "pending"})
NOTHING = ON_ITS_WAY | {"denied", "canceled"}

Step = Callable[["Universe"], Awaitable[None]]


class Universe(Asking):
    """Everything that was done so far, as it should have come out."""

    def __init__(self, driver: Driver, installation: Installation, chance: random.Random) -> None:
        super().__init__(driver, installation, chance)
        self.purses: list[Purse] = []
        self.pots: list[Pot] = []
        self.claims: list[Claim] = []
        self.orders: list[Order] = []
        self._unsettled: list[Claim] = []

    async def begin(self) -> None:
        """A rich campaign, a poor one, one whose bonuses expire, and three agents."""
        for budget_minor, bonus_minor, days in ((PLENTY_MINOR, 100, None), (1_000, 70, None), (PLENTY_MINOR, 30, 1)):
            campaign = await again_until_it_works(
                partial(self.driver.campaign, budget_minor, bonus_minor, expires_after_days=days)
            )
            self.pots.append(Pot(campaign, bonus_minor, budget_minor, budget_minor, days))
        for _ in range(3):
            await self.enrol()

    async def run(self, steps: int) -> None:
        """So many steps, compared with the model every now and then."""
        for number in range(1, steps + 1):
            [step] = self.chance.choices(list(STEPS), weights=list(STEPS.values()))
            try:
                await step(self)
                if number % 100 == 0:
                    await self.compare()
            except Exception as broken:
                broken.add_note(f"step {number} of this universe, {step.__name__}")
                raise
        await self.compare()

    async def enrol(self) -> None:
        self.purses.append(Purse(await again_until_it_works(self.driver.agent)))

    async def scan_new(self) -> None:
        """A code that nobody has scanned."""
        pot, purse = self.chance.choice(self.pots), self.chance.choice(self.purses)
        await self._claim(await self.code_of(pot), pot, purse)

    async def scan_many(self) -> None:
        """A phone's whole queue, and all of it again."""
        pot, purse = self.pots[0], self.chance.choice(self.purses)
        codes = [await self.code_of(pot) for _ in range(self.chance.randint(2, 20))]
        told = await sure_of_each(lambda: self.driver.scan_batch(purse.agent, codes))
        assert {answer["status"] for answer in told} <= {200, 201}
        for answer in told:
            self._settle_later(Claim(answer["id"], answer["id"], answer["scan"]["scan_id"], purse, pot))
        again = await sure_of_each(lambda: self.driver.scan_batch(purse.agent, codes))
        assert [one["scan"]["scan_id"] for one in again] == [one["scan"]["scan_id"] for one in told]

    async def scan_too_early(self) -> None:
        """A code whose goods are not on sale yet, and then are."""
        pot, purse = self.pots[0], self.chance.choice(self.purses)
        batch_id = await again_until_it_works(lambda: self.driver.batch(1, pot.campaign))
        [code] = await again_until_it_works(lambda: self.driver.codes(batch_id))
        held = await sure(lambda: self.driver.scan(purse.agent, code, key=code))
        assert (held.status_code, held.json()["state"]) == (202, "held")
        await again_until_it_works(lambda: self.driver.activate(batch_id))
        self._settle_later(Claim(code, code, held.json()["scan_id"], purse, pot))

    async def scan_again(self) -> None:
        """A code of his own, by the same request or by a new one."""
        if self.claims:
            claim = self.chance.choice(self.claims)
            key = self.chance.choice([claim.key, self.new_key()])
            answer = await sure(lambda: self.driver.scan(claim.purse.agent, claim.code, key=key))
            assert (answer.status_code in {200, 201, 202}, answer.json()["scan_id"]) == (True, claim.scan_id)

    async def scan_foreign(self) -> None:
        if self.claims:
            claim, purse, key = self.chance.choice(self.claims), self.chance.choice(self.purses), self.new_key()
            if purse is not claim.purse:
                answer = await sure(lambda: self.driver.scan(purse.agent, claim.code, key=key))
                assert answer.json()["slug"] == "already_claimed"

    async def guess(self) -> None:
        """A code of nobody's, from somewhere in the world, by somebody who was made for it."""
        body = "0" + "".join(self.chance.choices(ALPHABET, k=14))
        code, key = body + check_symbol(body), self.new_key()
        guesser = await again_until_it_works(self.driver.agent)
        self.driver.http.headers["X-Forwarded-For"] = f"2001:db8:{self.chance.randrange(2**16):x}::1"
        answer = await sure(lambda: self.driver.scan(guesser, code, key=key))
        del self.driver.http.headers["X-Forwarded-For"]
        assert answer.json()["slug"] == "not_accepted"

    async def spend(self) -> None:
        """Some of what he has, or more."""
        purse, key = self.chance.choice(self.purses), self.new_key()
        await self.settle()
        amount_minor = self.chance.randint(1, purse.available_minor + 50)
        answer = await sure(lambda: self.driver.spend(purse.agent, amount_minor, key=key))
        while answer.json().get("slug") == "spending_frozen":
            # The refusal is kept for its key, so whoever tries again has a new intent.
            answer = await sure(partial(self.driver.spend, purse.agent, amount_minor, key=str(uuid4())))
        if amount_minor > purse.available_minor:
            assert answer.json()["slug"] == "insufficient_funds"
            return
        assert answer.status_code == 201, answer.text
        assert purse.paper.reserve(UUID(answer.json()["id"]), amount_minor)
        self.orders.append(Order(answer.json()["id"], purse, purse.paper.spends[-1]))

    async def capture(self) -> None:
        if order := self._order("reserved"):
            await self.owner(f"/v1/spends/{order.spend_id}/capture")
            order.settle("captured")

    async def release(self) -> None:
        if order := self._order("reserved"):
            path, device, key = f"/v1/spends/{order.spend_id}/release", order.purse.agent.device, self.new_key()
            answer = await sure(lambda: self.driver.call("POST", path, token=device.token, key=key, device=device))
            assert answer.status_code == 200, answer.text
            await self._came_back(order, "released")

    async def abandon(self) -> None:
        """Nobody fetches what was set aside until its time is over."""
        if order := self._order("reserved"):
            await written_by_hand(
                self.installation, "UPDATE spend SET expires_at = now() WHERE id = $1", UUID(order.spend_id)
            )
            path, token = f"/v1/spends/{order.spend_id}", order.purse.agent.device.token
            await until(
                lambda: sure(lambda: self.driver.call("GET", path, token=token)),
                lambda answer: answer.json()["state"] == "released",
            )
            await self._came_back(order, "released")

    async def refund(self) -> None:
        if order := self._order("captured"):
            await self.owner(f"/v1/spends/{order.spend_id}/refund")
            await self._came_back(order, "refunded")

    async def expire(self) -> None:
        """The last day of a bonus is over, whatever of it is left."""
        await self.settle()
        mortal = [claim for claim in self.claims if claim.lot and claim.pot.days and not claim.lot.dead]
        if mortal:
            claim = self.chance.choice(mortal)
            await written_by_hand(
                self.installation, "UPDATE lot SET expires_at = now() WHERE id = $1", claim.accrual_id
            )
            claim.expire()
            await self._swept(claim.purse)

    async def take_back(self) -> None:
        """A bonus that was paid, wherever it is by now."""
        await self.settle()
        paid = [claim for claim in self.claims if claim.left_to_take_back_minor]
        if paid:
            claim = self.chance.choice(paid)
            taken = await self.owner(f"/v1/accruals/{claim.accrual_id}/clawback", {"reason": "returned"})
            assert taken["amount_minor"] == claim.take_back()

    async def pause_or_resume(self) -> None:
        await self.settle()
        pot = self.chance.choice(self.pots)
        await self.owner(f"/v1/campaigns/{pot.campaign.id}/{'resume' if pot.paused else 'pause'}")
        pot.paused = not pot.paused

    async def fill(self) -> None:
        """Enough for everybody who was denied, and some more."""
        await self.settle()
        pot = self.pots[1]
        if not pot.paused:
            amount_minor = (len(pot.owed) + self.chance.randint(0, 5)) * pot.bonus_minor + 1
            await self.owner(f"/v1/campaigns/{pot.campaign.id}/budget", {"amount_minor": amount_minor, "asset": "BON"})
            await self.owner(f"/v1/campaigns/{pot.campaign.id}/drive-again")
            waiting = list(pot.owed)
            pot.fill(amount_minor)
            for claim in waiting:
                await self.story_beyond(NOTHING, claim)

    async def settle(self) -> None:
        """Wait until the rules have looked at everything that was accepted."""
        for claim in self._unsettled:
            [bonus] = (await self.story_beyond(ON_ITS_WAY, claim))["bonuses"]
            claim.accrual_id = UUID(bonus["accrual_id"])
        for claim in sorted(self._unsettled, key=lambda claim: claim.accrual_id):
            claim.pot.pay(claim)
        self._unsettled.clear()

    async def compare(self) -> None:
        """Every wallet and every budget is as the model says."""
        await self.settle()
        for purse in self.purses:
            wallet = await again_until_it_works(lambda purse=purse: self.driver.wallet(purse.agent))  # type: ignore[misc]
            assert wallet == purse.wallet, f"{purse.agent.id}: {wallet}, not {purse.wallet}"
        for pot in self.pots:
            spent_minor = await again_until_it_works(lambda pot=pot: self.driver.spent(pot.campaign))  # type: ignore[misc]
            assert spent_minor == pot.cap_minor - pot.left_minor, pot.campaign.id

    async def _claim(self, code: str, pot: Pot, purse: Purse) -> None:
        key = self.new_key()
        answer = await sure(lambda: self.driver.scan(purse.agent, code, key=key))
        assert answer.status_code == 201, answer.text
        self._settle_later(Claim(code, key, answer.json()["scan_id"], purse, pot))
        # Where it matters who comes first, nobody else comes before this one is through.
        if pot.in_turn:
            await self.settle()

    def _settle_later(self, claim: Claim) -> None:
        self.claims.append(claim)
        self._unsettled.append(claim)

    def _order(self, state: str) -> Order | None:
        found = [order for order in self.orders if order.spend.state == state]
        return self.chance.choice(found) if found else None

    async def _came_back(self, order: Order, state: str) -> None:
        """Money is free again; what of it is beyond its last day has to be swept away before anything else happens."""
        if order.settle(state):
            await self.settle()
            await self._swept(order.purse)

    async def _swept(self, purse: Purse) -> None:
        await until(
            lambda: again_until_it_works(lambda: self.driver.wallet(purse.agent)), lambda seen: seen == purse.wallet
        )


STEPS: dict[Step, float] = {
    Universe.enrol: 2,
    Universe.scan_new: 30,
    Universe.scan_many: 3,
    Universe.scan_too_early: 2,
    Universe.scan_again: 8,
    Universe.scan_foreign: 6,
    Universe.guess: 2,
    Universe.spend: 15,
    Universe.capture: 6,
    Universe.release: 5,
    # The schedule looks for these every ten seconds.
    Universe.abandon: 0.2,
    Universe.expire: 0.4,
    Universe.refund: 4,
    Universe.take_back: 4,
    Universe.pause_or_resume: 1,
    Universe.fill: 2,
}

"""A universe: a program of its own in which chance does one thing after the other, to the service and to the model."""

import random
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from tests.calls import until
from tests.driver import Driver
from tests.story.test_secrets import wrong_code
from tests.torture.model import Claim, Order, Pot, Purse
from tests.torture.patience import again_until_it_works, sure, sure_of_each

PLENTY_MINOR = 10**9
# How a bonus is that nobody can spend yet, and one that nobody can spend at all.
ON_ITS_WAY = frozenset({"waiting", "pending"})
NOTHING = ON_ITS_WAY | {"denied", "canceled"}

Step = Callable[["Universe"], Awaitable[None]]


class Universe:
    """Everything that was done so far, as it should have come out."""

    def __init__(self, driver: Driver, chance: random.Random) -> None:
        self.driver = driver
        self.chance = chance
        self.purses: list[Purse] = []
        self.pots: list[Pot] = []
        self.codes: dict[Pot, list[str]] = {}
        self.claims: list[Claim] = []
        self.orders: list[Order] = []
        self._unsettled: list[Claim] = []

    async def begin(self) -> None:
        """A rich campaign, a poor one, and three agents."""
        for budget_minor, bonus_minor in ((PLENTY_MINOR, 100), (1_000, 70)):
            campaign = await self.driver.campaign(budget_minor, bonus_minor)
            self.pots.append(Pot(campaign, bonus_minor, budget_minor, budget_minor))
        for _ in range(3):
            await self.enrol()

    async def run(self, steps: int) -> None:
        """So many steps, compared with the model every now and then."""
        for number in range(1, steps + 1):
            [step] = self.chance.choices(list(STEPS), weights=list(STEPS.values()))
            await step(self)
            if number % 100 == 0:
                await self.compare()
        await self.compare()

    async def enrol(self) -> None:
        self.purses.append(Purse(await again_until_it_works(self.driver.agent)))

    async def scan_new(self) -> None:
        """A code that nobody has scanned."""
        pot, purse = self.chance.choice(self.pots), self.chance.choice(self.purses)
        await self._claim(await self._code_of(pot), pot, purse)

    async def scan_many(self) -> None:
        """A phone's whole queue, and all of it again."""
        pot, purse = self.pots[0], self.chance.choice(self.purses)
        codes = [await self._code_of(pot) for _ in range(self.chance.randint(2, 20))]
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
            key = self.chance.choice([claim.key, self._new_key()])
            answer = await sure(lambda: self.driver.scan(claim.purse.agent, claim.code, key=key))
            assert (answer.status_code in {200, 201, 202}, answer.json()["scan_id"]) == (True, claim.scan_id)

    async def scan_foreign(self) -> None:
        if self.claims:
            claim, purse, key = self.chance.choice(self.claims), self.chance.choice(self.purses), self._new_key()
            if purse is not claim.purse:
                answer = await sure(lambda: self.driver.scan(purse.agent, claim.code, key=key))
                assert answer.json()["slug"] == "already_claimed"

    async def guess(self) -> None:
        """A code of nobody's, from somewhere in the world, by somebody who was made for it."""
        code, key = wrong_code(), self._new_key()
        guesser = await again_until_it_works(self.driver.agent)
        self.driver.http.headers["X-Forwarded-For"] = f"2001:db8:{self.chance.randrange(2**16):x}::1"
        answer = await sure(lambda: self.driver.scan(guesser, code, key=key))
        del self.driver.http.headers["X-Forwarded-For"]
        assert answer.json()["slug"] == "not_accepted"

    async def spend(self) -> None:
        """Some of what he has, or more."""
        purse, key = self.chance.choice(self.purses), self._new_key()
        await self.settle()
        amount_minor = self.chance.randint(1, purse.available_minor + 50)
        answer = await sure(lambda: self.driver.spend(purse.agent, amount_minor, key=key))
        if amount_minor > purse.available_minor:
            assert answer.json()["slug"] == "insufficient_funds"
            return
        assert answer.status_code == 201, answer.text
        purse.available_minor -= amount_minor
        purse.reserved_minor += amount_minor
        self.orders.append(Order(answer.json()["id"], purse, amount_minor))

    async def capture(self) -> None:
        if order := self._order("reserved"):
            await self._owner(f"/v1/spends/{order.spend_id}/capture")
            order.capture()

    async def release(self) -> None:
        if order := self._order("reserved"):
            path, device, key = f"/v1/spends/{order.spend_id}/release", order.purse.agent.device, self._new_key()
            answer = await sure(lambda: self.driver.call("POST", path, token=device.token, key=key, device=device))
            assert answer.status_code == 200, answer.text
            order.release()

    async def refund(self) -> None:
        if order := self._order("captured"):
            await self._owner(f"/v1/spends/{order.spend_id}/refund")
            order.refund()

    async def take_back(self) -> None:
        """A bonus that was paid, wherever it is by now."""
        await self.settle()
        paid = [claim for claim in self.claims if claim.paid_minor]
        if paid:
            claim = self.chance.choice(paid)
            bonuses = (await self._story(claim))["bonuses"]
            [bonus] = [bonus for bonus in bonuses if bonus["state"] not in NOTHING]
            taken = await self._owner(f"/v1/accruals/{bonus['accrual_id']}/clawback", {"reason": "returned"})
            assert taken["amount_minor"] == claim.take_back()

    async def pause_or_resume(self) -> None:
        await self.settle()
        pot = self.chance.choice(self.pots)
        await self._owner(f"/v1/campaigns/{pot.campaign.id}/{'resume' if pot.paused else 'pause'}")
        pot.paused = not pot.paused

    async def fill(self) -> None:
        """Enough for everybody who was denied, and some more."""
        await self.settle()
        pot = self.pots[1]
        if not pot.paused:
            amount_minor = (len(pot.owed) + self.chance.randint(0, 5)) * pot.bonus_minor + 1
            await self._owner(f"/v1/campaigns/{pot.campaign.id}/budget", {"amount_minor": amount_minor, "asset": "BON"})
            await self._owner(f"/v1/campaigns/{pot.campaign.id}/drive-again")
            waiting = list(pot.owed)
            pot.fill(amount_minor)
            for claim in waiting:
                await self._story_beyond(NOTHING, claim)

    async def settle(self) -> None:
        """Wait until the rules have looked at everything that was accepted."""
        for claim in self._unsettled:
            await self._story_beyond(ON_ITS_WAY, claim)
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
        key = self._new_key()
        answer = await sure(lambda: self.driver.scan(purse.agent, code, key=key))
        assert answer.status_code == 201, answer.text
        self._settle_later(Claim(code, key, answer.json()["scan_id"], purse, pot))
        # Where it matters who comes first, nobody else comes before this one is through.
        if pot.scarce:
            await self.settle()

    def _settle_later(self, claim: Claim) -> None:
        self.claims.append(claim)
        self._unsettled.append(claim)

    async def _code_of(self, pot: Pot) -> str:
        if not self.codes.get(pot):
            self.codes[pot] = await again_until_it_works(lambda: self.driver.mint(50, pot.campaign))
        return self.codes[pot].pop()

    def _order(self, state: str) -> Order | None:
        found = [order for order in self.orders if order.state == state]
        return self.chance.choice(found) if found else None

    def _new_key(self) -> str:
        return str(UUID(int=self.chance.getrandbits(128)))

    async def _story_beyond(self, states: frozenset[str], claim: Claim) -> None:
        """Wait until what became of a claim is in none of these states any more."""
        await until(lambda: self._story(claim), lambda story: story["state"] not in states)

    async def _story(self, claim: Claim) -> Any:
        path, token = f"/v1/activities/{claim.scan_id}", claim.purse.agent.device.token
        answer = await sure(lambda: self.driver.call("GET", path, token=token))
        return answer.raise_for_status().json()["activity"]

    async def _owner(self, path: str, body: object = None) -> Any:
        """A write by the owner that has to succeed, once."""
        key = self._new_key()
        answer = await sure(lambda: self.driver.call("POST", path, body, token=self.driver.owner_key, key=key))
        assert answer.is_success, f"{path}: {answer.text}"
        return answer.json()


STEPS: dict[Step, int] = {
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
    Universe.refund: 4,
    Universe.take_back: 4,
    Universe.pause_or_resume: 1,
    Universe.fill: 2,
}

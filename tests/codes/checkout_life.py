"""A life with orders: chance does one thing to them after the other, and several such lives go on in one world."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

from codes import checkout
from codes.order_returns import Return, ReturnedLine, ReturnRefused, ReturnView, take_back
from codes.orders import AskedLine, Order
from codes.promises import OrderRefused
from codes.promo_orders import OrderChanged, OrderSettled, OrderView
from core.db import execute
from tests.codes.checkout_model import Basket, Sale, Span, Verdict
from tests.codes.checkout_world import World


async def live(world: World, steps: int, *, at_once: int) -> None:
    """So many steps, shared by as many as live at once."""
    async with asyncio.TaskGroup() as group:
        for seed in [world.chance.getrandbits(32) for _ in range(at_once)]:
            group.create_task(Life(world, random.Random(seed)).live(steps // at_once))


class Life:
    """One who brings orders, one after the other, and does to them whatever may be done."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self._world = world
        self._chance = chance
        self._held: list[Basket] = []
        self._sold: list[Sale] = []

    async def live(self, steps: int) -> None:
        for _ in range(steps):
            [step] = self._chance.choices(list(STEPS), weights=list(STEPS.values()))
            await step(self)

    async def ask(self) -> None:
        """A quote, which changes nothing."""
        basket = self._new()
        began = self._world.tick()
        seen = await checkout.quote(_order(basket), shop_id=basket.shop, customer=basket.buyer)
        self._told(basket, self._since(began), seen.codes[0].reason)
        if seen.codes[0].reason is None:
            _compare(seen, basket, "quoted")

    async def reserve(self) -> None:
        basket = self._new()
        answers = await self._twice(basket, lambda: self._reserve(basket))
        if any(isinstance(one, OrderView) for one in answers):
            self._held.append(basket)

    async def redeem(self) -> None:
        basket = self._world.new_basket(self._chance)
        if any(isinstance(one, OrderView) for one in await self._twice(basket, lambda: self._redeem(basket))):
            self._sell(basket)

    async def capture(self) -> None:
        """What is held cannot fail for want of room."""
        if basket := self._pick(self._held):
            self._held.remove(basket)
            _compare(await self._redeem(basket), basket, "succeeded")
            self._sell(basket)

    async def let_go(self) -> None:
        """A reservation that is given up, or one whose time is over; its order may be asked for again."""
        if basket := self._pick(self._held):
            self._held.remove(basket)
            began = self._world.tick()
            if self._chance.random() < 0.5:
                for _ in range(2):
                    assert (await checkout.release(basket.shop, basket.ref)).state == "released"
            else:
                await execute(
                    "UPDATE promo_order SET expires_at = now() - interval '1 second' WHERE order_ref = $1", basket.ref
                )
                while await checkout.expire_overdue():
                    pass
            self._world.history.free(basket.needs(), self._since(began))
            if self._chance.random() < 0.3 and any(
                isinstance(one, OrderView) for one in await self._twice(basket, lambda: self._reserve(basket))
            ):
                self._held.append(basket)

    async def ask_again(self) -> None:
        """A till that lost its answer, and one that uses a reference twice."""
        if sale := self._pick(self._sold):
            basket = sale.basket
            _compare(await self._redeem(basket), basket, sale.state)
            changed = _order(basket, first_amount_minor=basket.goods[0].amount_minor + 1)
            assert await _refusal(checkout.redeem(changed, shop_id=basket.shop, customer=basket.buyer)) is OrderChanged
            assert await _refusal(checkout.release(basket.shop, basket.ref)) is OrderSettled

    async def take_back(self) -> None:
        """Some pieces, or everything that is left; asked twice it is one return."""
        if sale := self._pick(self._sold):
            pieces = {place: self._chance.randint(1, left) for place, left in enumerate(sale.left) if left}
            if self._chance.random() < 0.3:
                asked, pieces = {}, dict(enumerate(sale.left))
            else:
                pieces = dict(self._chance.sample(sorted(pieces.items()), k=min(len(pieces), 2)))
                asked = pieces
            if any(pieces.values()):
                await self._take_back(sale, asked, pieces)

    async def take_back_too_much(self) -> None:
        if sale := self._pick(self._sold):
            back = _return(sale.basket, {0: sale.left[0] + 1})
            assert await _refusal(take_back(back, shop_id=sale.basket.shop)) is ReturnRefused

    async def take_back_before_the_sale(self) -> None:
        """What is here before its sale is parked, and comes off the sale as soon as it is there."""
        basket = self._world.new_basket(self._chance)
        pieces = {0: self._chance.randint(1, basket.goods[0].quantity + 1)}
        parked = await take_back(_return(basket, pieces), shop_id=basket.shop)
        assert parked.parked
        began = self._world.tick()
        try:
            await self._redeem(basket)
        except OrderRefused as refused:
            self._told(basket, self._since(began), _reason(refused))
            return
        span = self._since(began)
        self._told(basket, span, None)
        self._world.history.take(basket.needs(), span)
        sale = self._sell(basket)
        _, freed = sale.take_back(pieces)
        self._world.history.free(freed, span)

    async def _take_back(self, sale: Sale, asked: dict[int, int], pieces: dict[int, int]) -> None:
        began = self._world.tick()
        back = _return(sale.basket, asked)
        answers = await asyncio.gather(*(take_back(back, shop_id=sale.basket.shop) for _ in range(2)))
        refund_minor, freed = sale.take_back(pieces)
        self._world.history.free(freed, self._since(began))
        assert [one.refund_minor for one in answers] == [refund_minor] * 2, (sale, pieces, answers)
        assert isinstance(answers[0], ReturnView)

    def _new(self) -> Basket:
        """An order of today: a reservation is made where there is a network."""
        while True:
            basket = self._world.new_basket(self._chance)
            if basket.day == self._world.today:
                return basket

    async def _twice(self, basket: Basket, ask: Callable[[], Awaitable[OrderView]]) -> list[Any]:
        """Ask once, or twice at the same time; what is given is given once, and each refusal has its reason."""

        async def one() -> OrderView | str:
            began = self._world.tick()
            try:
                return await ask()
            except OrderRefused as refused:
                reason = _reason(refused)
                self._told(basket, self._since(began), reason)
                return reason

        began = self._world.tick()
        answers = await asyncio.gather(*(one() for _ in range(self._chance.choice((1, 1, 2)))))
        given = [answer for answer in answers if isinstance(answer, OrderView)]
        if given:
            span = self._since(began)
            self._told(basket, span, None)
            self._world.history.take(basket.needs(), span)
            assert all(one == given[0] for one in given)
            _compare(given[0], basket, given[0].state)
        return answers

    async def _reserve(self, basket: Basket) -> OrderView:
        return await checkout.reserve(
            _order(basket), shop_id=basket.shop, customer=basket.buyer, ttl_seconds=checkout.TTL_SECONDS_MAX
        )

    async def _redeem(self, basket: Basket) -> OrderView:
        return await checkout.redeem(
            _order(basket),
            shop_id=basket.shop,
            customer=basket.buyer,
            occurred_at=datetime.fromisoformat(basket.day),
        )

    def _sell(self, basket: Basket) -> Sale:
        sale = Sale(basket)
        self._sold.append(sale)
        self._world.sales.append(sale)
        return sale

    def _pick(self, among: list[Any]) -> Any:
        return self._chance.choice(among) if among else None

    def _since(self, began: int) -> Span:
        return Span(began, self._world.tick())

    def _told(self, basket: Basket, span: Span, reason: str | None) -> None:
        self._world.history.verdicts.append(Verdict(basket, span, reason))


STEPS: dict[Callable[[Life], Awaitable[None]], int] = {
    Life.ask: 3,
    Life.reserve: 4,
    Life.redeem: 6,
    Life.capture: 2,
    Life.let_go: 2,
    Life.ask_again: 1,
    Life.take_back: 6,
    Life.take_back_too_much: 1,
    Life.take_back_before_the_sale: 1,
}


def _order(basket: Basket, *, first_amount_minor: int | None = None) -> Order:
    amounts = [line.amount_minor for line in basket.goods]
    if first_amount_minor is not None:
        amounts[0] = first_amount_minor
    lines = tuple(
        AskedLine(str(place), "K-24", line.quantity, amount_minor, line.least_minor, line.discountable)
        for place, (line, amount_minor) in enumerate(zip(basket.goods, amounts, strict=True))
    )
    return Order(basket.ref, (basket.code,), lines, basket.step_minor)


def _return(basket: Basket, pieces: dict[int, int]) -> Return:
    lines = tuple(ReturnedLine(str(place), quantity) for place, quantity in pieces.items())
    return Return(basket.ref, str(uuid4()), lines)


def _compare(seen: OrderView, basket: Basket, state: str) -> None:
    """Every line at its price, and the price of each piece, which sum to it."""
    assert [line.final_minor for line in seen.lines] == basket.finals, (basket, seen)
    assert (seen.state, seen.discount_minor, seen.final_minor) == (state, basket.discount_minor, sum(basket.finals))
    for line, goods in zip(seen.lines, basket.goods, strict=True):
        assert sum(group.quantity for group in line.pieces) == goods.quantity
        assert sum(group.quantity * group.price_minor for group in line.pieces) == line.final_minor


def _reason(refused: OrderRefused) -> str:
    """Why the only code of an order gave nothing."""
    codes: Any = refused.facts["codes"]
    reason: str = codes[0]["reason"]
    return reason


async def _refusal(asked: Awaitable[Any]) -> type[Exception] | None:
    try:
        await asked
    except Exception as refused:  # noqa: BLE001 - which one it is is the question.
        return type(refused)
    return None

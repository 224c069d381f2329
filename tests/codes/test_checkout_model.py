import random
from uuid import uuid4

import pytest

from core.settings import Settings
from tests.codes.checkout_life import live
from tests.codes.checkout_model import Basket, Bound, Goods, History, Sale, Span, Terms, Verdict
from tests.codes.checkout_world import World

STEPS = 240


@pytest.mark.usefixtures("proven")
@pytest.mark.parametrize("at_once", [1, 6])
async def test_whatever_chance_does_to_orders_they_come_out_as_the_model_says(settings: Settings, at_once: int) -> None:
    world = World(random.Random(at_once))
    await world.begin(settings.database_owner_url)

    await live(world, STEPS // 2, at_once=at_once)

    assert await world.wrong() == []


TERMS = Terms("one", off_basis_points=1_000, bonus_basis_points=300, bounds=(Bound("campaign", 1),))


def a_basket(ref: str = "1") -> Basket:
    return Basket(ref, TERMS, "CODE", uuid4(), uuid4(), None, "2026-11-22", (Goods(3, 10_000),))


def test_the_model_tells_that_a_limit_let_one_too_many_through() -> None:
    history = History()
    for ref, span in (("1", Span(1, 2)), ("2", Span(3, 4))):
        history.take(a_basket(ref).needs(), span)
        history.verdicts.append(Verdict(a_basket(ref), span))

    assert len(history.impossible()) == 1


def test_the_model_tells_that_somebody_was_refused_although_there_was_room() -> None:
    history = History()
    history.take(a_basket().needs(), Span(1, 2))
    history.free(a_basket().needs(), Span(3, 4))
    history.verdicts += [Verdict(a_basket("2"), Span(5, 6), "limit_campaign")]

    assert len(history.impossible()) == 1


def test_the_model_blames_nobody_for_what_happened_at_the_same_time() -> None:
    history = History()
    history.take(a_basket().needs(), Span(1, 4))
    history.verdicts += [Verdict(a_basket("2"), Span(2, 3), "limit_campaign")]

    assert history.impossible() == []


def test_returns_of_the_model_give_back_all_that_was_paid() -> None:
    sale = Sale(a_basket())

    refunds = [sale.take_back({0: 1})[0] for _ in range(3)]

    assert sum(refunds) == 9_000
    assert (sale.state, sale.bonus_minor, sale.owed_minor) == ("returned", 0, 0)

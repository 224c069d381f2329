import asyncio
from typing import Literal
from uuid import UUID, uuid4

import pytest

from codes.activation import change_range
from codes.batches import BatchNotSealed, CodeBatch, order
from codes.keyring import Keyring
from codes.scans import claim
from codes.transitions import BeyondBatch
from core.db import fetch, fetch_value, transaction
from core.refusals import NotFound
from tests.interruptions import interruptions
from tests.packs import (
    BONUS_MINOR,
    Sale,
    a_sale,
    an_agent,
    asks,
    said,
    scan,
    settled,
    some_agents,
    told,
    verdict_of,
    wallet,
)
from tests.programs.stored import BY

State = Literal["active", "suspended", "recalled"]


@pytest.fixture
async def sale(proven: None) -> Sale:
    """Codes that are printed and not on sale yet."""
    return await a_sale(on_sale=False)


async def put(sale: Sale, state: State, first: int = 0, stop: int | None = None) -> CodeBatch:
    return await change_range(sale.batch.id, first=first, stop=stop, state=state, reason="", by=BY)


# Activation pays the earliest.


async def test_activation_pays_the_earliest_held_scan_and_tells_the_others(sale: Sale) -> None:
    first, second, third = await some_agents(3)
    for agent_id in (first, second, third):
        await scan(agent_id, sale.batch.code(0))

    await put(sale, "active")

    await settled()
    assert await told(first) == [("held", None), ("credited", BONUS_MINOR), ("available", BONUS_MINOR)]
    assert await told(second) == await told(third) == [("held", None), ("denied", "already_claimed")]
    assert await fetch("SELECT FROM held_scan") == []


async def test_a_held_scan_that_was_paid_is_repeated_as_accepted_with_its_bonus(sale: Sale) -> None:
    agent_id = await an_agent()
    before = verdict_of(await scan(agent_id, sale.batch.code(0), key=b"once"))
    await put(sale, "active")

    after = verdict_of(await scan(agent_id, sale.batch.code(0), key=b"once"))

    assert said(after) == "replayed accepted"
    assert after.scan.scan_id == before.scan.scan_id
    assert after.scan.expected is not None
    assert after.scan.expected.amount_minor == BONUS_MINOR


async def test_a_held_scan_that_lost_is_repeated_as_somebody_elses(sale: Sale) -> None:
    first, second = await some_agents(2)
    await scan(first, sale.batch.code(0))
    await scan(second, sale.batch.code(0), key=b"once")
    await put(sale, "active")

    assert said(await scan(second, sale.batch.code(0), key=b"once")) == "already_claimed"


async def test_activation_again_pays_nothing_again(sale: Sale) -> None:
    agent_id = await an_agent()
    await scan(agent_id, sale.batch.code(0))

    for _ in range(2):
        await put(sale, "active")

    await settled()
    assert (await wallet(agent_id)).available_minor == BONUS_MINOR


async def test_thirty_who_activate_at_once_pay_a_held_scan_once(sale: Sale) -> None:
    agent_id = await an_agent()
    await scan(agent_id, sale.batch.code(0))

    await asyncio.gather(*(put(sale, "active") for _ in range(30)))

    await settled(at_once=3)
    assert (await wallet(agent_id)).available_minor == BONUS_MINOR


async def test_activation_in_pieces_pays_each_piece_as_it_comes(sale: Sale) -> None:
    agent_id = await an_agent()
    for index in range(10):
        await scan(agent_id, sale.batch.code(index))

    paid = []
    for first in (0, 5):
        await put(sale, "active", first, first + 5)
        await settled()
        paid.append((await wallet(agent_id)).available_minor)

    assert paid == [5 * BONUS_MINOR, 10 * BONUS_MINOR]
    assert said(await scan(agent_id, sale.batch.code(10))) == "new held"


async def test_activating_the_rest_keeps_the_time_of_what_was_on_sale_before(sale: Sale) -> None:
    early = await put(sale, "active", 0, 5)

    whole = await put(sale, "active")

    assert [(one.first, one.stop, one.state) for one in whole.ranges] == [
        (0, 5, "active"),
        (5, sale.batch.size, "active"),
    ]
    assert whole.ranges[0] == early.ranges[0]


async def test_a_scan_that_meets_its_activation_is_paid_in_whichever_order_they_come(sale: Sale) -> None:
    agents = await some_agents(20)
    ring = Keyring()
    await scan(await an_agent(), sale.batch.code(sale.batch.size - 1), keyring=ring)

    scans = [claim([asks(agent_id, sale.batch.code(n))], keyring=ring) for n, agent_id in enumerate(agents[:19])]
    await asyncio.gather(*scans[:9], put(sale, "active"), *scans[9:])

    await settled()
    assert {(await wallet(agent_id)).available_minor for agent_id in agents[:19]} == {BONUS_MINOR}
    assert await fetch("SELECT FROM held_scan") == []


async def test_a_scan_that_looked_before_the_activation_looks_again_after_it(sale: Sale) -> None:
    agent_id, ring = await an_agent(), Keyring()
    known = await ring.current()
    await known.identify([(sale.batch.code(0),)])

    class Before(Keyring):
        """A keyring that read the revision a moment before the activation."""

        async def current(self) -> object:  # type: ignore[override]
            self.current = ring.current  # type: ignore[method-assign]
            return known

    await put(sale, "active")

    assert said(await scan(agent_id, sale.batch.code(0), keyring=Before())) == "new accepted"


async def test_an_activation_that_is_cut_anywhere_has_happened_or_not(sale: Sale) -> None:
    first, second = await some_agents(2)
    for agent_id in (first, second):
        await scan(agent_id, sale.batch.code(0))

    cuts = [await is_whole() async for _ in interruptions(lambda: put(sale, "active"))]

    await settled()
    assert len(cuts) > 8
    assert all(cuts)
    assert (await wallet(first)).available_minor == BONUS_MINOR
    assert await told(second) == [("held", None), ("denied", "already_claimed")]


async def is_whole() -> bool:
    """Whether the codes are on sale and the scan is paid, or neither."""
    states = await fetch(
        """SELECT (SELECT bool_and(state = 'active') FROM code_range) AS on_sale, (SELECT count(*) FROM scan) AS scans,
                  (SELECT count(*) FROM activity_queue) AS queued, (SELECT count(*) FROM held_scan) AS held"""
    )
    return [tuple(row) for row in states] in ([(False, 0, 0, 2)], [(True, 1, 1, 0)])


# What cannot be changed.


@pytest.mark.parametrize(("first", "stop"), [(-1, 5), (5, 5), (6, 5), (0, 10**6)])
async def test_indexes_that_the_batch_does_not_have_are_refused(sale: Sale, first: int, stop: int) -> None:
    with pytest.raises(BeyondBatch):
        await put(sale, "active", first, stop)


async def test_a_batch_that_is_not_sealed_cannot_be_activated(sale: Sale) -> None:
    draft = await order(sale.program_id, product_id=sale.product_id, count=5, by=BY)

    with pytest.raises(BatchNotSealed):
        await change_range(draft.id, first=0, stop=None, state="active", reason="", by=BY)


async def test_another_program_cannot_change_our_batch(sale: Sale) -> None:
    with pytest.raises(NotFound):
        await change_range(sale.batch.id, first=0, stop=None, state="active", reason="", by=BY, program_id=uuid4())


async def test_a_refused_change_leaves_what_processes_remember(sale: Sale) -> None:
    before = await fetch_value("SELECT revision FROM code_revision")

    with pytest.raises(BeyondBatch):
        await put(sale, "active", 5, 5)

    assert await fetch_value("SELECT revision FROM code_revision") == before


async def test_each_change_is_audited(sale: Sale) -> None:
    await put(sale, "active", 0, 5)

    facts: UUID = await fetch_value("SELECT facts ->> 'batch_id' FROM audit_entry WHERE action = 'range.active'")
    assert facts == str(sale.batch.id)


async def test_a_change_waits_for_whoever_is_just_holding_a_scan(sale: Sale) -> None:
    ring = Keyring()
    async with transaction():
        assert await (await ring.current()).hold()
        changing = asyncio.create_task(in_own_context(sale))
        done, _ = await asyncio.wait({changing}, timeout=0.3)
        assert not done

    await changing


async def in_own_context(sale: Sale) -> None:
    from core.db import engine

    engine.current_transaction.set(None)
    await put(sale, "active")

import pytest

from codes.activation import Change, change_range
from codes.batches import CodeBatch
from codes.transitions import RangeState
from core.db import execute, fetch_value
from tests.packs import (
    BONUS_MINOR,
    Sale,
    a_sale,
    an_agent,
    said,
    scan,
    settled,
    some_agents,
    told,
    verdict_of,
    wallet,
)
from tests.programs.stored import BY


@pytest.fixture
async def sale(proven: None) -> Sale:
    """Codes that are printed and not on sale yet."""
    return await a_sale(on_sale=False)


async def put(sale: Sale, state: Change, first: int = 0, stop: int | None = None) -> CodeBatch:
    return await change_range(sale.batch.id, first=first, stop=stop, state=state, reason="", by=BY)


# A scan that comes too early is held.


async def test_a_scan_before_activation_is_held_and_its_agent_is_told(sale: Sale) -> None:
    agent_id = await an_agent()

    judged = await scan(agent_id, sale.batch.code(0))

    assert said(judged) == "new held"
    assert verdict_of(judged).scan.product_id is None
    assert await told(agent_id) == [("held", None)]
    assert await settled() == 0


@pytest.mark.parametrize("state", ["sealed", "exported", "printed", "in_transit"])
async def test_a_scan_is_held_wherever_its_goods_are_before_they_are_on_sale(sale: Sale, state: str) -> None:
    await execute("UPDATE code_range SET state = $1", state)
    await execute("UPDATE code_revision SET revision = revision + 1")

    assert said(await scan(await an_agent(), sale.batch.code(0))) == "new held"


async def test_a_held_scan_that_comes_again_is_still_held_and_told_once(sale: Sale) -> None:
    agent_id = await an_agent()

    judged = [await scan(agent_id, sale.batch.code(0), key=key) for key in (b"once", b"once", b"other")]

    assert list(map(said, judged)) == ["new held", "replayed held", "already_yours held"]
    assert len({verdict_of(one).scan.scan_id for one in judged}) == 1
    assert await told(agent_id) == [("held", None)]


async def test_a_held_scan_claims_nothing(sale: Sale) -> None:
    one, other = await some_agents(2)

    judged = [await scan(agent_id, sale.batch.code(0)) for agent_id in (one, other)]

    assert list(map(said, judged)) == ["new held", "new held"]


# Recall and suspension.


@pytest.mark.parametrize(("state", "reason"), [("recalled", "recalled"), ("expired", "goods_expired")])
async def test_whoever_waits_for_goods_that_are_over_is_told_and_never_paid(
    sale: Sale, state: Change, reason: str
) -> None:
    agent_id = await an_agent()
    await scan(agent_id, sale.batch.code(0), key=b"once")

    await put(sale, state)

    assert await told(agent_id) == [("held", None), ("denied", reason)]
    assert said(await scan(agent_id, sale.batch.code(0), key=b"once")) == "not_accepted"
    with pytest.raises(RangeState):
        await put(sale, "active")


async def test_held_scans_of_a_neighbour_wait_on(sale: Sale) -> None:
    agent_id = await an_agent()
    await scan(agent_id, sale.batch.code(5))
    await put(sale, "recalled", 0, 5)
    await put(sale, "recalled", 6, 10)

    await put(sale, "active", 5, 6)

    await settled()
    assert (await wallet(agent_id)).available_minor == BONUS_MINOR


async def test_a_suspended_range_accepts_nothing_and_pays_those_it_holds_when_it_is_on_sale(sale: Sale) -> None:
    early, late = await some_agents(2)
    await scan(early, sale.batch.code(0))
    await put(sale, "suspended")

    assert said(await scan(late, sale.batch.code(1))) == "not_accepted"

    await put(sale, "active")
    await settled()
    assert (await wallet(early)).available_minor == BONUS_MINOR
    assert said(await scan(late, sale.batch.code(1))) == "new accepted"


@pytest.mark.parametrize(
    ("before", "state"),
    [
        ("recalled", "active"),
        ("recalled", "suspended"),
        ("voided", "active"),
        ("voided", "recalled"),
        ("expired", "active"),
        ("leaked", "active"),
    ],
)
async def test_what_is_final_stays_as_it_is(sale: Sale, before: str, state: Change) -> None:
    await execute("UPDATE code_range SET state = $1", before)

    with pytest.raises(RangeState) as refused:
        await put(sale, state)

    assert refused.value.facts == {"states": [before]}
    assert await fetch_value("SELECT state FROM code_range") == before

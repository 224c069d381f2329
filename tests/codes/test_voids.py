"""A batch is voided by two persons, for ever: no code of it verifies again, not after a restore either."""

import asyncio
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from codes import voids
from codes.batches import BatchNotSealed, BatchWithoutKey, find, order, with_key
from codes.keyring import Keyring
from codes.voids import VoidAsked, VoidRequest, VoidSettled
from core import destroyed
from core.access import SecondPersonNeeded
from core.db import execute, fetch, fetch_row, fetch_value
from core.destroyed import DestructionUnlogged
from core.refusals import NotFound
from tests.packs import Sale, a_sale, a_wrong_code, an_agent, painted, said, scan, told
from tests.programs.stored import BY

ANOTHER = "another"


@pytest.fixture
async def sale(proven: None) -> Sale:
    return await a_sale()


async def asked(sale: Sale) -> VoidRequest:
    return await voids.ask(sale.batch.id, reason="the archive was stolen", by=BY)


async def voided(sale: Sale) -> None:
    await voids.approve((await asked(sale)).id, by=ANOTHER)


async def test_when_two_persons_say_so_the_key_is_gone(sale: Sale) -> None:
    await voided(sale)

    batch = await find(sale.batch.id)
    assert (batch.state, [one.state for one in batch.ranges]) == ("voided", ["voided"])
    assert await fetch_value("SELECT wrapped_secret FROM code_batch") is None
    with pytest.raises(BatchWithoutKey):
        await with_key(sale.batch.id)


async def test_one_person_alone_voids_nothing(sale: Sale) -> None:
    request = await asked(sale)

    with pytest.raises(SecondPersonNeeded):
        await voids.approve(request.id, by=BY)

    assert (await find(sale.batch.id)).state == "sealed"
    assert [one.id for one in await voids.waiting(sale.program_id)] == [request.id]


async def test_its_codes_answer_as_codes_that_never_were_also_in_a_new_process(sale: Sale) -> None:
    agent_id, ring = await an_agent(), Keyring()
    await scan(agent_id, sale.batch.code(0), keyring=ring)
    await voided(sale)

    judged = [await scan(agent_id, sale.batch.code(1), keyring=one) for one in (ring, Keyring())]
    unknown = await scan(agent_id, a_wrong_code(sale.batch))

    assert list(map(said, [*judged, unknown])) == ["not_accepted"] * 3


async def test_whoever_waits_for_its_goods_is_told(proven: None) -> None:
    sale = await a_sale(on_sale=False)
    agent_id = await an_agent()
    await scan(agent_id, sale.batch.code(0))

    await voided(sale)

    assert await told(agent_id) == [("held", None), ("denied", "recalled")]


async def test_a_backup_that_brings_the_key_back_is_destroyed_again(sale: Sale) -> None:
    code = sale.batch.code(0)
    kept = await fetch_row("SELECT wrapped_secret FROM code_batch")
    assert kept is not None
    await voided(sale)
    await execute("UPDATE code_batch SET wrapped_secret = $1, state = 'sealed'", kept["wrapped_secret"])
    await execute("UPDATE code_range SET state = 'active'")
    await execute("UPDATE code_revision SET revision = revision + 1")
    assert said(await scan(await an_agent(), code)) == "new accepted"

    again = [await destroyed.apply() for _ in range(2)]

    assert [one[voids.KIND] for one in again] == [1, 0]
    assert said(await scan(await an_agent(), sale.batch.code(1))) == "not_accepted"


async def test_what_cannot_be_written_down_is_not_destroyed(sale: Sale, tmp_path: Path) -> None:
    request, folder = await asked(sale), destroyed._folder
    destroyed.keep_in("")
    try:
        with pytest.raises(DestructionUnlogged):
            await voids.approve(request.id, by=ANOTHER)
    finally:
        destroyed.keep_in(str(folder))

    assert (await find(sale.batch.id)).state == "sealed"
    assert said(await scan(await an_agent(), sale.batch.code(0))) == "new accepted"


async def test_thirty_who_approve_at_once_void_it_once(sale: Sale) -> None:
    request = await asked(sale)

    done = await asyncio.gather(*(voids.approve(request.id, by=ANOTHER) for _ in range(30)), return_exceptions=True)

    assert sum(isinstance(one, VoidRequest) for one in done) == 1
    assert sum(isinstance(one, VoidSettled) for one in done) == 29
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE action = 'batch.void'") == 1


async def test_a_batch_has_one_request_at_a_time_and_none_after_it_is_void(sale: Sale) -> None:
    request = await asked(sale)
    with pytest.raises(VoidAsked):
        await asked(sale)

    await voids.approve(request.id, by=ANOTHER)

    with pytest.raises(VoidAsked):
        await asked(sale)


async def test_a_request_that_was_withdrawn_comes_to_nothing(sale: Sale) -> None:
    request = await asked(sale)

    await voids.withdraw(request.id, by=BY)

    with pytest.raises(VoidSettled):
        await voids.approve(request.id, by=ANOTHER)
    assert (await find(sale.batch.id)).state == "sealed"
    await asked(sale)


async def test_a_recalled_part_is_no_obstacle(sale: Sale) -> None:
    await painted(sale.batch.id, "recalled", 3, 5)

    await voided(sale)

    assert await fetch("SELECT DISTINCT state FROM code_range WHERE state <> 'voided'") == []


async def test_a_draft_has_no_codes_to_void(sale: Sale) -> None:
    draft = await order(sale.program_id, product_id=sale.product_id, count=5, by=BY)

    with pytest.raises(BatchNotSealed):
        await voids.ask(draft.id, reason="", by=BY)


async def test_what_nobody_asked_for_is_not_found(proven: None) -> None:
    with pytest.raises(NotFound):
        await voids.approve(uuid4(), by=ANOTHER)


@pytest.mark.parametrize("part", ["api.app", "workers.main"])
def test_each_process_that_destroys_again_at_its_start_knows_how(part: str) -> None:
    asked = f"import {part}; from core import destroyed; print(*destroyed._ways)"

    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)

    assert voids.KIND in said.stdout

import asyncio

import pytest

from codes import activation, unprinted
from codes.downloads import (
    DownloadSessionEnded,
    EncryptedOnly,
    NoDownloadSession,
    NotEncrypted,
    approve,
    begin,
    count,
    end,
    find_session,
    listed,
    may_read,
)
from codes.print_orders import PrintOrder, PrintOrderState, find
from codes.transitions import RangeState
from core.access import SecondPersonNeeded
from core.db import execute, fetch_value
from tests.interruptions import interruptions
from tests.packs import Batch
from tests.printing import a_sealed_batch, an_exported_order, an_order, audited, states_of
from tests.programs.stored import BY

ANNA, BORIS, CLARA = "key:anna", "key:boris", "key:clara"
RECIPIENT = "age1q56akd6l5ux2524jtd0jzn4t8k34vu3dgv80u3xpsdecfu4zwegq7yxfpd"


@pytest.fixture
async def batch(proven: None) -> Batch:
    return await a_sealed_batch(100)


@pytest.fixture
async def order(batch: Batch) -> PrintOrder:
    return await an_order(batch)


async def a_day_passes() -> None:
    await execute("UPDATE download_session SET expires_at = expires_at - interval '24 hours'")


async def test_the_first_to_ask_may_read_for_a_day_and_the_codes_are_exported(batch: Batch, order: PrintOrder) -> None:
    session = await begin(order.id, by=ANNA)

    assert (session.state, session.number, session.approved_by) == ("usable", 1, None)
    assert await fetch_value("SELECT expires_at - requested_at = interval '24 hours' FROM download_session")
    assert (await find(order.id)).state == "exported"
    assert await states_of(batch) == [(0, batch.size, "exported")]
    assert (await may_read(order.id, by=ANNA, encrypted=False))[1] == session.id
    assert await audited("print_order.export") == [ANNA]


async def test_asking_again_within_the_day_gives_the_same_session(order: PrintOrder) -> None:
    sessions = [await begin(order.id, by=ANNA) for _ in range(3)]

    assert len({session.id for session in sessions}) == 1


async def test_thirty_who_ask_at_once_are_one_who_may_and_the_others_who_wait(order: PrintOrder) -> None:
    sessions = await asyncio.gather(*(begin(order.id, by=f"key:{n}") for n in range(30)))

    assert sorted(session.number for session in sessions) == list(range(1, 31))
    assert [session.state for session in sessions].count("usable") == 1


@pytest.mark.parametrize("by", [ANNA, BORIS])
async def test_after_the_day_even_the_first_waits_for_a_second_person(order: PrintOrder, by: str) -> None:
    await begin(order.id, by=ANNA)
    await a_day_passes()

    session = await begin(order.id, by=by)

    assert (session.state, session.number) == ("requested", 2)
    with pytest.raises(NoDownloadSession):
        await may_read(order.id, by=by, encrypted=False)


async def test_a_second_person_lets_him_read_for_another_day(order: PrintOrder) -> None:
    await begin(order.id, by=ANNA)
    asked = await begin(order.id, by=BORIS)

    approved = await approve(asked.id, by=CLARA)

    assert (approved.state, approved.approved_by) == ("usable", CLARA)
    assert (await may_read(order.id, by=BORIS, encrypted=False))[1] == asked.id
    assert await approve(asked.id, by=CLARA) == approved
    assert await audited("download.approve") == [CLARA]
    with pytest.raises(NoDownloadSession):
        await may_read(order.id, by=CLARA, encrypted=False)


async def test_nobody_approves_for_himself(order: PrintOrder) -> None:
    await begin(order.id, by=ANNA)
    asked = await begin(order.id, by=BORIS)

    with pytest.raises(SecondPersonNeeded):
        await approve(asked.id, by=BORIS)

    assert (await find_session(asked.id)).state == "requested"


async def test_the_database_opens_no_further_session_without_two_persons(order: PrintOrder) -> None:
    await begin(order.id, by=ANNA)
    await begin(order.id, by=BORIS)

    with pytest.raises(Exception, match="download_session_approved"):
        await execute("UPDATE download_session SET expires_at = now() WHERE number = 2")
    with pytest.raises(Exception, match="download_session_two_persons"):
        await execute("UPDATE download_session SET expires_at = now(), approved_by = requested_by WHERE number = 2")


async def test_a_session_that_was_ended_lets_nobody_read_and_is_not_approved(order: PrintOrder) -> None:
    first, asked = await begin(order.id, by=ANNA), await begin(order.id, by=BORIS)

    for session in (first, asked, asked):
        assert (await end(session.id, by=CLARA)).state == "ended"

    with pytest.raises(NoDownloadSession):
        await may_read(order.id, by=ANNA, encrypted=False)
    with pytest.raises(DownloadSessionEnded):
        await approve(asked.id, by=CLARA)
    assert await audited("download.end") == [CLARA, CLARA]


async def test_a_canceled_order_is_read_by_nobody(order: PrintOrder) -> None:
    await begin(order.id, by=ANNA)
    asked = await begin(order.id, by=BORIS)
    await unprinted.cancel(order.id, reason="", by=BY)

    with pytest.raises(PrintOrderState):
        await may_read(order.id, by=ANNA, encrypted=False)
    with pytest.raises(PrintOrderState):
        await begin(order.id, by=ANNA)
    with pytest.raises(PrintOrderState):
        await approve(asked.id, by=CLARA)


async def test_codes_that_were_suspended_meanwhile_do_not_leave(batch: Batch, order: PrintOrder) -> None:
    await activation.change_range(batch.id, first=5, stop=10, state="suspended", reason="", by=BY)

    with pytest.raises(RangeState):
        await begin(order.id, by=ANNA)

    assert (await find(order.id)).state == "open"
    assert await listed(order.id) == []


async def test_an_order_for_a_key_leaves_encrypted_and_one_for_none_does_not(batch: Batch) -> None:
    plain = await an_exported_order(batch, by=ANNA, stop=10)
    sealed = await an_exported_order(batch, by=ANNA, first=10, recipient=RECIPIENT)

    with pytest.raises(NotEncrypted):
        await may_read(plain.id, by=ANNA, encrypted=True)
    with pytest.raises(EncryptedOnly):
        await may_read(sealed.id, by=ANNA, encrypted=False)
    assert (await may_read(sealed.id, by=ANNA, encrypted=True))[0] == sealed


async def test_what_left_in_many_requests_at_once_adds_up(order: PrintOrder) -> None:
    session = await begin(order.id, by=ANNA)

    await asyncio.gather(*(count(session.id, bytes_served=17) for _ in range(30)))

    served = await find_session(session.id)
    assert (served.requests, served.bytes_served) == (30, 30 * 17)


async def test_a_first_session_that_is_cut_anywhere_has_begun_or_not(batch: Batch, order: PrintOrder) -> None:
    async def is_whole() -> bool:
        sessions, state = len(await listed(order.id)), (await find(order.id)).state
        [(_, _, range_state)] = await states_of(batch)
        return (sessions, state, range_state) in {(0, "open", "sealed"), (1, "exported", "exported")}

    cuts = [await is_whole() async for _ in interruptions(lambda: begin(order.id, by=ANNA))]

    assert len(cuts) > 8
    assert all(cuts)

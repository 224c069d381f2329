import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import msgspec
import pytest

from codes.guessing import AGENT_GUESSES, HOUR_REFUSALS, agent_subject, judge_guesses
from codes.packaging_code import Role
from codes.scans import Judged
from codes.watch import watch
from core.db import execute, fetch_value, transaction
from core.ids import uuid7
from core.settings import Settings
from referrals import risks, trust
from referrals.risks import RiskEvent, RiskState
from referrals.trust import DISTRUSTED_DAYS, KNOWN_SCANS, TRUSTED_SCANS, Trust, guesses_most
from tests.packs import Sale, a_sale, a_wrong_code, accepted, an_agent, asks, claimed, said, scan, some_agents

NETWORK_MOST = 3


@pytest.fixture
async def sale(proven: None) -> Sale:
    return await a_sale()


@pytest.fixture
async def silenced(sale: Sale) -> Sale:
    """Strangers have used up the guesses of a network."""
    await tried(*await some_agents(NETWORK_MOST), code=a_wrong_code(sale.batch))
    return sale


async def tried(*agents: UUID, code: str, **details: Any) -> list[Judged]:
    return await claimed(*(asks(agent_id, code, network_most=NETWORK_MOST, **details) for agent_id in agents))


async def suspected() -> list[RiskEvent]:
    await judge_guesses()
    return await risks.page(state=RiskState.open, limit=10)


async def trust_of(agent_id: UUID) -> Trust:
    return Trust(await fetch_value("SELECT trust FROM agent WHERE id = $1", agent_id))


async def grown_up(*agents: UUID) -> None:
    await execute("UPDATE agent SET created_at = created_at - interval '2 days' WHERE id = ANY($1)", agents)


async def test_whoever_is_known_scans_on_behind_a_network_that_others_have_silenced(silenced: Sale) -> None:
    known, stranger = await some_agents(2)

    [theirs] = await tried(stranger, code=silenced.batch.code(0))
    [his] = await tried(known, code=silenced.batch.code(0), trusted=True)

    assert (said(theirs), said(his)) == ("rate_limited", "new accepted")


async def test_behind_a_silenced_network_a_guess_is_his_own_and_teaches_him_nothing(silenced: Sale) -> None:
    agent_id = await an_agent()

    judged = [
        *await tried(agent_id, code=a_wrong_code(silenced.batch), trusted=True, most=2),
        *await tried(agent_id, code=a_wrong_code(silenced.batch), trusted=True, most=2),
        *await tried(agent_id, code=silenced.batch.code(0), trusted=True, most=2),
    ]

    assert list(map(said, judged)) == ["rate_limited"] * 3
    assert await fetch_value("SELECT failures FROM guess WHERE subject = $1", agent_id.bytes) == 2
    assert await fetch_value("SELECT failures FROM guess WHERE subject = 'network'") == NETWORK_MOST


async def test_guesses_of_whoever_is_known_count_for_his_network_too(sale: Sale) -> None:
    agents = await some_agents(NETWORK_MOST + 1)

    judged = await tried(*agents, code=a_wrong_code(sale.batch), trusted=True)

    assert list(map(said, judged)) == ["not_accepted"] * NETWORK_MOST + ["rate_limited"]
    assert await fetch_value("SELECT failures FROM guess WHERE subject = 'network'") == NETWORK_MOST


async def test_no_process_lets_one_guess_too_many_in_whoever_is_trusted(sale: Sale) -> None:
    agents = await some_agents(20)
    requests = [
        asks(agents[turn % 20], a_wrong_code(sale.batch), most=4, network_most=50, trusted=turn % 2 == 0)
        for turn in range(200)
    ]

    judged = await asyncio.gather(*(claimed(*requests[turn : turn + 5]) for turn in range(0, 200, 5)))

    outcomes = Counter(said(one) for each in judged for one in each)
    assert outcomes["not_accepted"] <= 50
    assert outcomes.total() == 200
    assert await fetch_value("SELECT failures FROM guess WHERE subject = 'network'") == 50
    assert await fetch_value("SELECT max(failures) FROM guess WHERE subject <> 'network'") <= 4


@pytest.mark.parametrize(
    ("level", "most"), [(Trust.distrusted, 5), (Trust.new, 10), (Trust.known, 15), (Trust.trusted, 20)]
)
def test_more_trust_is_more_guesses_and_never_above_the_cap(level: Trust, most: int, settings: Settings) -> None:
    assert guesses_most(level, settings.guesses_per_agent_hour) == most
    assert guesses_most(level, 1) == 1


async def test_accepted_scans_make_an_agent_known_once_he_is_a_day_old(proven: None) -> None:
    sale = await a_sale(TRUSTED_SCANS)
    old, young = await some_agents(2)
    await grown_up(old)
    await accepted(old, *sale.batch.codes(KNOWN_SCANS))
    await accepted(young, *sale.batch.codes(KNOWN_SCANS, first=KNOWN_SCANS))

    await watch(lag_seconds=0)

    assert (await trust_of(old), await trust_of(young)) == (Trust.known, Trust.new)


async def test_trust_rises_with_scans_and_not_while_a_person_has_confirmed_a_suspicion(proven: None) -> None:
    honest, caught = await some_agents(2)
    await grown_up(honest, caught)
    async with transaction():
        await trust.lose(caught)
    await execute(
        """INSERT INTO risk_event (id, kind, subject, agent_id, facts, state, at, last_at, decided_at, decided_by, note,
                                   carried_out_at)
           VALUES ($1, 'agent_pace', 'x', $2, '{}', 'confirmed', now(), now(), now(), 'key:test', '', now())""",
        uuid7(),
        caught,
    )

    await trust.earn({honest: TRUSTED_SCANS, caught: TRUSTED_SCANS})
    assert (await trust_of(honest), await trust_of(caught)) == (Trust.trusted, Trust.distrusted)

    await execute("UPDATE risk_event SET decided_at = decided_at - make_interval(days => $1)", DISTRUSTED_DAYS)
    await trust.earn({caught: KNOWN_SCANS})
    assert await trust_of(caught) is Trust.known


async def test_whoever_tries_one_wrong_code_after_another_is_suspected(sale: Sale) -> None:
    guesser, other = await some_agents(2)
    wrong = a_wrong_code(sale.batch)
    for _ in range(AGENT_GUESSES):
        # As the API names him.
        request = msgspec.structs.replace(asks(guesser, wrong), subjects=((agent_subject(guesser), 20),))
        await claimed(request)
    await scan(other, wrong)

    [event] = await suspected()

    assert (event.agent_id, event.facts["failures"]) == (guesser, AGENT_GUESSES)
    assert event.subject == f"agent:{guesser}"


async def test_whoever_scans_the_code_on_the_outside_is_no_guesser(sale: Sale) -> None:
    agent_id = await an_agent()
    for index in range(AGENT_GUESSES + 3):
        assert said(await scan(agent_id, sale.batch.code(index, Role.OUTER))) == "not_accepted"

    assert await suspected() == []


async def test_an_hour_in_which_a_large_share_is_refused_is_suspected(sale: Sale) -> None:
    await execute(
        """INSERT INTO refused_scan (id, agent_id, client_key, text_hash, slug, at)
           SELECT gen_random_uuid(), gen_random_uuid(), 'k', 't', 'not_accepted', now() FROM generate_series(1, $1)""",
        HOUR_REFUSALS - 1,
    )
    assert await suspected() == []

    await scan(await an_agent(), a_wrong_code(sale.batch))

    [event] = await suspected()
    assert (event.subject, event.facts["refused"]) == ("installation", HOUR_REFUSALS)
    assert event.program_id is None

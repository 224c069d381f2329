import asyncio

import asyncpg
import pytest

from core.db import execute
from core.ids import uuid7
from core.refusals import NotFound
from programs.terms import (
    NewTerms,
    TermsChanged,
    accept_terms,
    accepted_terms,
    digest,
    find_terms,
    newest_terms,
    publish_terms,
)
from tests.programs.made import AGENT
from tests.programs.stored import BY, a_program

RULES = NewTerms("rules", "Правила\nпервые", "Rules\nfirst")


async def test_a_text_is_published_with_its_hash(database: None) -> None:
    program_id = await a_program()

    terms = await publish_terms(program_id, RULES, by=BY)

    assert await find_terms(terms.id) == terms
    assert (terms.version, terms.sha256) == (1, digest(RULES.text_ru, RULES.text_en))


async def test_a_changed_text_is_the_next_version_and_the_same_text_is_none(database: None) -> None:
    program_id = await a_program()
    first = await publish_terms(program_id, RULES, by=BY)

    again = await publish_terms(program_id, RULES, by=BY)
    second = await publish_terms(program_id, NewTerms("rules", "Правила", "Rules"), by=BY)

    assert again == first
    assert second.version == 2
    assert await newest_terms(program_id) == [second]


async def test_versions_published_at_once_are_numbered_one_after_the_other(database: None) -> None:
    program_id = await a_program()

    published = await asyncio.gather(
        *[publish_terms(program_id, NewTerms("rules", str(number), "x"), by=BY) for number in range(10)]
    )

    assert sorted(terms.version for terms in published) == list(range(1, 11))


async def test_a_yes_is_kept_once_with_the_text_it_was_said_to(database: None) -> None:
    terms = await publish_terms(await a_program(), RULES, by=BY)

    said = await asyncio.gather(*[accept_terms(terms.id, agent_id=AGENT, sha256=terms.sha256) for _ in range(10)])

    assert set(said) == {said[0]}
    assert await accepted_terms(AGENT) == [said[0]]
    assert (said[0].name, said[0].version, said[0].sha256) == ("rules", 1, terms.sha256)


async def test_a_yes_to_another_text_is_refused(database: None) -> None:
    terms = await publish_terms(await a_program(), RULES, by=BY)

    with pytest.raises(TermsChanged):
        await accept_terms(terms.id, agent_id=AGENT, sha256="0" * 64)

    assert await accepted_terms(AGENT) == []


async def test_terms_that_are_not_there_are_not_found(database: None) -> None:
    with pytest.raises(NotFound):
        await publish_terms(uuid7(), RULES, by=BY)
    with pytest.raises(NotFound):
        await accept_terms(uuid7(), agent_id=AGENT, sha256="")


async def test_nobody_can_rewrite_what_was_agreed_to(database: None) -> None:
    terms = await publish_terms(await a_program(), RULES, by=BY)
    await accept_terms(terms.id, agent_id=AGENT, sha256=terms.sha256)

    for statement in ("UPDATE terms SET text_ru = ''", "DELETE FROM terms_acceptance"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await execute(statement)

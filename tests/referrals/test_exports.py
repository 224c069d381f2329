import msgspec
import pytest

from core.db import fetch_value
from core.ids import uuid7
from core.refusals import NotFound
from programs.facts import ActivityKind
from programs.terms import NewTerms, accept_terms, publish_terms
from referrals import disputes, exports
from referrals.exports import Export, export
from tests.programs.stored import BY, a_campaign, a_program
from tests.referrals.people import credited, enrolled, give, linked
from wallets import spends

pytestmark = pytest.mark.usefixtures("database")


async def test_an_export_holds_everything_and_nothing_of_others() -> None:
    person, other, program_id = await enrolled(), await enrolled(), await a_program()
    await a_campaign(program_id, budget_minor=10_000, trigger=ActivityKind.CODE_SCANNED, asset="BON", wait_seconds=0)
    activity_id = await credited(person.agent_id, program_id)
    await credited(other.agent_id, program_id)
    await linked(person)
    spend = await spends.reserve(person.agent_id, asset="BON", amount_minor=200, purpose="Дрель", ttl_seconds=60)
    dispute = await disputes.appeal(
        person.agent_id, activity_id=activity_id, about=f"activity:{activity_id}", words="?", answer_days=1
    )
    terms = await publish_terms(program_id, NewTerms("offer", "Правила", "Rules"), by=BY)
    await accept_terms(terms.id, agent_id=person.agent_id, sha256=terms.sha256)

    document = await export(person.agent_id)

    assert (document.agent_id, document.alias) == (person.agent_id, person.caller.alias)
    assert [device.name for device in document.devices] == ["Pixel 9", "Redmi Note 12"]
    assert [story.activity_id for story in document.activities] == [activity_id]
    assert [one.id for one in document.spends] == [spend.id]
    assert [one.id for one in document.disputes] == [dispute.id]
    assert [one.terms_id for one in document.accepted_terms] == [terms.id]
    assert [balance.available_minor for balance in document.balances] == [300]
    assert str(other.agent_id) not in msgspec.json.encode(document).decode()


async def test_the_statements_sum_to_the_balances() -> None:
    person = await enrolled()
    for amount_minor in (100, 250, 400):
        await give(person.agent_id, amount_minor)

    document = await export(person.agent_id)

    sums = {one.account: sum(entry.amount_minor for entry in one.entries) for one in document.statements}
    assert sums["agent_available"] == document.balances[0].available_minor == 750


async def test_long_lists_are_read_to_their_end(monkeypatch: pytest.MonkeyPatch) -> None:
    person, program_id = await enrolled(), await a_program()
    for _ in range(5):
        await credited(person.agent_id, program_id)
        await give(person.agent_id, 100)
    monkeypatch.setattr(exports, "_PAGE", 2)

    document = await export(person.agent_id)

    assert len(document.activities) == 5
    assert [len(one.entries) for one in document.statements if one.account == "agent_available"] == [5]


async def test_no_secret_is_exported() -> None:
    person = await enrolled()

    document = msgspec.json.encode(await export(person.agent_id)).decode()

    assert person.token not in document
    assert str(await fetch_value("SELECT encode(token_hash, 'hex') FROM device")) not in document


async def test_a_document_can_be_read_again() -> None:
    document = await export((await enrolled()).agent_id)

    assert msgspec.json.decode(msgspec.json.encode(document), type=Export) == document


async def test_nobody_has_no_export() -> None:
    with pytest.raises(NotFound):
        await export(uuid7())

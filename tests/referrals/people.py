"""Agents for the tests of this room."""

from typing import Any
from uuid import UUID, uuid4

import msgspec

from core import tokens
from core.db import execute, fetch_value, transaction
from core.ids import uuid7
from programs.facts import ActivityKind, Facts
from referrals import activities, agents, devices, journal, links
from referrals.activities import Evidence
from referrals.agents import Enrolment
from referrals.crediting import drain
from referrals.devices import AgentCaller
from tests.phones import Phone
from wallets import accounts
from wallets.accounts import AccountKind
from wallets.ledger import Transfer, post

ORIGIN = "http://127.0.0.1:8000"
WAIT_SECONDS = 86_400


class Person(msgspec.Struct, frozen=True):
    """An enrolled agent: his phone, his token and who the service takes him for."""

    phone: Phone
    token: str
    caller: AgentCaller

    @property
    def agent_id(self) -> UUID:
        return self.caller.agent_id


async def enrolled(name: str = "Redmi Note 12") -> Person:
    """A new agent with one phone."""
    phone = Phone()
    enrolment: Enrolment = await agents.enrol(phone.public_key, device_name=name)
    return await person(phone, enrolment.token)


async def linked(person_: Person) -> Person:
    """The same agent on a second phone, which still waits."""
    phone = Phone()
    asked = await links.request(phone.public_key, device_name="Pixel 9")
    await links.approve(asked.secret, caller=person_.caller, wait_seconds=WAIT_SECONDS)
    issued = await devices.renew_token(phone.thumbprint)
    return await person(phone, issued.token)


async def person(phone: Phone, token: str) -> Person:
    """Whoever this token belongs to."""
    caller = await devices.caller_of(token)
    assert caller is not None
    return Person(phone, token, caller)


async def give(agent_id: UUID, amount_minor: int, *, kind: AccountKind = AccountKind.agent_available) -> None:
    """Put money into a wallet, past every rule."""
    async with transaction():
        await post(
            [
                Transfer(
                    kind="gift",
                    reference=uuid4(),
                    debit=accounts.house(AccountKind.house_issued, "BON"),
                    credit=accounts.Account(kind, agent_id, "BON"),
                    amount_minor=amount_minor,
                    cause="test:gift",
                )
            ]
        )


async def told(agent_id: UUID) -> list[str]:
    """The kinds of an agent's journal, in order."""
    return [entry.kind.value for entry in await journal.after(agent_id, 0, limit=100)]


async def stop_waiting(person_: Person) -> Person:
    """As if the days of waiting were over."""
    await execute("UPDATE device SET spends_from = created_at WHERE id = $1", person_.caller.device_id)
    return await person(person_.phone, person_.token)


async def count(table: str) -> int:
    found: int = await fetch_value(f"SELECT count(*) FROM {table}")
    return found


def a_token() -> str:
    """A token that nobody has."""
    return tokens.new("npa")


async def scanned(agent_id: UUID, program_id: UUID, **changes: Any) -> UUID:
    """A scan that was accepted a moment ago and waits for the rules."""
    async with transaction() as now:
        facts = Facts(
            activity_id=uuid7(),
            kind=ActivityKind.CODE_SCANNED,
            program_id=program_id,
            agent_id=agent_id,
            occurred_at=now,
            accepted_at=now,
        )
        facts = msgspec.structs.replace(facts, **changes)
        await activities.accept([Evidence(facts, f"code:{facts.activity_id}")])
    return facts.activity_id


async def credited(agent_id: UUID, program_id: UUID, **changes: Any) -> UUID:
    """The same, and the rules have spoken."""
    activity_id = await scanned(agent_id, program_id, **changes)
    await drain(batch_max=100)
    return activity_id

"""Own cards: customer keys that are an agent's own, so that he is not paid as if he had brought himself."""

from datetime import datetime
from uuid import UUID

import msgspec

from core import audit, customer_peppers
from core.db import execute, fetch, fetch_row, fetch_value, transaction
from core.ids import uuid7
from core.refusals import Conflict, NotFound
from referrals.buyers import Buyer

PER_AGENT_MAX = 10


class TooManyOwnCards(Conflict):
    slug = "too_many_own_cards"
    title = "There are as many own cards as an agent may have"


class OwnCard(msgspec.Struct, frozen=True):
    """A phone or card that an agent calls his own; what it was is not kept. A person of the maker's may confirm it."""

    id: UUID
    kind: str
    at: datetime
    is_confirmed: bool


_VIEW = "id, kind, at, confirmed_by IS NOT NULL AS is_confirmed"


async def declare(agent_id: UUID, buyer: Buyer, *, kind: str) -> OwnCard:
    """An agent says that this is his, once however often he says so. TooManyOwnCards."""
    async with transaction() as now:
        return await _find(agent_id, await _kept(agent_id, buyer, kind=kind, at=now))


async def confirm(agent_id: UUID, buyer: Buyer, *, kind: str, by: str) -> OwnCard:
    """Somebody of the maker's has seen that this is the agent's, whether or not he has said so. NotFound."""
    async with transaction() as now:
        if await fetch_value("SELECT true FROM agent WHERE id = $1", agent_id) is None:
            raise NotFound
        key = await _kept(agent_id, buyer, kind=kind, at=now)
        await execute(
            "UPDATE own_card SET confirmed_by = $3 WHERE agent_id = $1 AND customer_key = $2", agent_id, key, by
        )
        card = await _find(agent_id, key)
        await audit.record(by, "own_card.confirm", agent_id=agent_id, card_id=card.id)
        return card


async def remove(agent_id: UUID, card_id: UUID, *, by: str) -> None:
    """It was a mistake: from now on this is nobody's own. An agent asks for it by an appeal. NotFound."""
    async with transaction():
        gone = await fetch_value(
            "DELETE FROM own_card WHERE agent_id = $1 AND id = $2 RETURNING true", agent_id, card_id
        )
        if gone is None:
            raise NotFound
        await audit.record(by, "own_card.remove", agent_id=agent_id, card_id=card_id)


async def listed(agent_id: UUID) -> list[OwnCard]:
    """An agent's own cards, the newest first."""
    rows = await fetch(f"SELECT {_VIEW} FROM own_card WHERE agent_id = $1 ORDER BY at DESC, id", agent_id)  # noqa: S608 - ours.
    return [OwnCard(*row.values()) for row in rows]


async def _kept(agent_id: UUID, buyer: Buyer, *, kind: str, at: datetime) -> str:
    """The key by which a card is an agent's, from now on if not before; no other card of his is kept meanwhile."""
    await execute(
        "SELECT pg_advisory_xact_lock_shared($2), pg_advisory_xact_lock(hashtextextended($1, 3))",
        str(agent_id),
        customer_peppers.FENCE,
    )
    await customer_peppers.load()
    known = {
        row["customer_key"] for row in await fetch("SELECT customer_key FROM own_card WHERE agent_id = $1", agent_id)
    }
    for key in buyer.keys:
        if key in known:
            return key
    if len(known) >= PER_AGENT_MAX:
        raise TooManyOwnCards(max=PER_AGENT_MAX)
    await execute(
        "INSERT INTO own_card (id, agent_id, customer_key, kind, at) VALUES ($1, $2, $3, $4, $5)",
        uuid7(),
        agent_id,
        buyer.keys[0],
        kind,
        at,
    )
    return buyer.keys[0]


async def drop_under(version: int) -> None:
    """Cards that stand under a version of the pepper are nobody's; joins the caller's transaction."""
    rows = await fetch("SELECT id, customer_key FROM own_card")
    gone = [row["id"] for row in rows if customer_peppers.version_of(row["customer_key"]) == version]
    await execute("DELETE FROM own_card WHERE id = ANY($1)", gone)


async def _find(agent_id: UUID, key: str) -> OwnCard:
    row = await fetch_row(
        f"SELECT {_VIEW} FROM own_card WHERE agent_id = $1 AND customer_key = $2",  # noqa: S608 - ours.
        agent_id,
        key,
    )
    if row is None:
        raise NotFound
    return OwnCard(*row.values())

"""Known customers: how often each came to a program, by his key, and whose customer he is while a window is open."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from core import customer_peppers
from core.db import execute, fetch, fetch_row, fetch_value
from core.ids import derived
from programs.attribution import AttributionPolicy
from programs.rules import Attribution
from referrals.buyers import Buyer

# Windows that a chore closes in one statement.
_CLOSED_MAX = 5_000

_OWNERS = """
    ARRAY(SELECT DISTINCT agent_id FROM own_card WHERE own_card.customer_key = ANY({keys})) AS owners,
    (SELECT min(agent_id::text)::uuid FROM own_card
     WHERE own_card.customer_key = ANY({keys}) AND confirmed_by IS NOT NULL) AS confirmed_owner
"""
# Of one customer there is one row, whatever version of the pepper he came under. The versions in use come along, and a
# process that remembers others learns of it in the same way to the database.
_LOOK = f"""
SELECT known_customer.*, {_OWNERS.format(keys="$2::text[]")},
       ARRAY(SELECT version FROM customer_pepper WHERE state IN ('current', 'old') ORDER BY version DESC) AS versions
FROM (VALUES (1)) AS once LEFT JOIN known_customer ON id = ANY($1::uuid[])
"""  # noqa: S608 - our own text.
# The row is the customer's lock, whether or not it was there.
_HOLD = f"""
WITH known AS (
    INSERT INTO known_customer (id, program_id, customer_key, since, forget_at) VALUES ($1, $3, $2, $4, $5)
    -- Of two who meet here the one that began first may come second: his order is counted too.
    ON CONFLICT (id) DO UPDATE SET forget_at = greatest(known_customer.forget_at, excluded.forget_at),
        since = least(known_customer.since, excluded.since)
    RETURNING *
)
SELECT known.*, {_OWNERS.format(keys="$6::text[]")} FROM known
"""  # noqa: S608 - our own text.


class Window(msgspec.Struct, frozen=True):
    """Until when a customer is an agent's, by which of his codes and campaigns, and since which order."""

    agent_id: UUID
    campaign_id: UUID
    promo_code_id: UUID
    activity_id: UUID
    since: datetime
    until: datetime

    def is_open(self, at: datetime) -> bool:
        return self.since <= at < self.until


class Known(msgspec.Struct, frozen=True):
    """A customer as a program knows him at the moment; agents who call the key their own stand in `owners`."""

    key: str
    # Under every version of the pepper; `key` is the one under which he came first.
    keys: tuple[str, ...] = ()
    orders: int = 0
    returned: int = 0
    window: Window | None = None
    owners: frozenset[UUID] = frozenset()
    confirmed_owner: UUID | None = None


def next_window(
    before: Window | None, wanted: Window, terms: Attribution, policy: AttributionPolicy, *, is_repeat: bool
) -> Window | None:
    """Whose the customer is after a sale; None where that stays as it was. Pure."""
    if before is not None and before.since > wanted.since:
        # A till that was offline tells of an older sale: the customer has come with another code since.
        return None
    if before is None or not before.is_open(wanted.since):
        return None if is_repeat else wanted
    if before.agent_id != wanted.agent_id:
        return wanted if policy.takeover and not is_repeat else None
    if not terms.renews or wanted.until <= before.until:
        return None
    if is_repeat:
        return msgspec.structs.replace(before, until=wanted.until)
    # It is the first order that makes him the agent's: as long as that one stands, the window does.
    return msgspec.structs.replace(wanted, activity_id=before.activity_id, since=before.since)


def until(since: datetime, terms: Attribution) -> datetime:
    """When a window that begins now is over."""
    return since + timedelta(days=terms.window_days)


async def find(program_id: UUID, buyer: Buyer) -> Known:
    """A buyer as he is known, by the key under which he came first; one whom nobody knows by the current one.

    Holds nothing. In a transaction behind the fence of the peppers, whoever asks for him gets the same key.
    """
    while True:
        versions, keys = customer_peppers.versions(), buyer.keys
        row: Any = await fetch_row(_LOOK, [_id(program_id, key) for key in keys], keys)
        if tuple(row["versions"]) == versions:
            return _known(row, row["customer_key"] or keys[0], keys)
        await customer_peppers.load()


async def look(program_id: UUID, key: str) -> Known:
    """A customer as he is known by this key; holds nothing."""
    return _known(await fetch_row(_LOOK, [_id(program_id, key)], [key]), key, (key,))


async def hold(
    program_id: UUID, key: str, policy: AttributionPolicy, *, now: datetime, keys: Sequence[str] = ()
) -> Known:
    """The same, and let nobody else decide about this customer until the caller's transaction ends.

    Cards that agents call their own are looked for under all of his `keys`.
    """
    known_keys = tuple(keys) or (key,)
    if customer_peppers.version_of(key) is None:
        # He is forgotten, and stays so.
        return Known(key, known_keys)
    forget_at = now + timedelta(days=policy.remembers_days)
    row = await fetch_row(_HOLD, _id(program_id, key), key, program_id, now, forget_at, known_keys)
    return _known(row, key, known_keys)


async def count_order(program_id: UUID, key: str) -> None:
    """One more order of a customer who is held; joins the caller's transaction."""
    await execute("UPDATE known_customer SET orders = orders + 1 WHERE id = $1", _id(program_id, key))


async def uncount_order(program_id: UUID, key: str, *, made_at: datetime) -> None:
    """An order was let go; one from before the customer was known is not among those that are counted."""
    await execute(
        "UPDATE known_customer SET orders = orders - 1 WHERE id = $1 AND since <= $2", _id(program_id, key), made_at
    )


async def count_returned(program_id: UUID, key: str, *, order_id: UUID, made_at: datetime) -> None:
    """Everything of an order came back; if it was the one that made the customer an agent's, he is so no longer."""
    await execute(
        "UPDATE known_customer SET returned = returned + 1 WHERE id = $1 AND since <= $2", _id(program_id, key), made_at
    )
    await execute(
        f"UPDATE known_customer SET {_NO_WINDOW} WHERE id = $1 AND activity_id = $2",  # noqa: S608 - our own text.
        _id(program_id, key),
        order_id,
    )


async def open_window(program_id: UUID, key: str, window: Window) -> None:
    """From now on the customer is this agent's; joins the caller's transaction."""
    await execute(
        """UPDATE known_customer SET agent_id = $2, campaign_id = $3, promo_code_id = $4, activity_id = $5,
                  window_from = $6, window_until = $7
           WHERE id = $1""",
        _id(program_id, key),
        *msgspec.structs.astuple(window),
    )


class Due(msgspec.Struct, frozen=True):
    """A customer who is to be forgotten."""

    program_id: UUID
    key: str


async def close_windows() -> None:
    """Erase windows that are over."""
    while await fetch_value(_CLOSE, _CLOSED_MAX):
        pass


async def due(limit: int) -> list[Due]:
    """Customers whom their programs remember no longer, and who are nobody's."""
    rows = await fetch(
        """SELECT program_id, customer_key FROM known_customer
           WHERE forget_at <= now() AND window_until IS NULL ORDER BY forget_at LIMIT $1""",
        limit,
    )
    return [Due(*row.values()) for row in rows]


async def still_due(customers: Sequence[Due]) -> list[Due]:
    """Those of them who have not come again in the meantime; nobody else decides about these until the caller ends."""
    rows = await fetch(
        """SELECT program_id, customer_key FROM known_customer
           WHERE id = ANY($1) AND forget_at <= now() AND window_until IS NULL ORDER BY id FOR UPDATE""",
        [_id(one.program_id, one.key) for one in customers],
    )
    return [Due(*row.values()) for row in rows]


async def under(version: int, *, after: UUID | None, limit: int) -> tuple[list[Due], UUID | None]:
    """Those of some customers who stand under a version of the pepper, and after whom to go on; None at the end."""
    rows = await fetch(
        """SELECT id, program_id, customer_key FROM known_customer WHERE $1::uuid IS NULL OR id > $1
           ORDER BY id LIMIT $2""",
        after,
        limit,
    )
    found = [
        Due(row["program_id"], row["customer_key"])
        for row in rows
        if customer_peppers.version_of(row["customer_key"]) == version
    ]
    return found, rows[-1]["id"] if rows else None


async def counted() -> dict[int, int]:
    """How many customers stand under each version of the pepper; reads all of them."""
    found: Counter[int] = Counter()
    last: UUID | None = None
    while rows := await fetch(
        "SELECT id, customer_key FROM known_customer WHERE $1::uuid IS NULL OR id > $1 ORDER BY id LIMIT 5000", last
    ):
        last = rows[-1]["id"]
        found.update(customer_peppers.version_of(row["customer_key"]) or 0 for row in rows)
    return dict(found)


async def remember(customers: Sequence[Due], *, until: datetime) -> None:
    """Do not forget these before then; joins the caller's transaction."""
    await execute(
        "UPDATE known_customer SET forget_at = greatest(forget_at, $2) WHERE id = ANY($1)",
        [_id(one.program_id, one.key) for one in customers],
        until,
    )


async def drop(customers: Sequence[Due]) -> None:
    """Know these no longer; joins the caller's transaction."""
    await execute("DELETE FROM known_customer WHERE id = ANY($1)", [_id(one.program_id, one.key) for one in customers])


_NO_WINDOW = """agent_id = NULL, campaign_id = NULL, promo_code_id = NULL, activity_id = NULL, window_from = NULL,
                  window_until = NULL"""
_CLOSE = f"""
WITH over AS MATERIALIZED (
    SELECT id FROM known_customer WHERE window_until <= now() ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED),
closed AS (UPDATE known_customer SET {_NO_WINDOW} FROM over WHERE known_customer.id = over.id RETURNING 1)
SELECT count(*) FROM closed
"""  # noqa: S608 - our own text.


def _known(row: Any, key: str, keys: tuple[str, ...]) -> Known:
    window = None
    if row["agent_id"] is not None:
        window = Window(
            row["agent_id"],
            row["campaign_id"],
            row["promo_code_id"],
            row["activity_id"],
            row["window_from"],
            row["window_until"],
        )
    owners = frozenset(row["owners"])
    return Known(key, keys, row["orders"] or 0, row["returned"] or 0, window, owners, row["confirmed_owner"])


def _id(program_id: UUID, key: str) -> UUID:
    return derived(b"known customer", str(program_id), key)

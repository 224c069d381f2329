"""Gift cards: a partner's codes come in as a sheet, lie encrypted, and each goes to one order."""

from datetime import date
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from core import audit, keys
from core.db import execute, fetch, fetch_row, fetch_value, transaction
from core.ids import uuid7
from core.refusals import Conflict, Unprocessable
from core.rewrapping import Wrapped
from core.text import Line, Name
from programs import sheets
from programs.sheets import RowProblem
from rewards.catalogue import find_reward

PURPOSE: Final = "gift card"
WRAPPED: Final = (Wrapped("gift_card", "id", "uuid", PURPOSE),)

Day = Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}(?![\\s\\S])")]


class NoGiftCard(Unprocessable):
    slug = "no_gift_card"
    title = "This reward is no gift card: it has no codes"


class CardsNotNew(Conflict):
    """Facts: the `rows` whose codes came before."""

    slug = "cards_not_new"
    title = "Some of the codes came before; nothing of the file was taken"


class CardRow(msgspec.Struct, frozen=True):
    """A row of a partner's file: what is typed at his till, a PIN if it has one, and the day on which it is over."""

    code: Name
    pin: Line = ""
    expires_on: Day | None = None


class Card(msgspec.Struct, frozen=True):
    """What the owner of a card is shown; whoever sees it can spend it."""

    code: str
    pin: str
    expires_on: date | None


class Taken(msgspec.Struct, frozen=True):
    """How many cards a file has added."""

    cards: int


async def add_cards(reward_id: UUID, content: bytes, *, by: str, program_id: UUID | None = None) -> Taken:
    """Take in a partner's codes, all of a file or nothing; SheetRefused, CardsNotNew, NoGiftCard.

    The file must not be kept anywhere by whoever calls: it is money.
    """
    rows = sheets.rows(content, into=CardRow)
    _refuse_repeated(rows)
    days = [_day(number, row) for number, row in rows]
    digest = keys.hasher(PURPOSE)
    async with transaction():
        reward = await find_reward(reward_id, program_id=program_id)
        if reward.kind != "gift_card":
            raise NoGiftCard
        hashes = [digest(b"%s\0%s" % (reward_id.bytes, _folded(row.code).encode())) for _, row in rows]
        # In one order, so that two who bring the same file do not wait for each other in a circle.
        added = await fetch(
            """INSERT INTO gift_card (id, reward_id, code_hash, wrapped_secret, expires_on)
               SELECT id, $1, hash, secret, expires_on
               FROM unnest($2::uuid[], $3::bytea[], $4::bytea[], $5::date[]) AS new (id, hash, secret, expires_on)
               ORDER BY hash ON CONFLICT (reward_id, code_hash) DO NOTHING RETURNING code_hash""",
            reward_id,
            [uuid7() for _ in rows],
            hashes,
            [_wrapped(row) for _, row in rows],
            days,
        )
        if len(added) < len(rows):
            new = {row["code_hash"] for row in added}
            known = [number for (number, _), hash_ in zip(rows, hashes, strict=True) if hash_ not in new]
            raise CardsNotNew(rows=known[: sheets.PROBLEMS_MAX], rows_count=len(known))
        await audit.record(by, "reward.cards", reward_id=reward_id, cards=len(rows))
    return Taken(len(rows))


async def withdraw_cards(reward_id: UUID, *, by: str, reason: str, program_id: UUID | None = None) -> Taken:
    """Take every card that nobody has off the stock: the partner has stopped them."""
    async with transaction():
        await find_reward(reward_id, program_id=program_id)
        cards = await fetch_value(
            """WITH gone AS MATERIALIZED (
                   SELECT id FROM gift_card WHERE reward_id = $1 AND state = 'stock' ORDER BY id FOR UPDATE),
               done AS (UPDATE gift_card SET state = 'withdrawn' FROM gone WHERE gift_card.id = gone.id RETURNING 1)
               SELECT count(*) FROM done""",
            reward_id,
        )
        await audit.record(by, "reward.withdraw", reward_id=reward_id, cards=cards, reason=reason)
    return Taken(cards)


async def give(reward_id: UUID, order_id: UUID) -> bool:
    """Give an order the card that runs out first; whether there was one. Joins the caller's transaction."""
    given = await fetch_value(
        """UPDATE gift_card SET state = 'given', order_id = $2 WHERE id = (
               SELECT id FROM gift_card WHERE reward_id = $1 AND state = 'stock'
                   AND (expires_on IS NULL OR expires_on > now()::date)
               ORDER BY reward_id, expires_on, id LIMIT 1 FOR UPDATE SKIP LOCKED)
           RETURNING true""",
        reward_id,
        order_id,
    )
    return given is not None


async def card_of(order_id: UUID) -> Card | None:
    """The card of an order, in the clear; None where it has none that works."""
    row = await fetch_row(
        "SELECT wrapped_secret, expires_on FROM gift_card WHERE order_id = $1 AND state = 'given'", order_id
    )
    if row is None:
        return None
    code, pin = msgspec.json.decode(keys.unwrap(row["wrapped_secret"], purpose=PURPOSE), type=tuple[str, str])
    return Card(code, pin, row["expires_on"])


async def bury(order_id: UUID) -> None:
    """The card of an order does not work: nobody is shown it again. Joins the caller's transaction."""
    await execute("UPDATE gift_card SET state = 'dead' WHERE order_id = $1", order_id)


def _refuse_repeated(rows: list[tuple[int, CardRow]]) -> None:
    seen: dict[str, int] = {}
    problems = []
    for number, row in rows:
        first = seen.setdefault(_folded(row.code), number)
        if first != number:
            problems.append(RowProblem(number, f"row {first} has this code already"))
    sheets.refuse(problems)


def _day(number: int, row: CardRow) -> date | None:
    try:
        return None if row.expires_on is None else date.fromisoformat(row.expires_on)
    except ValueError:
        sheets.refuse([RowProblem(number, "expires_on is no day of the calendar")])
        raise


def _folded(code: str) -> str:
    """The spelling that tells codes apart: tills take them with dashes and without."""
    return "".join(letter for letter in code.casefold() if letter.isalnum()) or code


def _wrapped(row: CardRow) -> bytes:
    return keys.wrap(msgspec.json.encode((row.code, row.pin)), purpose=PURPOSE)

"""The catalogue: what a program offers for bonuses, as the maker keeps it and as agents see it."""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from core import audit
from core.db import execute, fetch, fetch_row, transaction
from core.ids import uuid7
from core.money import AmountMinor
from core.refusals import NotFound, Unprocessable
from core.text import Line, Name
from programs.installation import find_program

Kind = Literal["gift_card", "entitlement"]
State = Literal["active", "paused", "ended"]

Days = Annotated[int, Meta(ge=1, le=1_095)]
Count = Annotated[int, Meta(ge=1, le=1_000)]


class RewardIncomplete(Unprocessable):
    slug = "reward_incomplete"
    title = "A service says for how many days it is valid, and a gift card does not"


class UnknownShops(Unprocessable):
    """Facts: the `shops` that the program does not have."""

    slug = "unknown_shops"
    title = "The program has no such shops"


class NewReward(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something that bonuses buy. An agent may have `agent_max` of it at most; `low_stock` cards left are an alarm.

    A service is given in `shops`, or in all of the program's where none is named.
    """

    kind: Kind
    name_ru: Name
    name_en: Name
    price_minor: AmountMinor
    about_ru: Line = ""
    about_en: Line = ""
    agent_max: Count | None = None
    valid_days: Days | None = None
    low_stock: Count | None = None
    shops: Annotated[frozenset[UUID], Meta(max_length=500)] = frozenset()


class RewardChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What of a reward can be changed; what is left out stays. Orders that were made keep their price."""

    state: State | UnsetType = UNSET
    name_ru: Name | UnsetType = UNSET
    name_en: Name | UnsetType = UNSET
    about_ru: Line | UnsetType = UNSET
    about_en: Line | UnsetType = UNSET
    price_minor: AmountMinor | UnsetType = UNSET
    agent_max: Count | UnsetType | None = UNSET
    low_stock: Count | UnsetType | None = UNSET


class Reward(msgspec.Struct, frozen=True, kw_only=True):
    """A reward as the maker sees it; `stock` counts the cards that nobody has yet."""

    id: UUID
    program_id: UUID
    kind: Kind
    state: State
    name_ru: str
    name_en: str
    about_ru: str
    about_en: str
    price_minor: int
    asset: str
    agent_max: int | None
    valid_days: int | None
    low_stock: int | None
    shops: list[UUID]
    stock: int | None


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """A reward as agents see it; `there` says whether it can be ordered now."""

    id: UUID
    kind: Kind
    name_ru: str
    name_en: str
    about_ru: str
    about_en: str
    price_minor: int
    asset: str
    valid_days: int | None
    there: bool


async def add_reward(program_id: UUID, new: NewReward, *, by: str) -> Reward:
    """Add a reward, paused; its price is in the program's asset. Raises RewardIncomplete, UnknownShops, NotFound."""
    if (new.kind == "entitlement") is (new.valid_days is None):
        raise RewardIncomplete
    reward_id = uuid7()
    async with transaction():
        program = await find_program(program_id)
        await _refuse_unknown(new.shops, program_id)
        await execute(
            """INSERT INTO reward (id, program_id, kind, name_ru, name_en, about_ru, about_en, price_minor, asset,
                                   agent_max, valid_days, low_stock, shops, created_by)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)""",
            reward_id,
            program_id,
            new.kind,
            new.name_ru,
            new.name_en,
            new.about_ru,
            new.about_en,
            new.price_minor,
            program.asset,
            new.agent_max,
            new.valid_days,
            new.low_stock,
            msgspec.json.encode(sorted(new.shops)).decode(),
            by,
        )
        await audit.record(by, "reward.add", program_id=program_id, reward_id=reward_id, reward=new)
        return await find_reward(reward_id)


async def change_reward(reward_id: UUID, change: RewardChange, *, by: str) -> Reward:
    """Change a reward, put it on offer, take it off, or end it."""
    fields = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not UNSET}
    async with transaction():
        if fields:
            places = ", ".join(f"{name} = ${place}" for place, name in enumerate(fields, start=2))
            await execute(f"UPDATE reward SET {places} WHERE id = $1", reward_id, *fields.values())  # noqa: S608 - ours.
        reward = await find_reward(reward_id)
        await audit.record(by, "reward.change", reward_id=reward_id, change=change)
    return reward


async def find_reward(reward_id: UUID, *, program_id: UUID | None = None) -> Reward:
    """A reward; whoever is confined to a program finds only its own."""
    row = await fetch_row(f"{_VIEW} WHERE id = $1 AND ($2::uuid IS NULL OR program_id = $2)", reward_id, program_id)
    if row is None:
        raise NotFound
    return _reward(row)


async def rewards(program_id: UUID) -> list[Reward]:
    """Every reward of a program, the newest first."""
    return [
        _reward(row) for row in await fetch(f"{_VIEW} WHERE program_id = $1 ORDER BY id DESC LIMIT 500", program_id)
    ]


async def gift_cards() -> list[Reward]:
    """The gift cards that are on offer, whosever they are."""
    rows = await fetch(f"{_VIEW} WHERE state = 'active' AND kind = 'gift_card' ORDER BY id LIMIT 500")
    return [_reward(row) for row in rows]


async def offered() -> list[Offered]:
    """What agents can order now, the cheapest first."""
    rows = await fetch(f"{_VIEW} WHERE state = 'active' ORDER BY price_minor, id LIMIT 500")
    return [
        Offered(
            there=row["stock"] != 0,
            **{name: row[name] for name in Offered.__struct_fields__ if name != "there"},
        )
        for row in rows
    ]


async def _refuse_unknown(shops: frozenset[UUID], program_id: UUID) -> None:
    if not shops:
        return
    known = await fetch("SELECT id FROM shop WHERE id = ANY($1) AND program_id = $2", list(shops), program_id)
    unknown = shops - {row["id"] for row in known}
    if unknown:
        raise UnknownShops(shops=sorted(unknown))


def _reward(row: Any) -> Reward:
    fields = {name: row[name] for name in Reward.__struct_fields__ if name != "shops"}
    return Reward(shops=msgspec.json.decode(row["shops"], type=list[UUID]), **fields)


# So many are counted and no more: whoever has more left need not know how many.
STOCK_COUNTED_MAX = 1_000
_VIEW = f"""
SELECT *, CASE WHEN kind = 'gift_card' THEN (
              SELECT count(*) FROM (SELECT FROM gift_card WHERE reward_id = reward.id AND state = 'stock'
                                    AND (expires_on IS NULL OR expires_on > now()::date)
                                    LIMIT {STOCK_COUNTED_MAX}) AS left_over) END AS stock
FROM reward
"""  # noqa: S608 - ours.

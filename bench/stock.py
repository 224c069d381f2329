"""Stock: what a row starts from, made by the use cases themselves: a program, campaigns, codes on sale, agents."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from codes import activation, batches
from codes.lines import LINE_BYTES, lines
from codes.packaging_code import Role
from core import tokens
from core.db import execute, transaction
from core.ids import uuid7
from programs import installation, lifecycle, products
from programs.effects import Fixed
from programs.facts import ActivityKind
from programs.installation import NewProgram
from programs.lifecycle import NewCampaign
from programs.products import NewProduct
from programs.rules import Eligibility, Rules

WHO = "bench"
BUDGET_MINOR = 10**15
BONUS_MINOR = 15_000


class Agents(msgspec.Struct, frozen=True):
    """Enrolled agents and the tokens of their phones."""

    ids: list[UUID]
    tokens: list[str]


class Codes:
    """The codes of a batch on sale, each handed out once."""

    def __init__(self, texts: list[str], *, number: int, size: int) -> None:
        self.number = number
        self.size = size
        self._texts = texts
        self._taken = 0

    def take(self, count: int) -> list[str]:
        if self._taken + count > len(self._texts):
            raise RuntimeError("the batch has too few codes for this row")
        self._taken += count
        return self._texts[self._taken - count : self._taken]


async def program() -> UUID:
    """A program in Moscow's time."""
    new = NewProgram(name="Bench", time_zone="Europe/Moscow")
    return (await installation.create_program(new, by=WHO)).id


async def product(program_id: UUID, sku: str = "BENCH-1", *, gtins: frozenset[str] = frozenset()) -> UUID:
    """Something to be sold."""
    new = NewProduct(sku=sku, name_ru="Котёл", name_en="Boiler", gtins=gtins)
    made, _ = await products.put_product(program_id, new, by=WHO)
    return made.id


async def campaign(program_id: UUID, *, product_ids: Sequence[UUID] = (), wait_seconds: int = 0, **rules: Any) -> UUID:
    """A live campaign that pays the same for each code, for some products or for all."""
    plain: dict[str, Any] = {
        "trigger": ActivityKind.CODE_SCANNED,
        "asset": "BON",
        "effects": (Fixed(amount_minor=BONUS_MINOR),),
        "eligibility": Eligibility(products=frozenset(product_ids)),
        "wait_seconds": wait_seconds,
    }
    new = NewCampaign(name="Bench", rules=Rules(**(plain | rules)), budget_minor=BUDGET_MINOR)
    made = await lifecycle.create_campaign(program_id, new, by=WHO)
    await lifecycle.activate(made.id, by=WHO)
    return made.id


async def codes(program_id: UUID, product_id: UUID, count: int) -> Codes:
    """A batch of so many codes, on sale."""
    batch = await batches.order(program_id, product_id=product_id, count=count, by=WHO)
    size = await batches.seal(batch.id, progress=nobody_asks)
    await activation.change_range(batch.id, first=0, stop=None, state="active", reason="bench", by=WHO)
    key = await batches.key_of(batch.id)
    printed = b"".join(lines(key, role=Role.INNER, start=0, stop=size, placeholders=False)).decode()
    texts = [printed[at : at + LINE_BYTES - 1] for at in range(0, len(printed), LINE_BYTES)]
    # As they come out of their boxes, which is not as they were printed.
    random.Random(batch.number).shuffle(texts)
    return Codes(texts, number=batch.number, size=size)


async def agents(count: int) -> Agents:
    """So many agents with a phone each, written down as `enrol` would."""
    made = Agents([uuid7() for _ in range(count)], [tokens.new("npa") for _ in range(count)])
    async with transaction():
        await execute(
            "INSERT INTO agent (id, alias, alias_en) SELECT *, 'Пётр', 'Peter' FROM unnest($1::uuid[])",
            made.ids,
        )
        await execute(
            """INSERT INTO device (agent_id, thumbprint, public_key, token_hash, spends_from)
               SELECT id, left(id::text, 36), '{}', hash, now() FROM unnest($1::uuid[], $2::bytea[]) AS t (id, hash)""",
            made.ids,
            [tokens.digest(token) for token in made.tokens],
        )
    return made


def now() -> datetime:
    """A time for facts; it decides nothing here."""
    return datetime.now(UTC)


async def nobody_asks(_percent: int) -> None:
    pass

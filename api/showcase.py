"""What anybody may know of the installation before he joins: its programs with their terms, and the goods by name."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, get
from litestar.params import FromPath

from api.callers import agents, anybody
from api.openapi import AGENT
from api.problems import refuses
from api.process import process_of
from api.proven import READS
from core.epoch import current_epoch
from core.refusals import NotFound
from programs import terms
from programs.snapshot import current_snapshot
from programs.terms import Terms


class ShownProgram(msgspec.Struct, frozen=True):
    """A program, and the newest version of each text that whoever takes part agrees to."""

    id: UUID
    name: str
    asset: str
    currency: str
    terms: list[Terms]


class Showcase(msgspec.Struct, frozen=True):
    """The programs; `origin` is what phones sign as the target of their proofs, a changed epoch asks to send again."""

    origin: str
    epoch: UUID
    programs: list[ShownProgram]


class ShownProduct(msgspec.Struct, frozen=True):
    """What goods are called."""

    id: UUID
    program_id: UUID
    name_ru: str
    name_en: str


@get("/v1/showcase", guards=[anybody], tags=["agents"], operation_id="read_showcase", responses=refuses())
async def read_showcase(request: Request[Any, Any, Any]) -> Showcase:
    """What an app shows before its first tap, and asks now and then: the programs, their terms, the epoch."""
    programs = sorted((await current_snapshot()).programs.values(), key=lambda program: program.id)
    shown = [
        ShownProgram(one.id, one.name, one.asset, one.currency, await terms.newest_terms(one.id)) for one in programs
    ]
    return Showcase(process_of(request).settings.origin.rstrip("/"), await current_epoch(), shown)


@get(
    "/v1/products/{product_id:uuid}",
    guards=[agents],
    security=AGENT,
    tags=["catalogue"],
    operation_id="read_product",
    responses=refuses(*READS, NotFound),
)
async def read_product(product_id: FromPath[UUID]) -> ShownProduct:
    """What the goods behind a scan are called."""
    product = (await current_snapshot()).products.get(product_id)
    if product is None:
        raise NotFound
    return ShownProduct(product.id, product.program_id, product.name_ru, product.name_en)


ROUTES = [read_showcase, read_product]

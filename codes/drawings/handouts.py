"""Handouts: codes of a batch drawn for somebody who may have them; each time it is written down who he was."""

from asyncio import to_thread
from collections.abc import Iterator
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from codes import batches, downloads
from codes.drawings import sheets
from codes.drawings.carriers import Carrier, prefix
from codes.drawings.colours import BLACK_ON_WHITE, Ink
from codes.drawings.labels import Words
from codes.drawings.pictures import Format, Look, draw
from codes.drawings.sheets import Sheet, page_count
from codes.drawings.symbols import Kind, symbol
from codes.drawings.templates import template
from codes.layouts import ROLES
from codes.lines import lines
from codes.packaging_code import BatchKey, Role
from codes.print_orders import PrintOrder
from codes.printed_gtin import printed_gtin
from codes.ranges import Run
from codes.transitions import BeyondBatch, within
from core import audit
from core.refusals import Conflict, Unprocessable

PAGES_MAX: Final = 2_000


class IndexWithoutCode(Conflict):
    slug = "index_without_code"
    title = "This index has no code: it would read as a swear word"


class RoleNotOrdered(Conflict):
    slug = "role_not_ordered"
    title = "The print order is not about codes of this role"


class TooManyPages(Unprocessable):
    slug = "too_many_pages"
    title = "So many pages are drawn in several requests"


class Said(Struct, frozen=True):
    """What a symbol carries, of which role, in which kind of symbol, and which GTIN where a product has several."""

    carrier: Carrier = Carrier.URL
    role: Role = Role.INNER
    kind: Kind = Kind.QR
    gtin: str | None = None


class Wanted(Struct, frozen=True):
    """A sheet as somebody wants it."""

    template: str = "a4-65"
    said: Said = Said()
    words: Words = Words()
    ink: Ink = BLACK_ON_WHITE
    # Labels that are missing on the first page.
    used: Annotated[int, Meta(ge=0)] = 0


async def picture(
    batch_id: UUID,
    *,
    index: int,
    said: Said,
    look: Look,
    format: Format,  # noqa: A002 - it is one.
    origin: str,
    by: str,
) -> bytes:
    """One code drawn; BeyondBatch, BatchNotSealed, IndexWithoutCode, GtinMissing, UnknownGtin, WeakContrast."""
    batch, key = await batches.with_key(batch_id)
    within(batch, first=index, stop=index + 1)
    before = prefix(said.carrier, origin=origin, gtin=await _gtin(batch.product_id, said))
    [chunk] = lines(key, role=said.role, start=index, stop=index + 1, placeholders=False)
    if not chunk:
        raise IndexWithoutCode
    code = chunk.decode().strip()
    drawn = await to_thread(_drawn, before, code, said, look, format)
    await audit.record(by, "code.draw", batch_id=batch_id, index=index, role=said.role.value)
    return drawn


async def sheet_of_batch(
    batch_id: UUID, wanted: Wanted, *, first: int, stop: int | None, origin: str, by: str
) -> Iterator[bytes]:
    """A sheet of any indexes of a batch, for whoever runs the installation; as many pages as it takes."""
    batch, key = await batches.with_key(batch_id)
    run = within(batch, first=first, stop=stop)
    before = prefix(wanted.said.carrier, origin=origin, gtin=await _gtin(batch.product_id, wanted.said))
    pages = await to_thread(sheets.pdf, _sheet(wanted, before), _codes(key, wanted, run))
    await audit.record(
        by, "batch.sheet", batch_id=batch_id, role=wanted.said.role.value, first=run.first, stop=run.stop
    )
    return pages


async def sheet_of_order(
    order: PrintOrder, session_id: UUID, wanted: Wanted, *, first: int | None, stop: int | None, by: str
) -> Iterator[bytes]:
    """A sheet of a print order's indexes, for whoever has a session for its download; the address is the order's own.

    Raises BeyondBatch, RoleNotOrdered, TooManyPages, GtinMissing and what `sheets.pdf` raises.
    """
    run = _part_of(order, first=first, stop=stop)
    if wanted.said.role not in {ROLES[column] for column in order.columns if column in ROLES}:
        raise RoleNotOrdered
    sheet = _sheet(wanted, prefix(wanted.said.carrier, origin=order.origin, gtin=order.gtin))
    if page_count(sheet, run.stop - run.first) > PAGES_MAX:
        raise TooManyPages(pages_max=PAGES_MAX, stop=run.first + PAGES_MAX * sheet.template.count - sheet.used)
    pages = await to_thread(sheets.pdf, sheet, _codes(await batches.key_of(order.batch_id), wanted, run))
    await downloads.record(
        order, session_id, by=by, format="sheet", template=wanted.template, first=run.first, stop=run.stop
    )
    return pages


def _drawn(before: str, code: str, said: Said, look: Look, format: Format) -> bytes:  # noqa: A002 - it is one.
    return draw(symbol(said.kind, before + code), code, look=look, format=format)


def _sheet(wanted: Wanted, before: str) -> Sheet:
    lying = template(wanted.template)
    used = min(wanted.used, lying.count - 1)
    return Sheet(lying, wanted.said.kind, before, wanted.words, wanted.ink, used)


def _codes(key: BatchKey, wanted: Wanted, run: Run) -> Iterator[bytes]:
    return lines(key, role=wanted.said.role, start=run.first, stop=run.stop, placeholders=False)


def _part_of(order: PrintOrder, *, first: int | None, stop: int | None) -> Run:
    run = Run(order.first if first is None else first, order.stop if stop is None else stop)
    if not order.first <= run.first < run.stop <= order.stop:
        raise BeyondBatch(first=order.first, stop=order.stop)
    return run


async def _gtin(product_id: UUID, said: Said) -> str | None:
    """The number that the symbol carries, if it carries one."""
    return await printed_gtin(product_id, said.gtin) if said.carrier is Carrier.DIGITAL_LINK else None

"""Selections: the codes that somebody means by a scanned outer code, a carton's number, a shipment, or a range."""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from codes import batches, cartons, sscc
from codes.batches import CodeBatch
from codes.claims import NotAccepted
from codes.keyring import Keyring
from codes.ranges import Run
from codes.readings import readings
from codes.transitions import within
from core.db import fetch, fetch_row
from core.refusals import NotFound, Unprocessable


class NotInCarton(Unprocessable):
    slug = "not_in_carton"
    title = "Nothing is known of a carton with this code"


class Selected(msgspec.Struct, frozen=True):
    """Runs of one batch."""

    batch: CodeBatch
    runs: list[Run]


async def by_code(text: str, *, program_id: UUID | None, keyring: Keyring) -> list[Selected]:
    """The carton of an outer code; joins the caller's transaction. Malformed, CheckFailed, NotAccepted, NotInCarton.

    The inner code of a pack says nothing here: whoever moves cartons has no business with it.
    """
    item = await (await keyring.current()).outer(readings(text))
    if item is None or program_id not in (None, item.batch.program_id):
        raise NotAccepted
    units = await cartons.holding(item.code.batch, item.code.index)
    if not units:
        raise NotInCarton
    return await by_units([units[0].sscc], program_id=program_id)


async def by_units(texts: Iterable[str], *, program_id: UUID | None) -> list[Selected]:
    """What is in cartons or on pallets; joins the caller's transaction. SsccWrong, UnknownUnit."""
    found = await cartons.contents({sscc.read(text) for text in texts}, program_id=program_id)
    return await _of_batches(found.items())


async def by_shipment(number: str, *, program_id: UUID) -> list[Selected]:
    """What left with a shipment and with none after it; joins the caller's transaction. NotFound."""
    shipment = await fetch_row("SELECT id FROM shipment WHERE program_id = $1 AND number = $2", program_id, number)
    if shipment is None:
        raise NotFound
    rows = await fetch(
        "SELECT batch_number, first, stop FROM code_range WHERE shipment_id = $1 ORDER BY batch_number, first",
        shipment["id"],
    )
    found: dict[int, list[Run]] = {}
    for row in rows:
        found.setdefault(row["batch_number"], []).append(Run(row["first"], row["stop"]))
    return await _of_batches(found.items())


async def by_range(batch_id: UUID, *, first: int, stop: int | None, program_id: UUID | None) -> list[Selected]:
    """Some indexes of a batch; joins the caller's transaction. NotFound, BeyondBatch, BatchNotSealed."""
    batch = await batches.find(batch_id, program_id=program_id)
    return [Selected(batch, [within(batch, first=first, stop=stop)])]


async def _of_batches(found: Iterable[tuple[int, list[Run]]]) -> list[Selected]:
    """By batch number, so that everybody who moves goods of several batches takes them in one order."""
    return [Selected(await batches.find_by_number(number), runs) for number, runs in sorted(found)]

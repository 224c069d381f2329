"""Tags: the territory and the channel that ranges are meant for, and the shipment that they left with."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from codes import batches
from codes.batches import CodeBatch, changed
from codes.range_rows import merge, split
from codes.ranges import Run, joined, stretches
from codes.transitions import within
from core import audit
from core.db import execute, transaction
from core.text import Key


class Tags(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where goods are meant to be sold; null takes a tag away, and what is left out stays as it is."""

    territory: Key | UnsetType | None = UNSET
    channel: Key | UnsetType | None = UNSET


async def tag(batch_id: UUID, tags: Tags, *, first: int, stop: int | None, by: str) -> CodeBatch:
    """Tag indexes `first` up to `stop`, the batch's end unless given. Raises BeyondBatch, BatchNotSealed."""
    async with transaction():
        batch = await batches.find(batch_id)
        await tag_all(batch, [within(batch, first=first, stop=stop)], tags)
        await audit.record(by, "range.tag", batch_id=batch_id, first=first, stop=stop, tags=tags)
        return msgspec.structs.replace(batch, ranges=await stretches(batch.number))


async def tag_all(batch: CodeBatch, runs: Iterable[Run], tags: Tags, *, shipment_id: UUID | None = None) -> None:
    """Tag many runs of a batch at once, and say with which shipment they leave; joins the caller's transaction."""
    places = [within(batch, first=run.first, stop=run.stop) for run in joined(runs)]
    await changed()
    await split(batch.number, places)
    await execute(
        _TAG,
        batch.number,
        [run.first for run in places],
        [run.stop for run in places],
        tags.territory is not UNSET,
        tags.territory or None,
        tags.channel is not UNSET,
        tags.channel or None,
        shipment_id,
    )
    await merge(batch.number, places)


_TAG: Final = """
UPDATE code_range SET
    territory = CASE WHEN $4 THEN $5 ELSE territory END,
    channel = CASE WHEN $6 THEN $7 ELSE channel END,
    shipment_id = coalesce($8, shipment_id)
FROM unnest($2::bigint[], $3::bigint[]) AS run (low, high)
WHERE batch_number = $1 AND first >= low AND first < high
"""

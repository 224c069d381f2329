"""Photos of receipts over HTTP: read where labels are, handed in by the text that they show, kept for reviewers."""

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.openapi.spec import Operation, RequestBody

from api import rate_limits
from api.callers import agent_of
from api.photos import CONTENT, TOLD
from api.process import process_of
from api.uploads import received
from codes.recognition import ours
from core.refusals import DomainError
from receipts import pictures, slips
from receipts.slips import Slip


@dataclass
class ReceiptOperation(Operation):
    """An operation whose body is JSON, or a picture, bare or as the file of a form."""

    def __post_init__(self) -> None:
        if isinstance(self.request_body, RequestBody):
            self.request_body.content |= CONTENT
            self.request_body.description = f"JSON, or a photo. {TOLD}"


@asynccontextmanager
async def photographed(request: Request[Any, Any, Any]) -> AsyncIterator[tuple[bytearray, Slip]]:
    """The photo that a request carries, and the slip on it; or whatever photos and slips are refused for."""
    process, agent_id = process_of(request), agent_of(request).agent_id
    photo = bytearray()
    try:
        with process.photos.place(agent_id):
            rate_limits.remember(request, await process.photos_hourly.spend(str(agent_id)))
            photo = await received(request, part="photo", bytes_max=process.settings.photo_limit_bytes)
            slip = await slips.look(process.photos, photo, ours)
        yield photo, slip
    finally:
        # A refusal holds the frames that it has passed until garbage is collected, and that is seldom.
        photo.clear()


async def keep(request: Request[Any, Any, Any], receipt_id: UUID, photo: bytearray) -> None:
    """Keep what a photo shows with its receipt while a person may have to look at it."""
    process = process_of(request)
    if process.settings.receipt_photo_days and await pictures.wanted(receipt_id):
        # The receipt is taken by now, with a picture or without.
        with contextlib.suppress(DomainError):
            await pictures.keep(receipt_id, await process.photos.copy(photo))

"""Photos over HTTP: the codes on a picture of a label, claimed as if each had been scanned by itself."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import MediaType, Request, Response, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIFormat, OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema

from api import rate_limits
from api.callers import agent_of, agents
from api.idempotent import IdempotencyKey, IdempotencyKeyMalformed, IdempotencyKeyMissing, key_of
from api.openapi import AGENT
from api.problems import PayloadTooLarge, refuses
from api.process import Process, process_of
from api.scans import ScanAnswer, answer_of, claim_of, judged_of, subjects_of
from api.uploads import FORM, received
from codes.alphabet import grouped
from codes.claims import ScanRequest, Verdict
from core.coalescer import QueueFull
from core.epoch import current_epoch
from core.limits import RateLimited
from core.photos import NothingRead, PhotoTooLarge, PhotoUnreadable, UnsupportedPhoto
from core.refusals import DomainError, Unauthorized
from core.sightings import Sighting
from core.switches import ReadOnly


class CodeOnPhoto(msgspec.Struct, frozen=True):
    """One code's answer, and where its middle is, in parts of the photo's width and height as it was sent."""

    x: float
    y: float
    answer: ScanAnswer


class PhotoAnswers(msgspec.Struct, frozen=True):
    """An answer for each code on the photo, from top to bottom, at most 20, and the epoch as with a queue."""

    epoch: UUID
    codes: list[CodeOnPhoto]


_PICTURE: Final = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY))
_FORM: Final = Schema(type=OpenAPIType.OBJECT, properties={"photo": _PICTURE.schema}, required=["photo"])  # type: ignore[dict-item]
CONTENT: Final = {f"image/{kind}": _PICTURE for kind in ("jpeg", "png", "webp")} | {
    FORM: OpenAPIMediaType(schema=_FORM)
}
TOLD: Final = "At most 10 MB. The first bytes say what it is; names and declared types do not matter."


@dataclass
class PhotoOperation(Operation):
    """An operation whose body is a picture, bare or as the file of a form."""

    def __post_init__(self) -> None:
        self.request_body = RequestBody(required=True, description=TOLD, content=CONTENT)


@post(
    "/v1/scans/photo",
    guards=[agents],
    security=AGENT,
    tags=["scans"],
    operation_id="scan_photo",
    operation_class=PhotoOperation,
    status_code=200,
    # The limit of this route is a setting of its own, which it looks after by itself.
    request_max_body_size=None,
    responses={200: ResponseSpec(PhotoAnswers, generate_examples=False, description="An answer for each code.")}
    | refuses(
        Unauthorized,
        IdempotencyKeyMissing,
        IdempotencyKeyMalformed,
        UnsupportedPhoto,
        PhotoUnreadable,
        PhotoTooLarge,
        NothingRead,
        PayloadTooLarge,
        RateLimited,
        QueueFull,
        ReadOnly,
    ),
)
async def scan_photo(request: Request[Any, Any, Any], idempotency_key: IdempotencyKey = None) -> Response[bytes]:
    """Claim every code on a photo. Each gets its own answer; the photo is looked at once and kept nowhere.

    The same photo again with the same key changes nothing.
    """
    key = key_of(request, required=True) or ""
    began = time.perf_counter()
    process, agent_id = process_of(request), agent_of(request).agent_id
    with process.photos.place(agent_id):
        rate_limits.remember(request, await process.photos_hourly.spend(str(agent_id)))
        photo = await received(request, part="photo", bytes_max=process.settings.photo_limit_bytes)
        try:
            sightings = await process.photos.look(photo)
        finally:
            # A refusal holds the frames that it has passed until garbage is collected, and that is seldom.
            photo.clear()
    answers = PhotoAnswers(await current_epoch(), await _judged(request, process, sightings, key=key, began=began))
    return rate_limits.tell(request, Response(msgspec.json.encode(answers), media_type=MediaType.JSON))


async def _judged(
    request: Request[Any, Any, Any], process: Process, sightings: Sequence[Sighting], *, key: str, began: float
) -> list[CodeOnPhoto]:
    asked = [_asked(request, process, sighting.text, key=key) for sighting in sightings]
    judged = iter(await judged_of(process, [one for one in asked if isinstance(one, ScanRequest)], began=began))
    answers = [next(judged) if isinstance(one, ScanRequest) else one for one in asked]
    return [
        CodeOnPhoto(sighting.x, sighting.y, _answer(str(place), one, answer))
        for place, (sighting, one, answer) in enumerate(zip(sightings, asked, answers, strict=True), start=1)
    ]


def _asked(request: Request[Any, Any, Any], process: Process, text: str, *, key: str) -> ScanRequest | DomainError:
    """A claim whose key is made of the photo's and the text: a second look may find what the first one missed."""
    try:
        subjects = subjects_of(request, process.settings)
        return claim_of(agent_of(request), subjects, text, None, f"{key}\n{text}")
    except DomainError as refusal:
        return refusal


def _answer(place: str, asked: ScanRequest | DomainError, judged: Verdict | Exception) -> ScanAnswer:
    """A code that is the agent's from now on is told to him as it was read: he has typed nothing himself."""
    answer = answer_of(place, judged)
    if answer.scan is None or answer.scan.read_as or not isinstance(asked, ScanRequest) or not asked.readings:
        return answer
    scan = msgspec.structs.replace(answer.scan, read_as=grouped(asked.readings[0]))
    return msgspec.structs.replace(answer, scan=scan)


ROUTES = [scan_photo]

"""Uploads: one file that a request carries, bare or in a form, read into memory and no further than its limit."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

from litestar import Request
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from api.problems import PayloadTooLarge
from core.refusals import BadRequest

FORM: Final = "multipart/form-data"

# A phone in a cellar sends ten megabytes in this time; who takes longer holds a place that others wait for.
_ARRIVAL_SECONDS_MAX: Final = 30.0
_PARTS_MAX: Final = 8
_FORM_ITSELF_BYTES_MAX: Final = 16_384


async def received(request: Request[Any, Any, Any], *, part: str, bytes_max: int) -> bytearray:
    """The body, or of a form the part with this name; what it is called and declared to be is not looked at."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    file = bytearray()
    try:
        async with asyncio.timeout(_ARRIVAL_SECONDS_MAX):
            if kind.lower() != FORM:
                async for chunk in _bounded(request, bytes_max):
                    file += chunk
            else:
                parser = PushMultipartParser(options.get("boundary", ""), max_segment_count=_PARTS_MAX)
                picked = _Part(part)
                async for chunk in _bounded(request, bytes_max + _FORM_ITSELF_BYTES_MAX):
                    for piece in picked.of(parser.parse(chunk)):
                        file += piece
                parser.close()
    except TimeoutError:
        raise BadRequest(detail="the file did not arrive in time") from None
    except MultipartError:
        raise BadRequest(detail="the form cannot be read") from None
    if len(file) > bytes_max:
        raise PayloadTooLarge
    return file


async def _bounded(request: Request[Any, Any, Any], bytes_max: int) -> AsyncIterator[bytes]:
    """The body as it comes; what is announced or proves to be too large is not read to its end."""
    if int(request.headers.get("content-length") or 0) > bytes_max:
        raise PayloadTooLarge
    arrived = 0
    async for chunk in request.stream():
        arrived += len(chunk)
        if arrived > bytes_max:
            raise PayloadTooLarge
        yield chunk


class _Part:
    """Picks the pieces of one part, the first of its name, out of what a form's parser sees."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._inside = False
        self._had = False

    def of(self, events: Iterator[Any]) -> Iterator[bytes]:
        for event in events:
            if isinstance(event, MultipartSegment):
                self._inside = event.name == self._name and not self._had
                self._had = self._had or self._inside
            elif event is not None and self._inside:
                yield event

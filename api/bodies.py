"""Bodies: JSON read once, strictly, into the type that the route declares; forms; both have to arrive in time."""

import asyncio
from functools import lru_cache
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from litestar.datastructures import FormMultiDict
from litestar.enums import RequestEncodingType
from litestar.handlers import BaseRouteHandler
from litestar.types import Empty

from api.process import process_of
from api.uploads import FORM, received
from core.refusals import BadRequest

# The option of a route whose body may also be a picture, which its handler reads by itself.
OR_PICTURE: Final = "or_picture"
_PICTURES: Final = ("image/", FORM, "application/octet-stream")
# A megabyte needs less over any network; whoever sends a byte now and then is not waited for.
_ARRIVAL_SECONDS_MAX: Final = 30.0
_FIELDS_MAX: Final = 2_000
# What the server writes into a request's scope once it has all of it, so that nobody sets a clock for nothing.
BODY_IS_HERE: Final = "naparnik.body_is_here"


def is_picture(request: Request[Any, Any, Any]) -> bool:
    """Whether the body says that it is a picture, bare or in a form."""
    return request.headers.get("content-type", "").lower().startswith(_PICTURES)


class StrictRequest(Request[Any, Any, Any]):
    """Litestar reads JSON into plain values and converts them as loosely as a query; this one reads it as declared."""

    async def body(self) -> bytes:
        """The body, up to the limit of JSON; none where a picture comes instead, which is as large as pictures are."""
        if OR_PICTURE not in self.route_handler.opt:
            return await self._arrived()
        if is_picture(self):
            return b""
        if self._body is Empty:
            most = process_of(self).settings.body_limit_bytes
            self._body = bytes(await received(self, part="", bytes_max=most))
        return await super().body()

    async def json(self) -> Any:
        """The body as the route's type; msgspec's refusals name the field."""
        return _decoder(self.route_handler).decode(await self.body())

    async def form(self) -> FormMultiDict:
        """The fields of a form as pages of ours send it.

        Litestar would remember the last thousand bodies to save itself reading them again, passwords and all.
        """
        if self._form is Empty:
            self._form = FormMultiDict(await self._pairs())
        return self._form

    async def _pairs(self) -> list[tuple[str, str]]:
        if self.content_type[0] != RequestEncodingType.URL_ENCODED:
            return []
        try:
            said = (await self.body()).decode("latin-1")
            return parse_qsl(said, keep_blank_values=True, max_num_fields=_FIELDS_MAX)
        except ValueError:
            raise BadRequest(detail="the form has too many fields") from None

    async def _arrived(self) -> bytes:
        if BODY_IS_HERE in self.scope:
            return await super().body()
        try:
            async with asyncio.timeout(_ARRIVAL_SECONDS_MAX):
                return await super().body()
        except TimeoutError:
            raise BadRequest(detail="the body did not arrive in time") from None


@lru_cache(maxsize=512)
def _decoder(handler: BaseRouteHandler) -> msgspec.json.Decoder[Any]:
    declared = handler.parsed_fn_signature.parameters.get("data")
    return msgspec.json.Decoder(Any if declared is None else declared.raw)
